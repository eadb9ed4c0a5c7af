"""The frames of a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Union, overload

from ..ipc._errors import BadInputError
from ._task_chunk import MOST, TaskChunkError, expand_chunk

FRAMES = "frames"
"""The ``format`` of a frame range in a JSON Schema."""

_LEAST = 3
"""The fewest numbers that are written as a range. Two of them are shorter side by side: ``1,9``."""


class Frames(Sequence[int]):
    """The frames of a task: integers, each once, in ascending order.

    As the type of a field of ``RunData``, it accepts what a scheduler passes for one task or for a chunk of tasks
    (OpenJD RFC 0001): a number, a range expression, or a list of numbers. Its text is the shortest range expression.

    >>> list(Frames("1-5:2"))
    [1, 3, 5]
    >>> str(Frames([3, 1, 2, 9]))
    '1-3,9'
    >>> 7 in Frames(7)
    True

    Args:
        frames: A number; a range expression, such as ``1-5:2,8`` or ``-3--1``; or numbers.

    Raises:
        BadInputError: It is none of these, it is empty, or it has more than a million numbers.
    """

    __slots__ = ("_numbers",)

    def __init__(self, frames: Union[int, str, Iterable[int]]) -> None:
        self._numbers: tuple[int, ...] = tuple(frames) if isinstance(frames, Frames) else _numbers(frames)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[int, tuple[int, ...]]:
        """Return one frame, or several as a tuple."""
        return self._numbers[index]

    def __eq__(self, other: object) -> bool:
        return self._numbers == other._numbers if isinstance(other, Frames) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._numbers)

    def __str__(self) -> str:
        """Return the range expression, such as ``1-5:2,8``."""
        return ",".join(_element(span) for span in _spans(self._numbers))

    def __repr__(self) -> str:
        return f"Frames({str(self)!r})"

    def __reduce__(self) -> tuple[type[Frames], tuple[list[int]]]:
        return Frames, (list(self._numbers),)


def _numbers(frames: Any) -> tuple[int, ...]:
    if isinstance(frames, (int, str)):
        try:
            return tuple(expand_chunk(frames))
        except TaskChunkError as error:
            raise BadInputError(f"{error.shown} is not a frame range: {error.reason}") from None
    if not isinstance(frames, Iterable) or isinstance(frames, (bytes, bytearray)):
        raise BadInputError(
            f"{frames!r:.80} is not a frame range: write a number, a range such as 1-10, or a list of numbers"
        )
    found: set[int] = set()
    for one in frames:
        if not isinstance(one, int) or isinstance(one, bool):
            raise BadInputError(f"{one!r:.80} is not a frame, which is an integer")
        found.add(one)
        if len(found) > MOST:
            raise BadInputError(f"the frames are more than {MOST}")
    if not found:
        raise BadInputError("an empty list is not a frame range: a task has at least one frame")
    return tuple(sorted(found))


def _spans(numbers: tuple[int, ...]) -> list[range]:
    """Return the numbers as ranges, each as long as it can be."""
    spans: list[range] = []
    start = 0
    while start < len(numbers):
        end = start + 1
        step = numbers[end] - numbers[start] if end < len(numbers) else 1
        while end < len(numbers) and numbers[end] - numbers[end - 1] == step:
            end += 1
        if end - start < _LEAST:
            end = start + 1
        spans.append(range(numbers[start], numbers[end - 1] + 1, step))
        start = end
    return spans


def _element(span: range) -> str:
    if len(span) == 1:
        return str(span[0])
    return f"{span[0]}-{span[-1]}" + ("" if span.step == 1 else f":{span.step}")
