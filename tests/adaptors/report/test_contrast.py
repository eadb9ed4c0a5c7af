"""Colors: text on its ground has the contrast that WCAG 2 asks for at level AA; so have shapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from adaptor_runtime.adaptors._report import page
from adaptor_runtime.statemachine._svg_style import STYLE

TEXT, SHAPE = 4.5, 3.0
PAGE = (Path(page.__file__).parent / "style.css").read_text("utf-8")
OF_PAGE = {
    TEXT: [
        *((text, ground) for text in ("ink", "soft", "usual", "bad") for ground in ("ground", "box")),
        *(("ground", badge) for badge in ("soft", "good", "warning", "bad")),
    ],
    SHAPE: [(bar, "box") for bar in ("good", "bad", "warning", "soft", "usual", "mild", "loading")],
}
OF_DRAWING = {
    TEXT: [
        *((text, "ground") for text in ("ink", "soft", "usual", "cancel", "fail")),
        *(("ink", state) for state in ("box", "past")),
        ("now-ink", "now"),
        ("ground", "fail"),
    ],
    SHAPE: [(line, "ground") for line in ("line", "edge", "usual", "cancel", "fail")],
}


def palettes(style):
    """Return the colors of a style sheet: in light, in dark, and on paper."""
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r"\{[^{}]*\}", style)]
    return [colors for colors in found if "ground" in colors]


def luminance(color):
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("style", "pairs"), [(PAGE, OF_PAGE), (STYLE, OF_DRAWING)], ids=["page", "drawing"])
def test_what_is_drawn_can_be_told_from_its_ground_in_light_in_dark_and_on_paper(style, pairs):
    light, dark, paper = palettes(style)
    assert light["ground"] == paper["ground"] != dark["ground"]
    for colors in (light, dark, paper):
        ratios = {
            (one, other, least): round(contrast(colors[one], colors[other]), 2)
            for least, both in pairs.items()
            for one, other in both
        }
        assert {key: ratio for key, ratio in ratios.items() if ratio < key[2]} == {}


def test_no_text_of_a_drawing_is_made_fainter_than_its_color():
    faint = [rule.split("{")[0].split() for rule in re.findall(r"[^{};]+\{[^{}]*opacity[^{}]*\}", STYLE)]
    assert [selector[-1] for selector in faint] == ["path"]
