"""A chunk of tasks is read as the schedulers mean it."""

from __future__ import annotations

import pytest
from adaptor_runtime.adaptors import expand_chunk
from adaptor_runtime.ipc._errors import BadInputError
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openjd.model import IntRangeExpr


@pytest.mark.parametrize(
    ("chunk", "values"),
    [
        (7, [7]),
        ("7", [7]),
        ("-3", [-3]),
        ("1-3", [1, 2, 3]),
        ("-3--1", [-3, -2, -1]),
        ("-1-1", [-1, 0, 1]),
        ("1-5:2,8", [1, 3, 5, 8]),
        ("1-6:2", [1, 3, 5]),
        ("10-1:-4", [2, 6, 10]),
        ("5-5:3", [5]),
        (" 1 - 3 , 9 ", [1, 2, 3, 9]),
        ("8,1-3", [1, 2, 3, 8]),
        ("1-3,2-4", [1, 2, 3, 4]),
    ],
)
def test_a_range_expression_becomes_its_values_in_order(chunk, values):
    assert expand_chunk(chunk) == values


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=50))
def test_a_chunk_from_a_scheduler_expands_to_its_numbers(numbers):
    assert expand_chunk(str(IntRangeExpr.from_list(numbers))) == sorted(set(numbers))


@given(st.text("0123456789-,: ", max_size=8))
@settings(deadline=None)
def test_a_chunk_of_the_specification_has_the_specified_values(text):
    try:
        expression = IntRangeExpr.from_str(text)
    except Exception:
        return
    assume(len(expression) <= 10_000)
    assert expand_chunk(text) == sorted(expression)


NONE = ["", " ", ",", "1,", "a", "1-", "-", "1-2-3", "1:2", "1-5:0", "5-1", "1-5:-1", "1.5", "1-5:2:3", "²", "1_0"]
MANY = {"long": "1-1000001", "repeated": "1-10," * 200_000, "digits": "9" * 5000}


@pytest.mark.parametrize("chunk", [*NONE, *MANY, None, True, 1.0, [1]])
def test_anything_else_is_rejected_with_a_reason_in_one_short_line(chunk):
    with pytest.raises(BadInputError, match="is not a task chunk") as refusal:
        expand_chunk(MANY.get(chunk, chunk) if isinstance(chunk, str) else chunk)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300
