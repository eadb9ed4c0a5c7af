"""One request to a daemon: show its stream until the result, and pass a signal on as a cancel.

A thread connects, receives, and prints. So the main thread is free for signals even while the daemon is silent or a
slow reader blocks standard output.
"""

from __future__ import annotations

import math
import queue
import signal
import threading
import time

from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._messages import (
    Acknowledge,
    AskOutcome,
    Cancel,
    ProtocolError,
    Refused,
    Result,
    Start,
    Stop,
)

from .._errors import NoDaemonError, SilentDaemonError
from .._handshake import connect_to_daemon
from .._own_process.runtime_thread import RuntimeThread
from .._own_process.signals import SignalRecord, next_event
from .._stream.printer import FAILURES
from .cancel_deadline import ELSEWHERE, cancel_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._messages import Message

    from .._files.connection_file import ConnectionInfo
    from .._stream.printer import Printer

GRACE = 1.0
"""Seconds after the deadline of a cancel during which the daemon's result may still arrive."""

ANSWER_SECONDS = 10.0
"""How long a daemon may take to answer a connection before this command reports it or acts."""

SILENCE_SECONDS = 0.8
"""The same for a command that only a person waits for: whoever looks at a daemon wants to know."""

_SUSPENDED_SECONDS = 2.0
"""A wait that ends so much too late has been suspended."""

_FOREVER = 86_400.0 * 20
_ACKNOWLEDGE_EACH = 1024 * 1024
_ACKNOWLEDGE_SECONDS = 0.1  # after a loss, ``daemon attach`` shows unacknowledged output again


class Conversation:
    """Hold one conversation.

    The stream is only a view of what happens. If the view fails, because the stream cannot be read or the daemon ended
    too early, the conversation asks for the outcome, or reads it from where the daemon left it.

    Args:
        connection: The content of the daemon's connection file.
        printer: Shows the events.
        began: Wall clock time at which this command began, in seconds.
        on_silence: Called on another thread when the daemon has not answered for a while; by default, reports that.
        look: Called each ``ANSWER_SECONDS`` until the result has arrived.
    """

    def __init__(
        self,
        connection: ConnectionInfo,
        printer: Printer,
        began: float,
        on_silence: Callable[[SilentDaemonError], object] | None = None,
        look: Callable[[], object] | None = None,
    ) -> None:
        self._connection = connection
        self._daemon = f"the daemon (process {connection.pid})"
        self._printer = printer
        self._began = began
        self._on_silence = on_silence or say_that_it_waits(printer)
        self._look = look
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._channel: Channel | None = None
        self._offset = 0
        self._due: float | None = None
        self._exit_code = 0
        self._cancel_asked: Cancel | None = None
        self._reader_counts_from: float | None = None
        """When the first signal arrived; from then on the reader has little time. None: it has any."""
        self._lock = threading.Lock()

    @property
    def is_connected(self) -> bool:
        """Whether the daemon has been reached."""
        return self._channel is not None

    @property
    def offset(self) -> int:
        """How many bytes of the stream have been shown."""
        return self._offset

    @property
    def seconds_left(self) -> float:
        """How much of the time of the cancel or of the limit is left."""
        return math.inf if self._due is None else max(0.0, self._due - time.monotonic())

    def hold(self, request: Message, limit: float | None = None) -> Result:
        """Connect, send ``request``, and show its stream; return its result, or after a signal what is known.

        Args:
            request: The request. A signal cancels its task, or the session if it has no task.
            limit: Give up on the daemon after this many seconds without a result; None for never.

        Raises:
            SilentDaemonError: No result arrived within ``limit``.
            NoDaemonError: No daemon runs, or it died without leaving an outcome.
            BadInputError: Another program listens there, or the daemon's release is incompatible.
        """
        self._due = None if limit is None else time.monotonic() + limit
        try:
            with SignalRecord(self._events.put):
                RuntimeThread(target=self._converse, args=(request,), name="stream").start()
                return self._await(request, limit)
        finally:
            if self._channel is not None:
                self._channel.close()

    def _await(self, request: Message, limit: float | None) -> Result:
        look_due = math.inf if self._look is None else time.monotonic() + ANSWER_SECONDS
        while True:
            due = min(math.inf if self._due is None else self._due, self._reader_due(), look_due)
            try:
                event = next_event(self._events, due)
            except queue.Empty:
                now = time.monotonic()
                if self._due is not None and not self._exit_code and now - due > _SUSPENDED_SECONDS:
                    # This command was suspended, and with it perhaps the daemon. A cancel has its own time.
                    self._due = max(self._due, now + ANSWER_SECONDS)
                if self.seconds_left <= 0:
                    return self._give_up(limit)
                if self._reader_due() <= now:
                    self._give_up_reader(request)
                if self._look is not None and look_due <= now:
                    self._look()
                    look_due = now + ANSWER_SECONDS
                continue
            if isinstance(event, int):
                self._cancel(event, getattr(request, "task_id", None), is_end=isinstance(request, Stop))
            elif isinstance(event, Result):
                return event
            else:
                return self._lost(event)

    def _reader_due(self) -> float:
        """Return when the reader is given up, as a reading of the monotonic clock."""
        return math.inf if self._reader_counts_from is None else self._printer.reader_due(self._reader_counts_from)

    def _give_up_reader(self, request: Message) -> None:
        """Show nothing any more, and only wait until the request has ended; the thread that shows it is stuck."""
        self._reader_counts_from = None
        self._printer.give_up()
        RuntimeThread(target=self._ask_unseen, args=(stream_of(request),), name="outcome").start()

    def _ask_unseen(self, stream_id: str | None) -> None:
        result = None if stream_id is None else self._ask(stream_id)
        if result is None or result.exit_code not in FAILURES:
            result = Result(self._exit_code, "canceled while nobody read the output", "")
        self._events.put(result)

    def _cancel(self, number: int, task_id: str | None, *, is_end: bool) -> None:
        seconds = cancel_seconds(self._began, ELSEWHERE if is_end else self._connection.cancel_seconds or ELSEWHERE)
        if self._exit_code and self._due is not None:
            seconds = min(seconds, max(0.0, (self._due - GRACE - time.monotonic()) / 2))
        if not self._exit_code:
            self._exit_code = 130 if number == signal.SIGINT else 143
            self._reader_counts_from = time.monotonic()
        self._due = time.monotonic() + seconds + GRACE
        cancel = Cancel(signal.Signals(number).name, seconds, task_id)
        with self._lock:
            channel, self._cancel_asked = self._channel, cancel
        if channel is not None:
            _send(channel, cancel)

    def _give_up(self, limit: float | None) -> Result:
        if not self._exit_code:
            raise SilentDaemonError(f"{self._daemon} gave no result within {limit or 0:.0f} s")
        return Result(self._exit_code, f"{self._daemon} did not confirm the cancel in time", "")

    def _lost(self, error: Exception) -> Result:
        if self._exit_code:
            return Result(self._exit_code, f"{self._daemon} ended during the cancel", "")
        if isinstance(error, ChannelClosedError):
            raise NoDaemonError(f"{self._daemon} died before it gave a result") from None
        raise error

    def _converse(self, request: Message) -> None:
        """Send the request and put its result into the events, or the error that ended it."""
        try:
            any_protocol = isinstance(request, Stop)
            channel = connect_patiently(self._connection, self._on_silence, any_protocol=any_protocol)
            with self._lock:
                self._channel, canceled = channel, self._cancel_asked
            if canceled is not None and not isinstance(request, Stop):
                self._events.put(Result(self._exit_code, "canceled before the daemon was asked", ""))
                return
            self._events.put(self._show_or_ask(channel, request))
        except Exception as error:  # noqa: BLE001  no error may leave the other thread waiting forever
            self._events.put(error)

    def _show_or_ask(self, channel: Channel, request: Message) -> Result:
        channel.send(request)
        try:
            return self._show(channel)
        except (ChannelClosedError, ProtocolError) as error:
            if isinstance(error, ProtocolError):
                # The connection is the lease of the task, so it stays open; the daemon must never wait for it to be
                # read.
                RuntimeThread(target=_drain, args=(channel,), name="drain").start()
            stream_id = stream_of(request)
            result = None if stream_id is None else self._ask(stream_id)
            if result is None:
                raise
            if not isinstance(request, Stop):
                self._printer.note(f"cannot show the rest of the output: {error}")
            return result

    def _ask(self, stream_id: str) -> Result | None:
        """Return how a request ended, from the daemon or from the file it left; None if it has not ended."""
        from .._stream import outcomes

        try:
            channel = connect_to_daemon(self._connection, seconds=_FOREVER, any_protocol=True)
            try:
                channel.send(AskOutcome(stream_id))
                answer, _ = channel.receive()
                _send(channel, Acknowledge(0))
            finally:
                channel.close()
            if isinstance(answer, Result):
                return answer
        except (OSError, ProtocolError, NoDaemonError):
            pass  # it has ended, or its release does not know the question
        return outcomes.read(self._connection.session_directory, stream_id)

    def _show(self, channel: Channel) -> Result:
        acknowledged = 0
        since = time.monotonic()
        skipped = False
        while True:
            try:
                message, body = channel.receive()
            except ProtocolError as error:
                if not channel.is_at_message:
                    raise
                self._offset += channel.last_size
                if not skipped:
                    skipped = True
                    self._printer.note(f"cannot show a part of the output: {error}")
                continue
            if isinstance(message, Result):
                self._offset += channel.last_size
                _send(channel, Acknowledge(self._offset))
                return message
            if isinstance(message, Refused):
                return Result(message.exit_code, f"{self._daemon} refused: {message.reason}", "")
            self._printer.emit(message, body)
            self._offset += channel.last_size
            now = time.monotonic()
            if self._offset - acknowledged >= _ACKNOWLEDGE_EACH or now - since >= _ACKNOWLEDGE_SECONDS:
                acknowledged, since = self._offset, now
                _send(channel, Acknowledge(self._offset))  # a daemon that has ended has perhaps sent the result before


def connect_patiently(
    connection: ConnectionInfo,
    on_silence: Callable[[SilentDaemonError], object],
    *,
    any_protocol: bool,
    seconds: float = ANSWER_SECONDS,
) -> Channel:
    """Connect to a daemon, however long a living one takes to answer.

    Args:
        connection: The content of its connection file.
        on_silence: Called once if the daemon has not answered for a while.
        any_protocol: Also accept a daemon with another protocol.
        seconds: That while.

    Raises:
        NoDaemonError: There is no daemon.
        BadInputError: Another program listens there, or the daemon's release is incompatible.
    """
    try:
        return connect_to_daemon(connection, seconds=seconds, any_protocol=any_protocol)
    except SilentDaemonError as error:
        on_silence(error)
    return connect_to_daemon(connection, seconds=_FOREVER, any_protocol=any_protocol)


def say_that_it_waits(printer: Printer) -> Callable[[SilentDaemonError], object]:
    """Return a function that reports on standard error that the command waits."""
    return lambda error: printer.note(f"{error}; still waiting, because it is alive")


def stream_of(request: Message) -> str | None:
    """Return the stream that shows a request."""
    if isinstance(request, (Start, Stop)):
        return type(request).__name__.lower()
    task_id: str | None = getattr(request, "task_id", None)
    return task_id


def _send(channel: Channel, message: Message) -> None:
    """Send a message that may get lost: the receiving thread notices a closed connection."""
    try:
        channel.send(message)
    except ChannelClosedError:
        pass


def _drain(channel: Channel) -> None:
    try:
        channel.discard()
    except OSError:
        pass
