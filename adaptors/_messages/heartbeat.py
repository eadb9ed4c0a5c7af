"""A status message while an application says nothing: a scheduler then shows that the task is still there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Callable


class Heartbeat:
    """Say for how long there was no output, each time that a number of seconds has passed without any.

    It has no timer: the caller asks ``due`` at ``next_due``.

    Args:
        seconds: The number; None to say nothing.
        clock: A monotonic clock.

    >>> heartbeat = Heartbeat(60.0, clock=lambda: 0.0)
    >>> heartbeat.begin()
    >>> heartbeat.next_due(None)
    60.0
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: float | None = None
        self._told = 0.0

    def begin(self) -> None:
        """Begin: a request is in flight."""
        self._since = self._told = self._clock()

    def end(self) -> None:
        """End: nothing is in flight, so silence means nothing."""
        self._since = None

    def next_due(self, heard: float | None) -> float | None:
        """Return when something is to be said if nothing is heard until then; None for never.

        Args:
            heard: When there was output last, as a reading of the clock; None for never.
        """
        if self._seconds is None or self._since is None:
            return None
        return max(self._since, self._told, heard or 0.0) + self._seconds

    def due(self, heard: float | None) -> str | None:
        """Return what is to be said now, if anything is. The argument is that of ``next_due``."""
        due, now = self.next_due(heard), self._clock()
        if due is None or self._since is None or now < due:
            return None
        self._told = now
        return f"no output for {now - max(self._since, heard or 0.0):.0f} s"
