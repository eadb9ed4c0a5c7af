"""Pass records to an observer, in order, without making callers wait for it."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from ._history import Record


class Delivery:
    """Queue records and pass them to one observer, one at a time and in order.

    The thread that queued a record delivers it, unless another thread is delivering: then that thread takes it along.
    So a slow observer delays at most one thread, and no separate thread is needed.
    """

    def __init__(self, observer: Callable[[Record], None] | None) -> None:
        self._observer = observer
        self._pending: deque[Record] = deque()
        self._delivering = threading.Lock()
        self.error: Exception | None = None
        """The first exception that the observer raised."""

    def queue(self, record: Record) -> None:
        """Add a record. The caller's lock ensures the order."""
        self._pending.append(record)

    def deliver(self) -> None:
        """Pass on what is pending, or leave it to the thread that is doing so."""
        # Check again after the release: a record queued after the other thread's last check would stay behind.
        while self._pending and self._delivering.acquire(blocking=False):
            self._drain()

    def _drain(self) -> None:
        """Pass on what is pending, then release the lock that the caller has acquired."""
        try:
            while self._pending:
                self._hand_over(self._pending.popleft())
        finally:
            self._delivering.release()

    def _hand_over(self, record: Record) -> None:
        if self._observer is None:
            return
        try:
            self._observer(record)
        except Exception as error:  # noqa: BLE001 - the move happened: its caller must not see it as refused
            self.error = self.error or error
