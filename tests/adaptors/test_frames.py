"""The frames of a task, in every form in which a scheduler or a person writes them."""

from __future__ import annotations

import copy
import pickle

import pytest
from adaptor_runtime import BadInputError, Frames
from hypothesis import given, settings
from hypothesis import strategies as st
from openjd.model import IntRangeExpr

FORMS = {
    "7": (7, [7]),
    "1-5:2": ("1-5:2", [1, 3, 5]),
    "1,3,9": ("1,3,9", [1, 3, 9]),
    "-3--1": ("-3--1", [-3, -2, -1]),
    "1-3": ([3, 1, 2, 1], [1, 2, 3]),
    "8,9": ("9-8:-1", [8, 9]),
    "1,4-6,9": ((1, 4, 5, 6, 9), [1, 4, 5, 6, 9]),
}


@pytest.mark.parametrize("text", FORMS)
def test_frames_are_ascending_numbers_and_their_text_is_a_range_expression(text):
    given_as, numbers = FORMS[text]
    frames = Frames(given_as)
    assert (list(frames), len(frames), str(frames)) == (numbers, len(numbers), text)
    assert repr(frames) == f"Frames({text!r})"


def test_frames_are_a_sequence():
    frames = Frames("1-9:2")
    assert (frames[0], frames[-1], frames[:2]) == (1, 9, (1, 3))
    assert 3 in frames
    assert 4 not in frames


def test_frames_are_equal_by_their_numbers_and_can_be_copied():
    frames = Frames("1-3")
    assert frames == Frames([3, 2, 1]) == Frames(frames)
    assert len({frames, Frames("1,2,3")}) == 1
    assert frames != "1-3"
    assert copy.deepcopy(frames) == pickle.loads(pickle.dumps(frames)) == frames


@settings(max_examples=30)
@given(st.lists(st.integers(-50, 50), min_size=1))
def test_a_scheduler_reads_the_text_as_the_same_numbers(numbers):
    frames = Frames(numbers)
    assert list(IntRangeExpr.from_str(str(frames))) == list(frames) == list(Frames(str(frames)))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x", "'x' is not a frame range: 'x' is neither a number nor a range"),
        ("1-9:0", "'1-9:0' is not a frame range: the step of '1-9:0' is 0"),
        ([], "an empty list is not a frame range"),
        ([1, "2"], "'2' is not a frame, which is an integer"),
        ([True], "True is not a frame, which is an integer"),
        (True, "True is not a frame range"),
        (1.5, "1.5 is not a frame range: write a number, a range such as 1-10, or a list of numbers"),
        (None, "None is not a frame range"),
    ],
)
def test_what_is_no_frame_range_is_rejected(value, words):
    with pytest.raises(BadInputError) as raised:
        Frames(value)
    assert str(raised.value).startswith(words)


def test_a_list_of_too_many_frames_is_rejected(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._frames.MOST", 3)
    with pytest.raises(BadInputError, match="the frames are more than 3"):
        Frames([1, 2, 3, 4])
