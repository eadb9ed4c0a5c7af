"""What to draw of a lifecycle, regardless of the format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ._history import Record, path
from ._states import ENDINGS, TRANSITIONS, AdaptorState, Transition

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    """What to draw, regardless of the format."""

    edges: tuple[Edge, ...]
    current: str | None
    path: tuple[str, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order of the lifecycle."""
        return tuple(state.value for state in AdaptorState)

    @property
    def terminal(self) -> tuple[str, ...]:
        """The states that nothing leaves."""
        return tuple(state for state in self.states if not any(edge.source == state for edge in self.edges))

    def passed(self, state: str) -> bool:
        """Return whether the adaptor was in ``state`` and has left it."""
        return state in self.path and state != self.current


def picture_of(state: str | None, history: Sequence[Record]) -> Picture:
    """Return what to draw, from the table, with the marks of a session.

    Raises:
        ValueError: The state is unknown.
    """
    states = path(history)
    current = states[-1] if state is None and states else state
    taken = Counter((record.trigger, record.source, record.target) for record in history if record.kind == "transition")
    edges = tuple(_edge(row, source, taken) for row in TRANSITIONS for source in row.sources)
    return Picture(edges, None if current is None else AdaptorState(current).value, tuple(states))


def _edge(row: Transition, source: AdaptorState, taken: Counter[tuple[str, str, str]]) -> Edge:
    condition = {True: "[stop owed]", False: "[no stop owed]", None: ""}[row.stop_owed]
    trigger, begin, end = row.trigger.value, source.value, row.target.value
    return Edge(trigger, begin, end, condition, taken[trigger, begin, end])


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
