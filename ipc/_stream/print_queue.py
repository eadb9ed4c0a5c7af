"""The lines of a foreground session on their way to standard output: a slow reader holds up only what has to wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from adaptor_runtime_client._messages import Log

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message, Result

    from .printer import Printer

LIMIT = 8 * 1024 * 1024
"""Bytes of output that may wait for the reader."""

PATIENCE = 5.0
"""Seconds after which a reader that takes nothing is given up, once the session ends before its time."""

_SIZE = 200
"""About the bytes of an event that is no output."""


class PrintQueue:
    """Print the events of a session on a thread of its own.

    The thread that serves the session never waits: a deadline and a signal count while nobody reads. All others wait
    while the reader is too far behind, until ``hurry`` is called.

    Args:
        printer: Writes them.
    """

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._server = threading.get_ident()
        self._changed = threading.Condition()
        self._events: deque[tuple[Message, bytes, int]] = deque()
        self._held = 0
        self._printed = time.monotonic()
        self._is_busy = False
        self._hurries = False
        self._lost = 0
        threading.Thread(target=self._print, name="printer", daemon=True).start()

    def begin(self, stream_id: str) -> None:
        """Record that a request has begun; it prints nothing."""

    def end(self, stream_id: str, result: Result) -> None:
        """Record that a request has ended; the command prints its own result once, at its end."""

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Add one event. Where the reader is too far behind it waits, unless this is the thread of the session."""
        size = len(body) + _SIZE
        with self._changed:
            if threading.get_ident() != self._server and not self._wait_for_room():
                self._lost += 1
                return
            if self._lost:
                count, self._lost = self._lost, 0
                self._add(Log("ERROR", "events were lost because nobody read the output", {"count": count}), b"", _SIZE)
            self._add(message, body, size)

    def hurry(self) -> None:
        """Give a reader up that takes nothing: the session ends, and must not wait for who looks at it."""
        with self._changed:
            self._hurries = True
            self._changed.notify_all()

    def finish(self) -> bool:
        """Wait until everything has been printed; after ``hurry``, as long as the reader takes something.

        Returns:
            Whether it was.
        """
        with self._changed:
            while self._events or self._is_busy:
                if self._is_given_up():
                    return False
                self._changed.wait(PATIENCE / 5 if self._hurries else None)
            return True

    def _add(self, message: Message, body: bytes, size: int) -> None:
        if not self._events and not self._is_busy:
            self._printed = time.monotonic()
        self._events.append((message, body, size))
        self._held += size
        self._changed.notify_all()

    def _wait_for_room(self) -> bool:
        """Wait until the reader has made room; False where it has been given up."""
        while self._held >= LIMIT:
            if self._is_given_up():
                return False
            self._changed.wait(PATIENCE / 5 if self._hurries else None)
        return True

    def _is_given_up(self) -> bool:
        return self._hurries and time.monotonic() - self._printed >= PATIENCE

    def _print(self) -> None:
        while True:
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._events)
                message, body, size = self._events.popleft()
                self._held -= size
                self._is_busy = True
            self._printer.emit(message, body)
            self._printed = time.monotonic()
