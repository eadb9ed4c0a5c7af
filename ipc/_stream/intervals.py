"""The parts of a byte sequence that have been processed."""

from __future__ import annotations


class Intervals:
    """Half-open intervals of numbers; those that touch become one.

    >>> read = Intervals()
    >>> read.add(0, 10)
    >>> read.add(20, 30)
    >>> read.gaps(5, 40)
    [(10, 20), (30, 40)]
    """

    def __init__(self) -> None:
        self._parts: list[tuple[int, int]] = []

    def __repr__(self) -> str:
        return f"<Intervals {self._parts}>"

    def add(self, begin: int, end: int) -> None:
        """Add the numbers from ``begin`` up to, but not including, ``end``."""
        if begin >= end:
            return
        first = 0
        while first < len(self._parts) and self._parts[first][1] < begin:
            first += 1
        last = first
        while last < len(self._parts) and self._parts[last][0] <= end:
            begin, end = min(begin, self._parts[last][0]), max(end, self._parts[last][1])
            last += 1
        self._parts[first:last] = [(begin, end)]

    def gaps(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return, in order, the intervals between ``begin`` and ``end`` that were not added."""
        found = []
        for part_begin, part_end in self._parts:
            if part_begin >= end:
                break
            if begin < part_begin:
                found.append((begin, part_begin))
            begin = max(begin, part_end)
        if begin < end:
            found.append((begin, end))
        return found
