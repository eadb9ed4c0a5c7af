"""What to draw of a machine, regardless of the format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ._application_states import APPLICATION
from ._history import Record, applications_of, path, records_of
from ._states import ADAPTOR, ENDINGS, TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._table import Row, Table

_NAME = 40
"""How many characters of an application's name are drawn."""


class Edge(NamedTuple):
    """One arrow: a transition from one of its sources."""

    trigger: str
    source: str
    target: str
    condition: str
    taken: int

    @property
    def label(self) -> str:
        """The label of the arrow."""
        return f"{self.trigger} {self.notes}".rstrip()

    @property
    def notes(self) -> str:
        """The condition, and how often the arrow was taken."""
        return f"{self.condition} {f'({self.taken}x)' if self.taken else ''}".strip()


class Picture(NamedTuple):
    """What to draw of one machine, regardless of the format."""

    table: Table[Any, Any]
    edges: tuple[Edge, ...]
    current: str | None
    path: tuple[str, ...]
    whose: str = ""
    """To whom a machine belongs that is drawn inside another one; made of characters that every format has."""

    @property
    def title(self) -> str:
        """What it says above a machine that is drawn inside another one."""
        return f"{self.whose}, from on_start to on_stop"

    @property
    def first(self) -> str:
        """The state in which the machine begins."""
        return str(self.table.first)

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order of the table."""
        return tuple(str(state) for state in self.table.states)

    @property
    def terminal(self) -> tuple[str, ...]:
        """The states that nothing leaves."""
        return tuple(state for state in self.states if not any(edge.source == state for edge in self.edges))

    def passed(self, state: str) -> bool:
        """Return whether the machine was in ``state`` and has left it."""
        return state in self.path and state != self.current


def picture_of_adaptor(state: str | None, history: Sequence[Record]) -> Picture:
    """Return what to draw of the lifecycle, with the marks of a session.

    Raises:
        ValueError: The state is unknown.
    """
    return _picture(ADAPTOR, state, history, None)


def pictures_of_applications(history: Sequence[Record], *, at_least_one: bool) -> tuple[Picture, ...]:
    """Return what to draw of each application that has records, with its marks; one without marks if there is none.

    Args:
        history: The records of a session.
        at_least_one: Whether to return one without marks if no application has records.

    Raises:
        ValueError: A state is unknown.
    """
    names = applications_of(history)
    if not names and not at_least_one:
        return ()
    if not names:
        return (_picture(APPLICATION, None, (), None, "an application"),)
    return tuple(_picture(APPLICATION, None, history, name, f"the application {_plain(name)}") for name in names)


def _plain(name: str) -> str:
    """Return a name without what means something in one of the formats."""
    return "".join(each if each.isascii() and (each.isalnum() or each in " ._+-") else "?" for each in name[:_NAME])


def _picture(
    table: Table[Any, Any], state: str | None, history: Sequence[Record], application: str | None, whose: str = ""
) -> Picture:
    records = records_of(history, application)
    current = records[-1].target if state is None and records else state
    taken = Counter((record.trigger, record.source, record.target) for record in records if record.kind == "transition")
    edges = tuple(_edge(table, row, source, taken) for row in table.rows for source in row.sources)
    current = None if current is None else str(table.states(current))
    return Picture(table, edges, current, tuple(path(history, application)), whose)


def _edge(table: Table[Any, Any], row: Row, source: str, taken: Counter[tuple[str, str, str]]) -> Edge:
    condition = ""
    if row.fact is not None and table.fact is not None:
        condition = f"[{table.fact.true if row.fact else table.fact.false}]"
    return Edge(row.trigger, source, row.target, condition, taken[row.trigger, source, row.target])


def triggers_of_hooks() -> tuple[str, ...]:
    """Return, for each trigger that the end of a hook pulls, which hooks pull it and how they ended.

    >>> triggers_of_hooks()[1]
    'finish: on_run returned or raised'
    """
    ends: dict[str, dict[str, list[str]]] = {}
    for row in TRANSITIONS:
        for ending in ENDINGS:
            trigger = row.triggered_by(ending)
            if trigger is not None:
                ends.setdefault(trigger.value, {}).setdefault(row.hook, []).append(ending)
    return tuple(
        f"{row.trigger}: {', '.join(map(_ending, ends[row.trigger.value].items()))}"
        for row in TRANSITIONS
        if row.trigger.value in ends
    )


def _ending(entry: tuple[str, list[str]]) -> str:
    hook, endings = entry
    return f"{hook} ended" if len(endings) == len(ENDINGS) else f"{hook} {' or '.join(endings)}"
