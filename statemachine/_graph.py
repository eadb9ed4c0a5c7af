"""Draw the machines from their tables: in general, of a live session, or of a finished one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._history import path_text
from ._picture import Picture, picture_of_adaptor, pictures_of_applications, triggers_of_hooks
from ._svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._history import Record

_STATES_SHOWN = 24


def draw(
    format: str,  # noqa: A002 - the word users say
    *,
    state: str | None = None,
    history: Sequence[Record] = (),
    application: bool = False,
) -> str:
    """Draw the lifecycle, and in it the life of each application that has records.

    It marks the current states and the paths, with a count at each arrow.

    Args:
        format: ``mermaid``, ``dot``, ``text``, or ``svg``, which needs no other program.
        state: The current state of the adaptor; by default the one that ``history`` ends in.
        history: The records of a session: those of each machine oldest first.
        application: Draw the life of an application even if none has records.

    Raises:
        ValueError: The format or a state is unknown.

    >>> print(draw("mermaid").splitlines()[0])
    stateDiagram-v2
    """
    if format not in _FORMATS:
        raise ValueError(f"the lifecycle cannot be drawn as {format!r}: choose {', '.join(_FORMATS)}")
    adaptor = picture_of_adaptor(state, history)
    applications = pictures_of_applications(history, at_least_one=application)
    return "\n".join(_FORMATS[format](adaptor, applications)) + "\n"


# Each machine but the adaptor's is drawn in a frame of its own. The names of its states have the frame's in front:
# two machines may have a state of the same name.


def _mermaid(adaptor: Picture, applications: Sequence[Picture]) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield from _mermaid_machine(adaptor, "    ")
    for number, picture in enumerate(applications, 1):
        yield f'    state "{picture.title}" as application_{number} {{'
        for state in picture.states:
            yield f'        state "{state}" as application_{number}_{state}'
        yield from _mermaid_machine(picture, "        ", f"application_{number}_")
        yield "    }"
    if any(picture.current or picture.path for picture in (adaptor, *applications)):
        yield "    classDef current fill:#ffd54f,stroke:#5d4037,stroke-width:3px,color:#000"
        yield "    classDef passed fill:#e3f2fd,stroke:#1565c0,color:#000"
    yield from _mermaid_marks(adaptor)
    for number, picture in enumerate(applications, 1):
        yield from _mermaid_marks(picture, f"application_{number}_")


def _mermaid_machine(picture: Picture, margin: str, prefix: str = "") -> Iterator[str]:
    yield f"{margin}[*] --> {prefix}{picture.first}"
    for edge in picture.edges:
        yield f"{margin}{prefix}{edge.source} --> {prefix}{edge.target} : {edge.label}"
    for state in picture.terminal:
        yield f"{margin}{prefix}{state} --> [*]"


def _mermaid_marks(picture: Picture, prefix: str = "") -> Iterator[str]:
    for state in picture.states:
        if state == picture.current or picture.passed(state):
            yield f"    class {prefix}{state} {'current' if state == picture.current else 'passed'}"


def _dot(adaptor: Picture, applications: Sequence[Picture]) -> Iterator[str]:
    yield "digraph lifecycle {"
    yield "    rankdir=LR;"
    yield '    node [shape=box, style="rounded,filled", fillcolor="white"];'
    yield from _dot_machine(adaptor, "    ")
    for number, picture in enumerate(applications, 1):
        yield f"    subgraph cluster_application_{number} {{"
        yield f'        label="{picture.title}"; style="rounded,dashed";'
        yield from _dot_machine(picture, "        ", f"application_{number}_")
        yield "    }"
    yield "}"


def _dot_machine(picture: Picture, margin: str, prefix: str = "") -> Iterator[str]:
    for state in picture.states:
        yield f"{margin}{prefix}{state}{_dot_look(picture, state, state if prefix else '')};"
    for edge in picture.edges:
        taken = ', color="#1565c0", penwidth=2' if edge.taken else ""
        yield f'{margin}{prefix}{edge.source} -> {prefix}{edge.target} [label="{edge.label}"{taken}];'


def _dot_look(picture: Picture, state: str, label: str) -> str:
    looks = [
        f'label="{label}"' if label else "",
        "peripheries=2" if state in picture.terminal else "",
        'fillcolor="#ffd54f", penwidth=3' if state == picture.current else "",
        'fillcolor="#e3f2fd", color="#1565c0"' if picture.passed(state) else "",
    ]
    look = ", ".join(filter(None, looks))
    return f" [{look}]" if look else ""


def _text(adaptor: Picture, applications: Sequence[Picture]) -> Iterator[str]:
    yield from _text_machine(adaptor)
    for picture in applications:
        yield ""
        yield f"    {picture.title}:"
        for line in _text_machine(picture):
            yield f"    {line}"
    yield ""
    yield from triggers_of_hooks()
    if any(picture.path for picture in (adaptor, *applications)):
        yield ""
    for picture in (adaptor, *applications):
        if picture.path:
            whose = f" of {picture.whose}" if picture.whose else ""
            yield f"path{whose}: {path_text(picture.path, _STATES_SHOWN)}"


def _text_machine(picture: Picture) -> Iterator[str]:
    width = max(len(edge.trigger) for edge in picture.edges)
    for state in picture.states:
        mark = ">" if state == picture.current else "+" if picture.passed(state) else " "
        note = "  (now)" if state == picture.current else ""
        yield f"{mark} {state}{note}"
        for edge in picture.edges:
            if edge.source == state:
                yield f"      {edge.trigger:{width}} -> {edge.target} {edge.notes}".rstrip()


_FORMATS: dict[str, Callable[[Picture, Sequence[Picture]], Iterator[str]]] = {
    "mermaid": _mermaid,
    "dot": _dot,
    "text": _text,
    "svg": svg,
}
