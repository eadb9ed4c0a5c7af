"""The tables of the page. Of a long one, only the first rows are written; a script shows the others, from data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Callable

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...statemachine import ApplicationProcess, Phase

WRITTEN = 200
"""How many rows of a table are written. What a browser must lay out costs it far more than data."""


_TEXTS = {"text", "name", "prose", "data"}


@attrs.frozen
class Column:
    """A column.

    Attributes:
        name: Its heading.
        kind: What its values are: ``text``, ``name``, ``prose``, ``data``, ``number``, ``moment``, ``duration``, or
            ``size``.
    """

    name: str
    kind: str = "text"

    @property
    def is_sorted_by_value(self) -> bool:
        """Whether its values have another order than their texts."""
        return self.kind not in _TEXTS

    def order(self, value: Any, text: str) -> tuple[float, str, str]:
        """Return what sorts a value; one that is unknown is the least."""
        if self.is_sorted_by_value:
            return (-math.inf if value is None else value, "", "")
        return (0.0, text.casefold(), text)


@attrs.frozen
class Table:
    """A table.

    Attributes:
        name: What its rows are.
        columns: Its columns.
        rows: The values of each row; None for one that is unknown.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def written(self) -> tuple[tuple[Any, ...], ...]:
        """The rows that the page has without its script."""
        return self.rows[:WRITTEN]

    def data(self, shown: Callable[[Any, str], str]) -> dict[str, Any]:
        """Return all rows for the script: ``texts`` has those of each column once, ``rows`` the places of its texts.

        The texts are in order, so that their places sort the rows.

        Args:
            shown: Returns what a person sees of a value of a kind.
        """
        coded = [
            _coded(column, [row[number] for row in self.rows], shown) for number, column in enumerate(self.columns)
        ]
        return {"texts": [texts for texts, _ in coded], "rows": list(zip(*(places for _, places in coded)))}


def _coded(column: Column, values: Sequence[Any], shown: Callable[[Any, str], str]) -> tuple[list[str], list[int]]:
    texts = [shown(value, column.kind) for value in values]
    least: dict[str, tuple[float, str, str]] = {}
    for text, value in zip(texts, values):
        order = column.order(value, text)
        least[text] = min(order, least.get(text, order))
    in_order = sorted(least, key=least.__getitem__)
    places = {text: place for place, text in enumerate(in_order)}
    return in_order, [places[text] for text in texts]


_OF_PHASES: tuple[Column, ...] = (
    Column("phase"),
    Column("task", "name"),
    Column("began", "moment"),
    Column("took", "duration"),
    Column("processor time", "duration"),
    Column("peak memory", "size"),
    Column("outcome"),
    Column("cause", "prose"),
)
_OF_PROCESSES = (
    Column("process", "number"),
    Column("began", "moment"),
    Column("ran for", "duration"),
    Column("peak memory", "size"),
    Column("exit code", "number"),
    Column("ended by"),
)


def of_phases(phases: Sequence[Phase]) -> Table:
    """Return the table of phases and tasks; it has their data if any has some."""
    rows: Iterable[tuple[Any, ...]] = (
        (
            each.hook,
            each.task_id or "",
            each.began,
            each.seconds,
            each.cpu_seconds,
            each.peak_memory,
            each.outcome.value,
            each.cause or "",
        )
        for each in phases
    )
    columns: tuple[Column, ...] = _OF_PHASES
    if any(phase.data is not None for phase in phases):
        columns = (*columns, Column("data", "data"))
        rows = ((*row, phase.data) for row, phase in zip(rows, phases))
    return Table("phases and tasks", columns, tuple(rows))


def of_processes(processes: Sequence[ApplicationProcess]) -> Table:
    """Return the table of the processes of applications."""
    return Table(
        "processes",
        _OF_PROCESSES,
        tuple(
            (each.pid, each.began, each.seconds, each.peak_memory, each.exit_code, each.asked_by) for each in processes
        ),
    )
