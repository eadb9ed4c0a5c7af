from __future__ import annotations

import pytest
from adaptor_runtime.examples.renderer.frames import frames_of


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("7", [7]),
        ("-3", [-3]),
        ("1-3", [1, 2, 3]),
        ("-2-1", [-2, -1, 0, 1]),
        ("1-10:4", [1, 5, 9]),
        ("5, 1-2", [5, 1, 2]),
    ],
)
def test_a_range_names_its_frames(text, frames):
    assert frames_of(text) == frames


@pytest.mark.parametrize("text", ["", "x", "1-", "1-5:0", "1.5", "1,,2", "None"])
def test_anything_else_is_rejected_with_an_example(text):
    with pytest.raises(ValueError, match="are no range, such as 1-5"):
        frames_of(text)


def test_a_range_without_frames_is_rejected():
    with pytest.raises(ValueError, match="has no frames"):
        frames_of("5-1")
