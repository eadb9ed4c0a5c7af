"""What each task took, as bars side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import attrs

from . import words
from .timeline import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...statemachine import Phase

_MOST = 250
"""How many columns a chart has. Of more tasks, each column is the greatest value of several in a row."""

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
    width = -(-len(tasks) // _MOST)
    groups = [(tasks[at : at + width], values[at : at + width]) for at in range(0, len(tasks), width)]
    step = WIDTH / len(groups)
    columns = []
    for number, (group, each) in enumerate(groups):
        value = max((value for value in each if value is not None), default=None)
        if value is not None:
            height = HEIGHT * max(0.0, value) / most if most > 0 else 0.0
            title = f"{_title(group)}{text(value)}"
            columns.append(Column(round(number * step, 2), round(step * 0.85, 2), round(max(height, 1.0), 2), title))
    return Chart(name, tuple(columns), text(most) or "", text(known[len(known) // 2]) or "")


def _title(tasks: Sequence[Phase]) -> str:
    first, last = (task.task_id or task.hook for task in (tasks[0], tasks[-1]))
    return f"{first}: " if len(tasks) == 1 else f"{first} to {last}: at most "
