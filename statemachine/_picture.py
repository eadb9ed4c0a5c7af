"""What to draw of a machine, regardless of the format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ._amounts import duration
from ._application_states import APPLICATION
from ._history import Record, applications_of, path, records_of
from ._incidents import END, REFUSED, Incident, incidents_of
from ._states import ABANDONED, ADAPTOR, ENDINGS, RAISED, TRANSITIONS
from ._visits import Visits, hook_seconds, visits_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._table import Table

_NAME = 40
"""How many characters of an application's name are drawn."""

_INCIDENTS = 8
"""How many incidents of a machine are told in a drawing."""


class Edge(NamedTuple):
    """One arrow: a transition from one of its sources."""

    trigger: str
    source: str
    target: str
    condition: str
    taken: int
    seconds: float | None = None
    """How long the hooks took whose ends took the arrow; ``None`` if it was not taken, or by no hook."""
    failed: int = 0
    """How often it was taken by a hook that raised or was abandoned."""

    @property
    def label(self) -> str:
        """The label of the arrow."""
        return f"{self.trigger} {self.notes}".rstrip()

    @property
    def notes(self) -> str:
        """The condition, how often the arrow was taken, and how long that took."""
        taken = ", ".join(filter(None, (self.amount, self.failures)))
        return f"{self.condition} {f'({taken})' if taken else ''}".strip()

    @property
    def amount(self) -> str:
        """How often the arrow was taken, and how long that took; empty if it was not taken."""
        return _amount(self.taken, self.seconds) if self.taken else ""

    @property
    def failures(self) -> str:
        """How often the hook failed that took the arrow; empty if it never did."""
        return f"{self.failed} failed" if self.failed else ""


class Told(NamedTuple):
    """A sentence of a drawing, about what its arrows do not show."""

    kind: str
    """The kind of the incident, or ``more``."""
    text: str
    state: str
    """The state beside which it belongs."""


class Picture(NamedTuple):
    """What to draw of one machine, regardless of the format."""

    table: Table[Any, Any]
    edges: tuple[Edge, ...]
    current: str | None
    """The state now; ``None`` if there is none, or one that this release does not know."""
    path: tuple[str, ...]
    """The states that the machine passed through. One that this release does not know has only plain characters."""
    whose: str = ""
    """To whom a machine belongs that is drawn inside another one; made of characters that every format has."""
    visits: Mapping[str, Visits] = {}
    incidents: tuple[Incident, ...] = ()
    is_partial: bool = False
    """Whether earlier records are missing, so that the counts are those of the latest ones."""

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
    def unknown(self) -> tuple[str, ...]:
        """The states of a later release that it passed through: they have no place in the drawing."""
        return tuple(dict.fromkeys(state for state in self.path if state not in self.states))

    @property
    def terminal(self) -> tuple[str, ...]:
        """The states that nothing leaves."""
        return tuple(state for state in self.states if not any(edge.source == state for edge in self.edges))

    def passed(self, state: str) -> bool:
        """Return whether the machine was in ``state`` and has left it."""
        return state in self.path and state != self.current

    def amount(self, state: str) -> str:
        """Return how often and how long the machine was in ``state``; empty if it was not."""
        visits = self.visits.get(state)
        return _amount(*visits) if visits else ""

    def refused(self, state: str) -> int:
        """Return how many calls were refused in ``state``."""
        return sum(each.times for each in self.incidents if each.kind == REFUSED and each.state == state)

    @property
    def end(self) -> Incident | None:
        """Why the session was canceled or failed; ``None`` if it was neither."""
        return next((each for each in self.incidents if each.kind == END), None)

    def told(self) -> list[Told]:
        """Return what happened in a session that its arrows do not show."""
        told = [Told(each.kind, each.text, each.state) for each in self.incidents[:_INCIDENTS]]
        left = sum(each.times for each in self.incidents[_INCIDENTS:])
        here = self.current or self.first
        told += [Told("more", f"and {left} more", here)] if left else []
        told += [Told("more", f"it was in {each}, which this release does not know", here) for each in self.unknown]
        missing = "earlier records are missing: counts and times are of the latest"
        return [*told, Told("more", missing, here)] if self.is_partial else told


def _amount(count: int, seconds: float | None) -> str:
    return f"{count}x" if seconds is None else f"{count}x, {duration(seconds)}"


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
    return tuple(_picture(APPLICATION, None, history, name, f"the application {plain(name[:_NAME])}") for name in names)


def plain(text: str) -> str:
    """Return text without the characters that mean something in one of the formats."""
    return "".join(each if _is_plain(each) else "?" for each in text)


def coded(text: str, sign: str) -> str:
    """Return text with codes for the characters that mean something in one of the formats.

    Args:
        text: The text.
        sign: What a code begins with in the format.

    >>> coded("a/b", "#"), coded("a/b", "&#")
    ('a#47;b', 'a&#47;b')
    """
    return "".join(each if _is_plain(each) else f"{sign}{ord(each)};" for each in text)


def _is_plain(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in " ._+-:,()")


def _picture(
    table: Table[Any, Any], state: str | None, history: Sequence[Record], application: str | None, whose: str = ""
) -> Picture:
    records = records_of(history, application)
    current = records[-1].target if state is None and records else None if state is None else str(state)
    is_of_later_release = any(current in (record.source, record.target) for record in records)
    known = [str(each) for each in table.states]
    if current is not None and current not in known and not is_of_later_release:
        table.states(current)  # it is none
    return Picture(
        table,
        _edges(table, records),
        current if current in known else None,
        tuple(each if each in known else plain(each[:_NAME]) for each in path(history, application)),
        whose,
        visits_of(records),
        incidents_of(records),
        bool(records) and records[0].sequence > 1,
    )


def _edges(table: Table[Any, Any], records: Sequence[Record]) -> tuple[Edge, ...]:
    moves = [record for record in records if record.kind == "transition"]
    taken = Counter((record.trigger, record.source, record.target) for record in moves)
    failed = Counter(
        (record.trigger, record.source, record.target) for record in moves if record.outcome in {RAISED, ABANDONED}
    )
    seconds = hook_seconds(records)
    edges = []
    for row in table.rows:
        condition = ""
        if row.fact is not None and table.fact is not None:
            condition = f"[{table.fact.true if row.fact else table.fact.false}]"
        for source in row.sources:
            way = (row.trigger, source, row.target)
            edges.append(Edge(*way, condition, taken[way], seconds.get(way), failed[way]))
    return tuple(edges)


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
