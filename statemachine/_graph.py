"""Draw the lifecycle from its table: in general, of a live adaptor, or of a finished session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._history import path_text
from ._picture import Picture, picture_of, triggers_of_hooks
from ._states import TRANSITIONS
from ._svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._history import Record

_FIRST = TRANSITIONS[0].sources[0]
_STATES_SHOWN = 24


def draw(format: str, *, state: str | None = None, history: Sequence[Record] = ()) -> str:  # noqa: A002 - the word users say
    """Draw the lifecycle; mark the current state and the path, with a count at each arrow.

    Args:
        format: ``mermaid``, ``dot``, ``text``, or ``svg``, which needs no other program.
        state: The current state; by default the one that ``history`` ends in.
        history: The records of a session, oldest first.

    Raises:
        ValueError: The format or the state is unknown.

    >>> print(draw("mermaid").splitlines()[0])
    stateDiagram-v2
    """
    if format not in _FORMATS:
        raise ValueError(f"the lifecycle cannot be drawn as {format!r}: choose {', '.join(_FORMATS)}")
    return "\n".join(_FORMATS[format](picture_of(state, history))) + "\n"


def _mermaid(picture: Picture) -> Iterator[str]:
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


def _dot(picture: Picture) -> Iterator[str]:
    yield "digraph lifecycle {"
    yield "    rankdir=LR;"
    yield '    node [shape=box, style="rounded,filled", fillcolor="white"];'
    for state in picture.states:
        yield f"    {state}{_dot_look(picture, state)};"
    for edge in picture.edges:
        taken = ', color="#1565c0", penwidth=2' if edge.taken else ""
        yield f'    {edge.source} -> {edge.target} [label="{edge.label}"{taken}];'
    yield "}"


def _dot_look(picture: Picture, state: str) -> str:
    looks = [
        "peripheries=2" if state in picture.terminal else "",
        'fillcolor="#ffd54f", penwidth=3' if state == picture.current else "",
        'fillcolor="#e3f2fd", color="#1565c0"' if picture.passed(state) else "",
    ]
    look = ", ".join(filter(None, looks))
    return f" [{look}]" if look else ""


def _text(picture: Picture) -> Iterator[str]:
    width = max(len(edge.trigger) for edge in picture.edges)
    for state in picture.states:
        mark = ">" if state == picture.current else "+" if picture.passed(state) else " "
        note = "  (now)" if state == picture.current else ""
        yield f"{mark} {state}{note}"
        for edge in picture.edges:
            if edge.source == state:
                yield f"      {edge.trigger:{width}} -> {edge.target} {edge.notes}".rstrip()
    yield ""
    yield from triggers_of_hooks()
    if picture.path:
        yield ""
        yield f"path: {path_text(picture.path, _STATES_SHOWN)}"


_FORMATS: dict[str, Callable[[Picture], Iterator[str]]] = {"mermaid": _mermaid, "dot": _dot, "text": _text, "svg": svg}
