"""Draw the machines from their tables: in general, of a live session, or of a finished one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ._history import path_text
from ._picture import Picture, coded, picture_of_adaptor, pictures_of_applications, triggers_of_hooks
from ._svg import svg
from ._svg_upright import UPRIGHT

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
    upright: bool = False,
) -> str:
    """Draw the lifecycle, and in it the life of each application that has records.

    It marks the current states and the paths, with how often and how long at each state and each arrow; it says why the
    session ended, which hooks failed, and which calls were refused.

    Args:
        format: ``mermaid``, ``dot``, ``text``, or ``svg``, which needs no other program.
        state: The current state of the adaptor; by default the one that ``history`` ends in.
        history: The records of a session: those of each machine oldest first.
        application: Draw the life of an application even if none has records.
        upright: Draw the ``svg`` for a narrow screen.

    Raises:
        ValueError: The format or a state is unknown.

    >>> print(draw("mermaid").splitlines()[0])
    stateDiagram-v2
    """
    if format not in _FORMATS:
        raise ValueError(f"the lifecycle cannot be drawn as {format!r}: choose {', '.join(_FORMATS)}")
    adaptor = picture_of_adaptor(state, history)
    applications = pictures_of_applications(history, at_least_one=application)
    lines = (
        svg(adaptor, applications, UPRIGHT) if upright and format == "svg" else _FORMATS[format](adaptor, applications)
    )
    return "\n".join(lines) + "\n"


# Each machine but the adaptor's is drawn in a frame of its own. The names of its states have the frame's in front:
# two machines may have a state of the same name.


def _mermaid(adaptor: Picture, applications: Sequence[Picture]) -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in adaptor.states:
        if amount := adaptor.amount(state):
            yield f'    state "{state} ({amount})" as {state}'
    yield from _mermaid_machine(adaptor, "    ")
    for number, picture in enumerate(applications, 1):
        yield f'    state "{picture.title}" as application_{number} {{'
        for state in picture.states:
            amount = f" ({picture.amount(state)})" if picture.amount(state) else ""
            yield f'        state "{state}{amount}" as application_{number}_{state}'
        yield from _mermaid_machine(picture, "        ", f"application_{number}_")
        yield from _mermaid_notes(picture, "        ", f"application_{number}_")
        yield "    }"
    yield from _mermaid_notes(adaptor, "    ")
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


def _mermaid_notes(picture: Picture, margin: str, prefix: str = "") -> Iterator[str]:
    """Tell what went wrong, beside the state in which that was."""
    told = picture.told()
    for state in picture.states:
        texts = [each.text for each in told if each.state == state]
        if texts:
            yield f"{margin}note right of {prefix}{state}"
            yield from (f"{margin}    {coded(text, '#')}" for text in texts)
            yield f"{margin}end note"


def _dot(adaptor: Picture, applications: Sequence[Picture]) -> Iterator[str]:
    yield "digraph lifecycle {"
    yield "    rankdir=LR;"
    yield '    node [shape=box, style="rounded,filled", fillcolor="white"];'
    yield from _dot_machine(adaptor, "    ")
    for number, picture in enumerate(applications, 1):
        yield f"    subgraph cluster_application_{number} {{"
        yield f'        label="{picture.title}"; style="rounded,dashed";'
        yield from _dot_machine(picture, "        ", f"application_{number}_")
        if picture.told():
            look = 'shape=note, style=filled, fillcolor="#fff5f5", fontcolor="#c2293d"'
            yield f'        application_{number}_told [{look}, label="{_dot_told(picture)}"];'
        yield "    }"
    # After the frames, which would take over what is said about the whole.
    if adaptor.told():
        yield f'    labelloc="b"; labeljust="l"; label="{_dot_told(adaptor)}";'
    yield "}"


def _dot_told(picture: Picture) -> str:
    """Return what went wrong as lines of a label, each of which begins on the left."""
    # Graphviz reads codes before backslashes: one that is a code begins an escape sequence, too.
    return "".join(f"{coded(told.text, '&#')}\\l".replace("&#92;", "\\\\") for told in picture.told())


def _dot_machine(picture: Picture, margin: str, prefix: str = "") -> Iterator[str]:
    for state in picture.states:
        amount = picture.amount(state)
        label = f"{state}\\n{amount}" if amount else state if prefix else ""
        yield f"{margin}{prefix}{state}{_dot_look(picture, state, label)};"
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
    if told := [line for picture in (adaptor, *applications) for line in _told(picture)]:
        yield ""
        yield from told
    if any(picture.path for picture in (adaptor, *applications)):
        yield ""
    for picture in (adaptor, *applications):
        if picture.path:
            whose = f" of {picture.whose}" if picture.whose else ""
            yield f"path{whose}: {path_text(picture.path, _STATES_SHOWN)}"


def _told(picture: Picture) -> Iterator[str]:
    whose = f"{picture.whose}: " if picture.whose else ""
    for told in picture.told():
        yield f"{whose}{told.text}".encode("ascii", "backslashreplace").decode()


def _text_machine(picture: Picture) -> Iterator[str]:
    width = max(len(edge.trigger) for edge in picture.edges)
    for state in picture.states:
        mark = ">" if state == picture.current else "+" if picture.passed(state) else " "
        note = "  (now)" if state == picture.current else ""
        amount = f"  {picture.amount(state)}" if picture.amount(state) else ""
        yield f"{mark} {state}{note}{amount}"
        for edge in picture.edges:
            if edge.source == state:
                yield f"      {edge.trigger:{width}} -> {edge.target} {edge.notes}".rstrip()


_FORMATS: dict[str, Callable[[Picture, Sequence[Picture]], Iterator[str]]] = {
    "mermaid": _mermaid,
    "dot": _dot,
    "text": _text,
    "svg": svg,
}
