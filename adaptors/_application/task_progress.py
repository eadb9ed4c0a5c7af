"""The progress of a task that has several parts: one percentage that never falls."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable, Optional

    Report = Callable[[Optional[float], Optional[str]], object]


class TaskProgress:
    """Combine what an application reports about a part with the number of finished parts.

    Any thread may report.

    Args:
        report: Reports the percentage of the task, and a status, to the scheduler.

    >>> progress = TaskProgress(lambda percent, status: print(percent, status))
    >>> progress.begin_part(1, 4)
    >>> progress.report(50)
    37.5 None
    >>> progress.report(20)
    37.5 None
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._is_held = False
        self.reset()

    def reset(self) -> None:
        """Begin another task, which has one part until it says otherwise."""
        with self._lock:
            self._part, self._parts = 0, 1
            self._highest = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Report no percentage meanwhile: what a restarted application loads is no part of the task."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False

    def begin_part(self, part: int, parts: int) -> None:
        """Begin a part.

        Args:
            part: Its number, from 0; ``parts`` at the end of the last one.
            parts: How many there are.
        """
        with self._lock:
            self._part, self._parts = part, parts

    def report(self, percent: float | None, status: str | None = None) -> None:
        """Report how far the current part is, in percent, and what is being done."""
        with self._lock:
            if self._is_held:
                percent = None
            if percent is not None and percent == percent:  # noqa: PLR0124  NaN
                within = min(max(percent, 0.0), 100.0)
                self._highest = max(self._highest, min(100.0, (self._part * 100 + within) / self._parts))
            shown = None if percent is None else self._highest
            if shown is not None or status is not None:
                self._report(shown, status)
