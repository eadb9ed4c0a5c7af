"""Draw the lifecycle from its table: of the class, of a live adaptor, or of a finished session."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Callable, NamedTuple

from ._history import Record, path, path_text
from ._states import TRANSITIONS, AdaptorState, Transition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIRST = TRANSITIONS[0].sources[0]
_STATES_SHOWN = 24


class _Edge(NamedTuple):
    """One arrow: a transition from one of its sources."""

    trigger: str
    source: str
    target: str
    condition: str
    taken: int

    @property
    def label(self) -> str:
        """What is written at the arrow."""
        return f"{self.trigger} {self.notes}".rstrip()

    @property
    def notes(self) -> str:
        """The condition, and how often the arrow was taken."""
        return f"{self.condition} {f'({self.taken}x)' if self.taken else ''}".strip()


class _Picture(NamedTuple):
    """What there is to draw, whatever the format."""

    edges: tuple[_Edge, ...]
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
        """Tell whether the adaptor was in ``state`` and is not any more."""
        return state in self.path and state != self.current


def draw(format: str, *, state: str | None = None, history: Sequence[Record] = ()) -> str:  # noqa: A002 - the word users say
    """Draw the lifecycle; mark the current state, and the path with how often each arrow was taken.

    Args:
        format: ``mermaid``, ``dot`` or ``text``.
        state: The current state; by default the one that ``history`` ends in.
        history: The records of a session, oldest first.

    Raises:
        ValueError: There is no such format or state.

    >>> print(draw("mermaid").splitlines()[0])
    stateDiagram-v2
    """
    if format not in _FORMATS:
        raise ValueError(f"the lifecycle cannot be drawn as {format!r}: choose {', '.join(_FORMATS)}")
    return "\n".join(_FORMATS[format](_picture(state, history))) + "\n"


def _picture(state: str | None, history: Sequence[Record]) -> _Picture:
    states = path(history)
    current = states[-1] if state is None and states else state
    taken = Counter((record.trigger, record.source, record.target) for record in history if record.kind == "transition")
    edges = tuple(_edge(row, source, taken) for row in TRANSITIONS for source in row.sources)
    return _Picture(edges, None if current is None else AdaptorState(current).value, tuple(states))


def _edge(row: Transition, source: AdaptorState, taken: Counter[tuple[str, str, str]]) -> _Edge:
    condition = {True: "[stop owed]", False: "[no stop owed]", None: ""}[row.stop_owed]
    trigger, begin, end = row.trigger.value, source.value, row.target.value
    return _Edge(trigger, begin, end, condition, taken[trigger, begin, end])


def _mermaid(picture: _Picture) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {_FIRST}"
    for edge in picture.edges:
        yield f"    {edge.source} --> {edge.target} : {edge.label}"
    for state in picture.terminal:
        yield f"    {state} --> [*]"
    if picture.current or picture.path:
        yield "    classDef current fill:#ffd54f,stroke:#5d4037,stroke-width:3px,color:#000"
        yield "    classDef passed fill:#e3f2fd,stroke:#1565c0,color:#000"
    for state in picture.states:
        if state == picture.current or picture.passed(state):
            yield f"    class {state} {'current' if state == picture.current else 'passed'}"


def _dot(picture: _Picture) -> Iterator[str]:
    yield "digraph lifecycle {"
    yield "    rankdir=LR;"
    yield '    node [shape=box, style="rounded,filled", fillcolor="white"];'
    for state in picture.states:
        yield f"    {state}{_dot_look(picture, state)};"
    for edge in picture.edges:
        taken = ', color="#1565c0", penwidth=2' if edge.taken else ""
        yield f'    {edge.source} -> {edge.target} [label="{edge.label}"{taken}];'
    yield "}"


def _dot_look(picture: _Picture, state: str) -> str:
    looks = [
        "peripheries=2" if state in picture.terminal else "",
        'fillcolor="#ffd54f", penwidth=3' if state == picture.current else "",
        'fillcolor="#e3f2fd", color="#1565c0"' if picture.passed(state) else "",
    ]
    look = ", ".join(filter(None, looks))
    return f" [{look}]" if look else ""


def _text(picture: _Picture) -> Iterator[str]:
    width = max(len(edge.trigger) for edge in picture.edges)
    for state in picture.states:
        mark = ">" if state == picture.current else "+" if picture.passed(state) else " "
        note = "  (now)" if state == picture.current else ""
        yield f"{mark} {state}{note}"
        for edge in picture.edges:
            if edge.source == state:
                yield f"      {edge.trigger:{width}} -> {edge.target} {edge.notes}".rstrip()
    if picture.path:
        yield ""
        yield f"path: {path_text(picture.path, _STATES_SHOWN)}"


_FORMATS: dict[str, Callable[[_Picture], Iterator[str]]] = {"mermaid": _mermaid, "dot": _dot, "text": _text}
