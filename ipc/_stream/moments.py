"""When the bytes of a stream were added, to a second or so."""

from __future__ import annotations

import bisect
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_SECONDS = 1.0
_MOST = 4096
"""Moments to keep: if there are more, every second one of the older half is dropped."""


class Moments:
    """Note when the event at an offset was added: at most one moment a second, and fewer of long ago.

    It has no lock: the caller has one.

    Args:
        clock: The wall clock, in seconds since the epoch.

    >>> clock = iter([10.0, 10.5, 20.0])
    >>> moments = Moments(lambda: next(clock))
    >>> for offset in (0, 100, 200):
    ...     moments.note(offset)
    >>> moments.between(0, 300)
    [(0, 10.0), (200, 20.0)]
    >>> moments.offset_at(15.0)
    200
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._offsets: list[int] = []
        self._times: list[float] = []
        self._next = float("-inf")

    def note(self, offset: int) -> None:
        """Note that an event is added at ``offset``, which is larger than all before."""
        now = self._clock()
        if self._next - 2 * _SECONDS < now < self._next:  # a clock that was set back starts a new second, too
            return
        self._next = now + _SECONDS
        if len(self._offsets) >= _MOST:
            half = _MOST // 2
            del self._offsets[:half:2], self._times[:half:2]
        self._offsets.append(offset)
        self._times.append(now)

    def between(self, begin: int, end: int) -> list[tuple[int, float]]:
        """Return the moments of the events from ``begin`` to ``end``, each with its offset; the first is at ``begin``.

        It is empty if nothing was added before ``end``.
        """
        first = max(0, bisect.bisect_right(self._offsets, begin) - 1)
        last = bisect.bisect_left(self._offsets, end)
        found = list(zip(self._offsets[first:last], self._times[first:last]))
        return [(begin, found[0][1]), *found[1:]] if found else []

    def offset_at(self, when: float) -> int | None:
        """Return the offset of the first event that was added at ``when`` or later; None if there is none."""
        return next((offset for offset, noted in zip(self._offsets, self._times) if noted >= when), None)
