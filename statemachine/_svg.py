"""The machines as a picture that needs no layout program: each state and each arrow has a fixed place.

The content comes from the table. A row without a place is drawn as a straight line, and a test fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._picture import triggers_of_hooks
from ._svg_places import PLACES, Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._picture import Edge, Picture

_WIDTH, _HEIGHT = 960, 600
_FRAME_HEIGHT = 340
"""The height of the frame of an application, with what is around it."""

_SEPARATOR = "  \N{MIDDLE DOT}  "
_BOX_WIDTH, _BOX_HEIGHT = 124, 46

_STYLE = """
  svg { --ground: #ffffff; --ink: #1f2933; --line: #7b8794; --box: #f5f7fa; --edge: #9aa5b1; --usual: #0b69a3;
    --cancel: #b44d12; --fail: #c2293d; --now: #ffe08a; --now-ink: #1f2933; --past: #d6ecfa; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --line: #8b98a5; --box: #1b2230; --edge: #57606a; --usual: #6cb6ff;
      --cancel: #f0a35e; --fail: #ff8088; --now: #7a5c00; --now-ink: #ffffff; --past: #12385a; }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
  .state rect { fill: var(--box); stroke: var(--edge); stroke-width: 1.5; }
  .state text { font-size: 17px; font-weight: 600; text-anchor: middle; dominant-baseline: central; }
  .final rect { stroke-width: 4; }
  .past rect { fill: var(--past); stroke: var(--usual); }
  .now rect { fill: var(--now); stroke: var(--ink); stroke-width: 3; }
  .now text { fill: var(--now-ink); }
  .arrow path { fill: none; stroke: var(--line); stroke-width: 1.6; }
  .arrow text { font-size: 13px; text-anchor: middle; stroke: var(--ground); stroke-width: 4px; paint-order: stroke;
    stroke-linejoin: round; }
  .usual path { stroke: var(--usual); stroke-width: 2.2; } .usual text { fill: var(--usual); }
  .cancel path { stroke: var(--cancel); } .cancel text { fill: var(--cancel); }
  .fail path { stroke: var(--fail); } .fail text { fill: var(--fail); }
  .taken path { stroke-width: 4; } .taken text { font-weight: 700; }
  .untaken { opacity: 0.35; }
  .note { font-size: 13px; }
"""

_FRAME_STYLE = """  .frame > rect { fill: none; stroke: var(--edge); stroke-width: 1.5; stroke-dasharray: 6 4; }
  .frame > text { font-size: 15px; font-weight: 600; }
"""

_KINDS = {"cancel": "cancel", "fail": "fail", "lose": "fail", "close": "plain"}
"""The look of a trigger's arrows; of any other trigger it is "usual"."""


def svg(adaptor: Picture, applications: Sequence[Picture]) -> Iterator[str]:
    """Return the lines of an SVG document."""
    height = _HEIGHT + _FRAME_HEIGHT * len(applications)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
    yield ' aria-labelledby="title">'
    yield '<title id="title">The lifecycle of an adaptor</title>'
    yield f"<style>{_STYLE}{_FRAME_STYLE if applications else ''}</style>"
    yield f'<rect width="{_WIDTH}" height="{height}" rx="8" style="fill: var(--ground)"/>'
    yield from _marker()
    yield from _machine(adaptor)
    for number, note in enumerate(_notes(adaptor)):
        yield f'<text class="note" x="16" y="{_HEIGHT - 16 - 18 * number}">{note}</text>'
    for number, picture in enumerate(applications):
        yield f'<g class="frame" transform="translate(0,{_HEIGHT + _FRAME_HEIGHT * number})">'
        yield f'<rect x="16" y="4" width="{_WIDTH - 32}" height="{_FRAME_HEIGHT - 20}" rx="12"/>'
        yield f'<text x="32" y="28">{picture.title}</text>'
        yield from _machine(picture)
        yield "</g>"
    yield "</svg>"


def _machine(picture: Picture) -> Iterator[str]:
    for edge in picture.edges:
        yield from _arrow(picture, edge)
    for state in picture.states:
        yield _state(picture, state)


def _marker() -> Iterator[str]:
    yield '<defs><marker id="head" viewBox="0 0 10 10" refX="2" refY="5" markerWidth="9" markerHeight="9"'
    yield ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L10,5 L0,10 z" style="fill: context-stroke"/>'
    yield "</marker></defs>"


def _arrow(picture: Picture, edge: Edge) -> Iterator[str]:
    way = PLACES[picture.table.machine].ways.get((edge.trigger, edge.source)) or _straight(picture, edge)
    kind = _KINDS.get(edge.trigger, "usual")
    taken = " taken" if edge.taken else " untaken" if picture.path else ""
    count = f" ({edge.taken}x)" if edge.taken else ""
    yield f'<g class="arrow {kind}{taken}"><path d="{way.path}" marker-end="url(#head)"/>'
    yield f'<text x="{way.x}" y="{way.y}">{edge.trigger}{count}</text></g>'


def _straight(picture: Picture, edge: Edge) -> Way:
    places = PLACES[picture.table.machine].states
    (left, top), (right, bottom) = places[edge.source], places[edge.target]
    return Way(f"M{left},{top} L{right},{bottom}", (left + right) // 2, (top + bottom) // 2)


def _state(picture: Picture, state: str) -> str:
    x, y = PLACES[picture.table.machine].states[state]
    looks = ["state"]
    looks += ["final"] if state in picture.terminal else []
    looks += ["now"] if state == picture.current else ["past"] if picture.passed(state) else []
    left, top = x - _BOX_WIDTH // 2, y - _BOX_HEIGHT // 2
    box = f'<rect x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="9"/>'
    return f'<g class="{" ".join(looks)}">{box}<text x="{x}" y="{y}">{state}</text></g>'


def _notes(picture: Picture) -> list[str]:
    """Return the notes below the picture, from the lowest line up."""
    owed = {edge.trigger: edge.condition.strip("[]").replace("stop ", "stop is ") for edge in picture.edges}
    conditions = [f"{trigger}: only while {condition}" for trigger, condition in owed.items() if condition]
    ends = triggers_of_hooks()
    longest = max(ends, key=len)
    return [_SEPARATOR.join(conditions), longest, _SEPARATOR.join(end for end in ends if end != longest)]
