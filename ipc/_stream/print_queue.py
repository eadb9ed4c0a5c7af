"""The lines of a foreground session on their way to standard output: a slow reader holds up only what has to wait."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from adaptor_runtime_client._messages import Log

from .._own_process.runtime_thread import RuntimeThread

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message, Result

    from .printer import Printer

LIMIT = 8 * 1024 * 1024
"""Bytes of output for which whoever emits waits for the reader."""

LAST_LIMIT = 64 * 1024 * 1024
"""Bytes of output that are kept once the session ends, when nobody may wait any more; what exceeds them is lost."""

_MOMENT = 0.05
"""Seconds that a thread waits for the one that prints at the moment."""

_SIZE = 200
"""About the bytes of an event that is no output."""


class PrintQueue:
    """Print the events of a session on a thread of its own.

    The thread that serves the session never waits: a deadline and a signal count while nobody reads. All others print
    at once what the reader takes at once, so that nothing of it is lost if the process crashes next. They wait while
    the reader is too far behind, until ``hurry`` is called.

    Args:
        printer: Writes them.
    """

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._server = threading.get_ident()
        self._changed = threading.Condition()
        self._events: deque[tuple[Message, bytes, int]] = deque()
        self._held = 0
        self._printed = 0
        self._is_busy = False
        self._is_behind = False
        self._hurries = False
        self._is_over = False
        self._patience: float | None = None
        self._lost = 0
        RuntimeThread(target=self._print, name="printer").start()

    def begin(self, stream_id: str) -> None:
        """Record that a request has begun; it prints nothing."""

    def end(self, stream_id: str, result: Result) -> None:
        """Record that a request has ended; the command prints its own result once, at its end."""

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Add one event. Where the reader is too far behind it waits, unless this is the thread of the session."""
        size = len(body) + _SIZE
        is_server = threading.get_ident() == self._server
        with self._changed:
            if not is_server:
                self._changed.wait_for(lambda: self._held < LIMIT or self._hurries)
                if self._held >= LAST_LIMIT:
                    self._lost += 1
                    return
            if self._is_over:
                return
            if self._lost:
                count, self._lost = self._lost, 0
                self._add(Log("ERROR", "output was lost because nobody read it", {"count": count}), b"", _SIZE)
            self._add(message, body, size)
        if not is_server:
            self._catch_up()

    def hurry(self) -> None:
        """Let nobody wait for the reader any more: the session ends, and does not depend on who looks at it."""
        with self._changed:
            self._hurries = True
            self._changed.notify_all()

    def finish(self, patience: float | None = None) -> bool:
        """Take no more events, since a thread of the author's may go on and on; wait until everything has been printed.

        Args:
            patience: Give up a reader that takes nothing for so many seconds; None for never.

        Returns:
            Whether everything was.
        """
        with self._changed:
            self._is_over = True
            self._patience = self._patience if patience is None else patience
            while not self._has_printed_all():
                seen = self._printed, self._patience
                if not self._changed.wait_for(lambda seen=seen: (self._printed, self._patience) != seen, seen[1]):  # type: ignore[misc]
                    return False
            return True

    def lose_patience(self, seconds: float) -> None:
        """Give up a reader that takes nothing for so many seconds, also if ``finish`` already waits for it."""
        with self._changed:
            self._patience = seconds
            self._changed.notify_all()

    def _catch_up(self) -> None:
        """Print on this thread what the reader takes without making it wait, or wait a moment for the one that prints.

        That thread is waited for where the system does not tell what the reader takes; not again while it is behind.
        """
        takes_at_once = self._printer.takes_at_once()
        if takes_at_once is None:
            with self._changed:
                if not self._is_behind:
                    self._is_behind = not self._changed.wait_for(self._has_printed_all, _MOMENT)
        if not takes_at_once:
            return
        with self._changed:
            if not self._changed.wait_for(lambda: not self._is_busy, _MOMENT) or not self._events:
                return
            self._is_busy = True
            events = list(self._events)
        count = 0
        try:
            while count < len(events) and self._printer.emit_at_once(*events[count][:2]):
                count += 1
        finally:
            with self._changed:
                for _ in range(count):
                    self._held -= self._events.popleft()[2]
                self._printed += count
                self._is_busy = False
                self._changed.notify_all()

    def _has_printed_all(self) -> bool:
        return not self._events and not self._is_busy

    def _add(self, message: Message, body: bytes, size: int) -> None:
        self._events.append((message, body, size))
        self._held += size
        self._changed.notify_all()

    def _print(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._events and not self._is_busy)
                message, body, size = self._events.popleft()
                self._held -= size
                self._is_busy = True
            self._printer.emit(message, body)
            with self._changed:
                self._is_busy = False
                self._printed += 1
                self._is_behind = self._is_behind and not self._has_printed_all()
                self._changed.notify_all()
