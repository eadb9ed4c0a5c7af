"""A few of the figures as bars, for the first screen of the README."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKS = {
    "`daemon start`": "daemon start",
    "`daemon run`, 50 ms task": "daemon run, a task of 50 ms",
    "`daemon run`, no-op, author's entry point": "daemon run, an empty task",
    "`adaptor-runtime daemon run`, no-op": "the same, without the adaptor's imports",
    "`daemon stop` until the daemon is gone": "daemon stop",
}
"""What is drawn: the works of the table, and what they are called here."""

_LEFT, _LONGEST, _RIGHT = 300, 360, 100
_TOP, _EACH, _BAR = 44, 48, 15

_STYLE = """
  svg { --ground: #ffffff; --ink: #1f2933; --quiet: #52606d; --ours: #0b69a3; --reference: #9aa5b1; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --quiet: #9aa5b1; --ours: #6cb6ff; --reference: #57606a; }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 14px;
    fill: var(--ink); dominant-baseline: central; }
  .work { text-anchor: end; }
  .reference { fill: var(--reference); }
  .ours { fill: var(--ours); }
  text.reference { fill: var(--quiet); }
  text.ours { font-weight: 600; }
"""


class Bars(NamedTuple):
    """One work with what it takes, in milliseconds."""

    work: str
    reference: float
    ours: float


def bars(page: str) -> list[Bars]:
    """Return what is to be drawn of a page of figures, in the order of ``WORKS``."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    figures = {row[0]: (row[1], row[2]) for row in rows}
    return [
        Bars(name, *map(_milliseconds, figures[work])) for work, name in WORKS.items() if all(figures.get(work, ("",)))
    ]


def _milliseconds(figure: str) -> float:
    number, _, unit = figure.partition(" ")
    return float(number.replace(",", "")) * {"s": 1000.0, "ms": 1.0}[unit]


def svg(page: str) -> str:
    """Return the picture of a page of figures."""
    drawn = bars(page)
    height = _TOP + _EACH * len(drawn) + 8
    width = _LEFT + _LONGEST + _RIGHT
    longest = max((max(each.reference, each.ours) for each in drawn), default=1.0)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        ' aria-labelledby="title">',
        '<title id="title">Milliseconds that commands take, beside openjd-adaptor-runtime: shorter is better</title>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" rx="8" style="fill: var(--ground)"/>',
        *_legend(_LEFT, "ours", "adaptor-runtime"),
        *_legend(_LEFT + 160, "reference", "openjd-adaptor-runtime"),
    ]
    for number, each in enumerate(drawn):
        lines += _group(_TOP + number * _EACH, each, _LONGEST / longest)
    return "\n".join([*lines, "</svg>\n"])


def _legend(x: int, kind: str, name: str) -> Iterator[str]:
    yield f'<rect class="{kind}" x="{x}" y="14" width="12" height="12" rx="2"/>'
    yield f'<text class="{kind}" x="{x + 18}" y="20">{name}</text>'


def _group(y: int, each: Bars, scale: float) -> Iterator[str]:
    yield f'<text class="work" x="{_LEFT - 12}" y="{y + _BAR + 1}">{escape(each.work)}</text>'
    for top, kind, value in ((y, "ours", each.ours), (y + _BAR + 2, "reference", each.reference)):
        length = max(2.0, value * scale)
        yield f'<rect class="{kind}" x="{_LEFT}" y="{top}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
        yield f'<text class="{kind}" x="{_LEFT + length + 8:.1f}" y="{top + _BAR / 2}">{value:,.0f} ms</text>'
