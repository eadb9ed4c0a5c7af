"""One request to a daemon: show its stream until the result, and pass a signal on as a cancel.

A thread receives and renders, so that the main thread is free for signals even while standard output is blocked by a
slow reader.
"""

from __future__ import annotations

import queue
import signal
import threading
import time

from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._messages import (
    Acknowledge,
    Cancel,
    Log,
    Refused,
    Result,
    UnknownKindError,
)

from ._cancel_deadline import cancel_seconds
from ._errors import NoDaemonError, SilentDaemonError
from ._signals import SignalRecord, next_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._messages import Message

    from ._connection_file import Connection
    from ._render import Render

GRACE = 1.0
"""Seconds after a cancel's deadline in which the daemon's result may still arrive."""

_ACKNOWLEDGE_EACH = 1024 * 1024
_ACKNOWLEDGE_SECONDS = 0.1  # what was not acknowledged is shown a second time by whoever attaches after a loss


class Conversation:
    """Hold one conversation.

    Args:
        channel: Leads to the daemon.
        connection: What its connection file says.
        render: Shows the events.
        began: Wall clock time at which this command began, in seconds.
    """

    def __init__(self, channel: Channel, connection: Connection, render: Render, began: float) -> None:
        self._channel = channel
        self._daemon = f"the daemon (process {connection.pid})"
        self._render = render
        self._began = began
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._due: float | None = None
        self._exit_code = 0

    def hold(self, request: Message, limit: float | None = None) -> Result:
        """Send ``request`` and show its stream; return its result, or what is known when a signal cut it short.

        Args:
            request: Its task is what a signal cancels; the session where it has none.
            limit: After how many seconds without a result the daemon is given up; None for never.

        Raises:
            SilentDaemonError: There was no result within ``limit``.
            NoDaemonError: The daemon died, or the connection to it failed.
        """
        self._due = None if limit is None else time.monotonic() + limit
        try:
            with SignalRecord(self._events.put):
                threading.Thread(target=self._receive, args=(request,), name="stream", daemon=True).start()
                return self._await(getattr(request, "task_id", None), limit)
        finally:
            self._channel.close()

    def _await(self, task_id: str | None, limit: float | None) -> Result:
        while True:
            try:
                event = next_event(self._events, self._due)
            except queue.Empty:
                return self._give_up(limit)
            if isinstance(event, int):
                self._cancel(event, task_id)
            elif isinstance(event, Result):
                return event
            else:
                return self._lost(event)

    def _cancel(self, number: int, task_id: str | None) -> None:
        seconds = cancel_seconds(self._began)
        if self._exit_code and self._due is not None:
            seconds = min(seconds, max(0.0, (self._due - GRACE - time.monotonic()) / 2))
        self._exit_code = self._exit_code or (130 if number == signal.SIGINT else 143)
        self._due = time.monotonic() + seconds + GRACE
        try:
            self._channel.send(Cancel(signal.Signals(number).name, seconds, task_id))
        except ChannelClosedError:
            pass  # the receiving thread reports it

    def _give_up(self, limit: float | None) -> Result:
        if not self._exit_code:
            raise SilentDaemonError(f"{self._daemon} gave no result within {limit or 0:.0f} s")
        return Result(self._exit_code, f"{self._daemon} did not confirm the cancel in time", "")

    def _lost(self, error: Exception) -> Result:
        if self._exit_code:
            return Result(self._exit_code, f"{self._daemon} ended during the cancel", "")
        if isinstance(error, ChannelClosedError):
            raise NoDaemonError(f"{self._daemon} died before it gave a result") from None
        raise NoDaemonError(f"the connection to {self._daemon} failed: {error}") from None

    def _receive(self, request: Message) -> None:
        """Show the stream; put its result into the events, or the error that ended it."""
        try:
            self._channel.send(request)
            self._events.put(self._show())
        except Exception as error:  # noqa: BLE001  whatever it is, the other thread must not wait for ever
            self._events.put(error)

    def _show(self) -> Result:
        offset = acknowledged = 0
        since = time.monotonic()
        while True:
            try:
                message, body = self._channel.receive()
            except UnknownKindError as error:
                message, body = Log("WARNING", str(error), {}), b""
            offset += self._channel.last_size
            if isinstance(message, Result):
                self._acknowledge_result(offset)
                return message
            if isinstance(message, Refused):
                return Result(message.exit_code, f"{self._daemon} refused: {message.reason}", "")
            self._render.emit(message, body)
            now = time.monotonic()
            if offset - acknowledged >= _ACKNOWLEDGE_EACH or now - since >= _ACKNOWLEDGE_SECONDS:
                acknowledged, since = offset, now
                self._channel.send(Acknowledge(offset))

    def _acknowledge_result(self, offset: int) -> None:
        try:
            self._channel.send(Acknowledge(offset))
        except ChannelClosedError:
            pass  # the daemon did not wait for it; the result is here all the same
