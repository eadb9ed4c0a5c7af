"""The lifecycle as a picture that needs no layout program: each state and each arrow has a fixed place.

The content comes from the table. A row without a place is drawn as a straight line, and a test fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ._picture import triggers_of_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._picture import Edge, Picture

_WIDTH, _HEIGHT = 960, 600
_SEPARATOR = "  \N{MIDDLE DOT}  "
_BOX_WIDTH, _BOX_HEIGHT = 124, 46

_STATES = {
    "idle": (90, 230),
    "running": (330, 110),
    "started": (330, 230),
    "stopped": (650, 230),
    "cleaned": (870, 230),
    "canceled": (470, 370),
    "failed": (470, 490),
}
"""The center of each state."""


class _Way(NamedTuple):
    """The path of an arrow, and the place of its label."""

    path: str
    x: int
    y: int


_WAYS = {
    ("start", "idle"): _Way("M152,230 L264,230", 208, 222),
    ("run", "started"): _Way("M310,207 C296,184 296,160 308,137", 264, 176),
    ("finish", "running"): _Way("M352,133 C366,156 366,180 354,203", 404, 176),
    ("stop", "started"): _Way("M392,230 L584,230", 428, 222),
    ("cleanup", "stopped"): _Way("M712,230 L804,230", 758, 222),
    ("cleanup", "idle"): _Way("M90,207 C100,-10 860,-10 870,203", 480, 36),
    ("cancel", "idle"): _Way("M100,253 C120,350 240,366 404,368", 172, 340),
    ("cancel", "started"): _Way("M346,253 C358,306 380,336 406,350", 352, 318),
    ("cancel", "running"): _Way("M392,104 C490,110 510,220 485,343", 462, 158),
    ("fail", "idle"): _Way("M80,253 C80,470 240,492 404,492", 150, 478),
    ("fail", "started"): _Way("M316,253 C306,400 340,460 404,480", 306, 420),
    ("fail", "running"): _Way("M392,94 C570,96 620,400 524,466", 551, 196),
    ("fail", "canceled"): _Way("M470,393 L470,463", 492, 432),
    ("stop", "canceled"): _Way("M532,362 C590,350 630,310 640,257", 612, 322),
    ("stop", "failed"): _Way("M532,482 C620,460 654,360 656,257", 650, 420),
    ("cleanup", "canceled"): _Way("M532,376 C700,384 832,350 860,257", 726, 372),
    ("cleanup", "failed"): _Way("M532,496 C720,500 872,400 876,257", 770, 478),
}
"""The path of each arrow, by its trigger and its source."""

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


def svg(picture: Picture) -> Iterator[str]:
    """Return the lines of an SVG document."""
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
    yield ' aria-labelledby="title">'
    yield '<title id="title">The lifecycle of an adaptor</title>'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" style="fill: var(--ground)"/>'
    yield from _marker()
    for edge in picture.edges:
        yield from _arrow(edge, told=bool(picture.path))
    for state in picture.states:
        yield _state(picture, state)
    for number, note in enumerate(_notes(picture)):
        yield f'<text class="note" x="16" y="{_HEIGHT - 16 - 18 * number}">{note}</text>'
    yield "</svg>"


def _marker() -> Iterator[str]:
    yield '<defs><marker id="head" viewBox="0 0 10 10" refX="2" refY="5" markerWidth="9" markerHeight="9"'
    yield ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L10,5 L0,10 z" style="fill: context-stroke"/>'
    yield "</marker></defs>"


def _arrow(edge: Edge, *, told: bool) -> Iterator[str]:
    way = _WAYS.get((edge.trigger, edge.source)) or _straight(edge)
    kind = edge.trigger if edge.trigger in {"cancel", "fail"} else "usual"
    taken = " taken" if edge.taken else " untaken" if told else ""
    count = f" ({edge.taken}x)" if edge.taken else ""
    yield f'<g class="arrow {kind}{taken}"><path d="{way.path}" marker-end="url(#head)"/>'
    yield f'<text x="{way.x}" y="{way.y}">{edge.trigger}{count}</text></g>'


def _straight(edge: Edge) -> _Way:
    (left, top), (right, bottom) = _STATES[edge.source], _STATES[edge.target]
    return _Way(f"M{left},{top} L{right},{bottom}", (left + right) // 2, (top + bottom) // 2)


def _state(picture: Picture, state: str) -> str:
    x, y = _STATES[state]
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
