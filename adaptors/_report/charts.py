"""What each task took, as bars side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import attrs

from . import words
from .timeline import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...statemachine import Phase

HEIGHT = 100.0
"""The height of a chart, in the units of its bars."""


@attrs.frozen
class Column:
    """The value of one task.

    Attributes:
        left: Where it begins.
        width: How wide it is.
        height: How high it is.
        title: What it says of it.
    """

    left: float
    width: float
    height: float
    title: str


@attrs.frozen
class Chart:
    """One quantity of each task.

    Attributes:
        name: The quantity.
        columns: The tasks whose value is known, in their order.
        most: The greatest value, as a person reads it.
        median: The value in the middle, as a person reads it.
    """

    name: str
    columns: tuple[Column, ...]
    most: str
    median: str


def of_tasks(tasks: Sequence[Phase]) -> list[Chart]:
    """Return the charts of tasks, without those of which no value is known."""
    made = [
        _chart("Time", tasks, [task.seconds for task in tasks], words.duration_text),
        _chart("Processor time", tasks, [task.cpu_seconds for task in tasks], words.duration_text),
        _chart("Peak memory", tasks, [task.peak_memory for task in tasks], words.size_text),
    ]
    return [chart for chart in made if chart is not None]


def _chart(
    name: str, tasks: Sequence[Phase], values: Sequence[float | None], text: Callable[[float], str | None]
) -> Chart | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    most = known[-1]
    step = WIDTH / len(tasks)
    columns = []
    for number, (task, value) in enumerate(zip(tasks, values)):
        if value is not None:
            height = HEIGHT * max(0.0, value) / most if most > 0 else 0.0
            title = f"{task.task_id or task.hook}: {text(value)}"
            columns.append(Column(round(number * step, 2), round(step * 0.85, 2), round(max(height, 1.0), 2), title))
    return Chart(name, tuple(columns), text(most) or "", text(known[len(known) // 2]) or "")
