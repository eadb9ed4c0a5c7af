"""The progress of a task that has several parts: one percentage that never falls."""

from __future__ import annotations

import math
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable, Optional

    Report = Callable[[Optional[float], Optional[str]], object]

_ALL = 100.0


class Items(list[Any]):
    """The items of a task or, in a loop within a loop, of one of its parts: each is a part, while they exist."""


class TaskProgress:
    """Combine what an application reports about a part with the number of finished parts.

    Any thread may report.

    Args:
        report: Reports the percentage of the task, and a status, to the scheduler.

    >>> progress = TaskProgress(lambda percent, status: print(percent, status))
    >>> frames = Items([1, 2, 3, 4])
    >>> progress.begin_part(1, frames)
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
            self._divisions: list[_Division] = []
            self._highest = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Report no percentage meanwhile: what a restarted application loads is no part of the task."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False

    def begin_part(self, number: int, items: Items) -> None:
        """Begin a part.

        Args:
            number: Its number, from 0; that of the items at the end of the last one.
            items: All parts. If those of another loop have begun and not ended, these divide the current one of them.
        """
        with self._lock:
            kept = [one for one in self._divisions if not one.is_over]
            at = next((at for at, one in enumerate(kept) if one.items() is items), len(kept))
            self._divisions = [*kept[:at], _Division(weakref.ref(items), number, len(items))]

    def complete(self) -> None:
        """Report the end of a task that has succeeded, if anything was reported of its progress."""
        with self._lock:
            if 0 < self._highest < _ALL:
                self._highest = _ALL
                self._report(_ALL, None)

    def report(self, percent: float | None, status: str | None = None) -> None:
        """Report how far the current part is, in percent, and what is being done."""
        with self._lock:
            if self._is_held:
                percent = None
            if percent is None:
                shown = None
            elif not _is_number(percent):
                shown = percent  # for the warning about it
            else:
                within = min(max(float(percent), 0.0), 100.0)
                for one in reversed(self._divisions):
                    within = min(100.0, (one.number * 100 + within) / one.parts)
                self._highest = shown = max(self._highest, within)
            if shown is not None or status is not None:
                self._report(shown, status)


class _Division(NamedTuple):
    """How far a loop over some items is."""

    items: weakref.ref[Items]
    number: int
    parts: int

    @property
    def is_over(self) -> bool:
        return self.number >= self.parts or self.items() is None


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except Exception:  # noqa: BLE001  whatever an author has given
        return False
