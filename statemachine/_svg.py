"""The machines as a picture that needs no layout program: each state and each arrow has a fixed place.

The content comes from the table. A row without a place is drawn as a straight line, and a test fails.
"""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from ._picture import triggers_of_hooks
from ._svg_layout import Layout, Way
from ._svg_style import STYLE
from ._svg_wide import WIDE
from ._table import OF_APPLICATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._picture import Edge, Picture

_BOX_WIDTH, _BOX_HEIGHT = 124, 46
_MARGIN = 16
_LINE = 18
"""From one line of text below a machine to the next one."""

_CHARACTER = 8.2
"""What a character of that text takes at most, on average."""

_KINDS = {"cancel": "cancel", "fail": "fail", "lose": "fail", "close": "plain"}
"""The look of a trigger's arrows; of any other trigger it is "usual"."""


def svg(adaptor: Picture, applications: Sequence[Picture], layout: Layout = WIDE) -> Iterator[str]:
    """Return the lines of an SVG document.

    Args:
        adaptor: The lifecycle.
        applications: The life of each application, which is drawn in a frame below.
        layout: Where everything is.
    """
    parts: list[str] = []
    top = _add(parts, adaptor, 0, layout)
    for picture in applications:
        top = _add(parts, picture, top, layout)
    # As an image of its own it has this size; inside a page, it shrinks with the page.
    size = f'viewBox="0 0 {layout.width} {top}" width="{layout.width}" height="{top}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" class="machine"'
    yield ' style="max-width: 100%; height: auto" aria-labelledby="title">'
    yield f'<title id="title">{_title(adaptor)}</title>'
    yield f"<style>{STYLE}</style>"
    yield f'<rect width="{layout.width}" height="{top}" rx="8" class="ground"/>'
    yield '<defs><marker id="head" viewBox="0 0 10 10" refX="2" refY="5" markerWidth="9" markerHeight="9"'
    yield ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L10,5 L0,10 z" style="fill: context-stroke"/>'
    yield "</marker></defs>"
    yield from parts
    yield "</svg>"


def _title(adaptor: Picture) -> str:
    return "The lifecycle of an adaptor" + (", with the path of a session" if adaptor.path else "")


def _add(parts: list[str], picture: Picture, top: int, layout: Layout) -> int:
    """Add a machine and the text below it; return where the next one begins."""
    machine = picture.table.machine
    below = list(_below(picture, layout))
    bottom = layout.heights[machine] + _LINE * len(below)
    if machine == OF_APPLICATION:
        parts.append(f'<g class="frame" transform="translate(0,{top})">')
        parts.append(f'<rect x="8" y="4" width="{layout.width - 16}" height="{bottom - 20}" rx="12"/>')
        parts.append(f'<text class="title" x="24" y="28">{escape(picture.title)}</text>')
    parts += [_arrow(picture, edge, layout) for edge in picture.edges]
    parts += [_state(picture, state, layout) for state in picture.states]
    first = layout.heights[machine] - (_MARGIN if machine == OF_APPLICATION else 0)
    left = _MARGIN + (8 if machine == OF_APPLICATION else 0)
    for number, (looks, line) in enumerate(below):
        parts.append(f'<text class="{looks}" x="{left}" y="{first + _LINE * number}">{escape(line)}</text>')
    if machine == OF_APPLICATION:
        parts.append("</g>")
    return top + bottom


def _below(picture: Picture, layout: Layout) -> Iterator[tuple[str, str]]:
    """Return the lines below a machine, each with its look."""
    width = int((layout.width - 4 * _MARGIN) / _CHARACTER)
    for told in picture.told():
        for line in wrap(told.text, width):
            yield f"told {told.kind}", line
    if picture.table.machine == OF_APPLICATION:
        return
    for note in () if picture.path else _notes(picture):
        for line in wrap(note, width):
            yield "note", line


def _arrow(picture: Picture, edge: Edge, layout: Layout) -> str:
    places = layout.places[picture.table.machine]
    way = places.ways.get((edge.trigger, edge.source)) or _straight(picture, edge, layout)
    kind = _KINDS.get(edge.trigger, "usual")
    taken = " taken" if edge.taken else " untaken" if picture.path else ""
    lines = [(look, text) for look, text in (("amount", edge.amount), ("failures", edge.failures)) if text]
    below = "".join(f'<tspan class="{look}" x="{way.x}" dy="14">{escape(text)}</tspan>' for look, text in lines)
    label = f'<text x="{way.x}" y="{way.y - 14 * len(lines)}">{edge.trigger}{below}</text>'
    return f'<g class="arrow {kind}{taken}"><path d="{way.path}" marker-end="url(#head)"/>{label}</g>'


def _straight(picture: Picture, edge: Edge, layout: Layout) -> Way:
    places = layout.places[picture.table.machine].states
    (left, top), (right, bottom) = places[edge.source], places[edge.target]
    return Way(f"M{left},{top} L{right},{bottom}", (left + right) // 2, (top + bottom) // 2)


def _state(picture: Picture, state: str, layout: Layout) -> str:
    x, y = layout.places[picture.table.machine].states[state]
    looks = ["state"]
    looks += ["final"] if state in picture.terminal else []
    looks += ["now"] if state == picture.current else ["past"] if picture.passed(state) else []
    looks += [f"end-{state}"] if picture.end is not None and picture.end.state == state else []
    left, top = x - _BOX_WIDTH // 2, y - _BOX_HEIGHT // 2
    box = f'<rect x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="9"/>'
    amount = picture.amount(state)
    name = f'<text x="{x}" y="{y - 8 * bool(amount)}">{state}</text>'
    time = f'<text class="amount" x="{x}" y="{y + 12}">{escape(amount)}</text>' if amount else ""
    return f'<g class="{" ".join(looks)}">{box}{name}{time}{_badge(picture.refused(state), x, top)}</g>'


def _badge(refused: int, x: int, top: int) -> str:
    """Return the mark, on the upper edge of a state, that calls were refused in it."""
    if not refused:
        return ""
    text = f"{refused} refused"
    width = 8 * len(text) + 8
    left = x + _BOX_WIDTH // 2 - width + 10
    box = f'<rect class="badge" x="{left}" y="{top - 15}" width="{width}" height="19" rx="9"/>'
    return f'{box}<text class="refusals" x="{left + width // 2}" y="{top - 5}">{text}</text>'


def _notes(picture: Picture) -> list[str]:
    """Return the notes below the lifecycle: what its arrows do not say."""
    owed = {edge.trigger: edge.condition.strip("[]").replace("stop ", "stop is ") for edge in picture.edges}
    conditions = [f"{trigger}: only while {condition}" for trigger, condition in owed.items() if condition]
    return [*triggers_of_hooks(), *conditions]
