"""Times of day that never go back, although somebody has set the clock: what came later in a journal was later."""

from __future__ import annotations

_TOLERANCE_SECONDS = 1.0
"""Entries of different threads may be written in another order than their times."""

_LONGEST_STEP_SECONDS = 400 * 86_400.0
"""A greater difference is damage in the file, or a clock that was never set."""


class SteadyClock:
    """Correct the times of day in one session, as the clock showed them before it was first put back.

    Records also have the reading of a clock that nobody sets. It stands still while the machine sleeps, so time that
    only the time of day has is no error.

    >>> clock = SteadyClock()
    >>> [clock.steady(at, reading) for at, reading in [(5000.0, 10.0), (1401.0, 11.0), (1402.5, None)]]
    [5000.0, 5001.0, 5002.5]
    """

    def __init__(self) -> None:
        self._difference: float | None = None
        self._put_back = 0.0
        self._last: float | None = None

    def steady(self, at: float, reading: float | None = None) -> float:
        """Return when an entry was written.

        Args:
            at: The time of day in it, in seconds since 1970.
            reading: The reading of the other clock; None if it has none.
        """
        if reading is not None:
            self._compare(at - reading)
        elif self._last is not None and _is_step(self._last - at - self._put_back):
            self._put_back = self._last - at
        self._last = at + self._put_back
        return self._last

    def _compare(self, difference: float) -> None:
        former = self._difference
        if former is None or 0 <= difference - former < _LONGEST_STEP_SECONDS:
            self._difference, self._put_back = difference, 0.0
        else:
            self._put_back = former - difference if _is_step(former - difference) else 0.0


def _is_step(seconds: float) -> bool:
    return _TOLERANCE_SECONDS < seconds < _LONGEST_STEP_SECONDS
