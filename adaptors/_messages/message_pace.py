"""Limit how often a scheduler gets progress and status: it may store each, and an adaptor may send one per line."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from adaptor_runtime_client._messages import Progress

from ...ipc._stream import openjd_messages as openjd

if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._messages import StatusMessage

    Message = Progress | StatusMessage

AT_ONCE = 10
"""The number of messages of a kind that may follow each other at any pace."""

INTERVAL_SECONDS = 0.25
"""The interval after that, in which only the latest message is sent. The last one of a task is always sent."""


class MessagePace:
    """Send progress and status messages, but none twice and not more than a scheduler can use. Any thread may call it.

    It has no timer: the caller calls ``send_due`` at ``next_due`` to send held messages.

    Args:
        send: Sends a message.
        clock: A monotonic clock.
        at_once: The number of messages of a kind that may follow each other at any pace.

    Attributes:
        on_hold: Called when the first message is held: ``next_due`` has changed.
    """

    def __init__(
        self, send: Callable[[Message], object], clock: Callable[[], float] = time.monotonic, *, at_once: int = AT_ONCE
    ) -> None:
        self.on_hold: Callable[[], object] | None = None
        self._send = send
        self._clock = clock
        self._at_once = at_once
        self._lock = threading.RLock()  # a signal handler, or what is collected as garbage, may say something, too
        self._sent: dict[type, str] = {}
        self._held: dict[type, Message] = {}
        self._times: dict[type, float] = {}

    def take(self, message: Message) -> None:
        """Send ``message``, hold it, or drop it if it says nothing new."""
        kind = type(message)
        with self._lock:
            was_holding = bool(self._held)
            self._held.pop(kind, None)
            if self._sent.get(kind) == _text(message):
                return
            if self._due(kind) <= self._clock():
                self._send_now(message)
                return
            self._held[kind] = message
        if not was_holding and self.on_hold is not None:
            self.on_hold()

    @property
    def is_holding(self) -> bool:
        """Whether a message is held."""
        return bool(self._held)

    def next_due(self) -> float | None:
        """Return the clock reading at which a held message may be sent; None if none is held."""
        with self._lock:
            return min(map(self._due, self._held), default=None)

    def send_due(self) -> None:
        """Send held messages that are due."""
        with self._lock:
            for kind, message in list(self._held.items()):
                if self._due(kind) <= self._clock():
                    del self._held[kind]
                    self._send_now(message)

    def send_all(self) -> None:
        """Send all held messages."""
        with self._lock:
            held, self._held = self._held, {}
            for message in held.values():
                self._send_now(message)

    def forget(self) -> None:
        """Start over: a new task has not sent anything yet."""
        with self._lock:
            self.send_all()
            self._sent.clear()

    def _due(self, kind: type) -> float:
        # The times of all messages move forward by one interval each; they may be ahead of the clock by what may follow
        # each other at any pace.
        return self._times.get(kind, float("-inf")) - (self._at_once - 1) * INTERVAL_SECONDS

    def _send_now(self, message: Message) -> None:
        kind = type(message)
        self._sent[kind] = _text(message)
        self._times[kind] = max(self._times.get(kind, 0.0), self._clock()) + INTERVAL_SECONDS
        self._send(message)


def _text(message: Message) -> str:
    """Return the text of a message that the scheduler reads."""
    return (openjd.progress_line(message.value) or "") if isinstance(message, Progress) else message.text
