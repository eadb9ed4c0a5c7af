"""Task chunks: several values of a task parameter for one task."""

from __future__ import annotations

import re
from typing import NoReturn

from ..ipc._errors import BadInputError

MOST = 1_000_000
"""The most values of a chunk: a typo such as 1-1000000000000 must not exhaust the memory."""

_SHOWN = 80
_NUMBER = r"(-?\s*\d{1,18})"
_RANGE = rf"{_NUMBER}(?:\s*-\s*{_NUMBER}(?:\s*:\s*{_NUMBER})?)?"
_ELEMENT = re.compile(_RANGE, re.ASCII)

PATTERN = rf"^\s*{_RANGE}\s*(,\s*{_RANGE}\s*)*$"
"""A regular expression for a chunk as a text, for a JSON Schema. The groups mean nothing."""


class TaskChunkError(BadInputError):
    """A text is not a task chunk.

    Attributes:
        shown: The text, shortened.
        reason: Why it is not.
    """

    def __init__(self, chunk: object, reason: str) -> None:
        self.shown = _shown(chunk)
        self.reason = reason
        super().__init__(f"{self.shown} is not a task chunk: {reason}")


def expand_chunk(chunk: int | str) -> list[int]:
    """Return the values of a task chunk, each once, in ascending order.

    A scheduler that chunks tasks passes a range expression, such as ``1-5:2,8``, instead of one value (OpenJD RFC 0001,
    and "IntRangeExpr" of the Job Template specification 2023-09). A single value is a chunk of one, so the same
    ``on_run`` works for jobs with and without chunks.

    >>> expand_chunk("1-5:2,8")
    [1, 3, 5, 8]
    >>> expand_chunk(7)
    [7]

    Args:
        chunk: Values and ranges, separated by commas. A range is ``first-last`` or ``first-last:step``; the step is
            negative if the range descends.

    Raises:
        BadInputError: It is malformed, or has more than a million values.
    """
    if isinstance(chunk, int) and not isinstance(chunk, bool):
        return [chunk]
    if not isinstance(chunk, str):
        _refuse(chunk, "it is neither a number nor a string")
    values: set[int] = set()
    for element in map(str.strip, chunk.split(",")):
        span = _span(chunk, element)
        if len(span) + len(values) > MOST:
            _refuse(chunk, f"it has more than {MOST} values")
        values.update(span)
    return sorted(values)


def _span(chunk: str, element: str) -> range:
    found = _ELEMENT.fullmatch(element)
    if found is None:
        _refuse(chunk, f"{_shown(element)} is neither a number nor a range such as 1-10 or 1-9:2")
    numbers = ["".join(group.split()) for group in found.groups("")]  # the specification allows "- 1"
    first, last = int(numbers[0]), int(numbers[1] or numbers[0])
    step = int(numbers[2] or 1)
    if step == 0:
        _refuse(chunk, f"the step of {_shown(element)} is 0")
    if (last - first) * step < 0:
        _refuse(chunk, f"{_shown(element)} steps away from its end; a descending range needs a negative step")
    return range(first, last + (1 if step > 0 else -1), step)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _refuse(chunk: object, reason: str) -> NoReturn:
    raise TaskChunkError(chunk, reason)
