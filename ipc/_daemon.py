"""Serve one session to its frontends: who may come in, which stream they see, what happens when they go.

Each connection has a thread that reads its requests and, while a stream is shown, one that sends it; so a silent,
slow or frozen peer costs only itself.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from adaptor_runtime_client._channel import Channel, ChannelClosedError
from adaptor_runtime_client._messages import (
    PROTOCOL,
    Acknowledge,
    Attach,
    Cancel,
    Log,
    Logs,
    ProtocolError,
    Refused,
    Result,
    Run,
    Start,
    Status,
    Stop,
    encode,
)

from ._errors import HandshakeError
from ._handshake import welcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptor_runtime_client._messages import Message
    from adaptor_runtime_client._transport import Listener, Transport

    from ._keeper import Keeper
    from ._runner_protocol import Runner
    from ._segment import Segment
    from ._spool import Spool

_RESERVED = 4
"""Descriptors that are kept for frontends, however many files the adaptor has open."""

_RETRY_SECONDS = 0.2
"""Until a connection is tried again that the system refused: it tells nobody when it would not any more."""

LOST_SECONDS = 4.0
"""How long a task may take to end after its frontend went away. It was killed, most likely by the scheduler."""


class Daemon:
    """Accept frontends for one session.

    Args:
        runner: What carries the session out.
        spool: The ordered stream of the session.
        listener: Where frontends connect.
        key: What they must know.
        keeper: Is told when a frontend comes with a request, and when it has left.
    """

    def __init__(self, runner: Runner, spool: Spool, listener: Listener, key: str, keeper: Keeper) -> None:
        self._runner = runner
        self._spool = spool
        self._listener = listener
        self._key = key
        self._keeper = keeper
        self._conversations: set[threading.Thread] = set()
        self._shown: dict[str, object] = {}
        self._lock = threading.Lock()
        self._reserve = _Reserve(_RESERVED)
        self._closed = threading.Event()

    def open(self) -> None:
        """Begin to accept connections."""
        import hmac  # noqa: F401  for the handshakes: later there may be no open file left to load it with

        self._reserve.fill()
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def close(self, seconds: float) -> None:
        """Accept nobody any more, and wait until the frontends have what they are owed, for at most ``seconds``."""
        self._closed.set()
        self._listener.close()
        due = time.monotonic() + seconds
        with self._lock:
            conversations = list(self._conversations)
        for thread in conversations:
            thread.join(max(0.0, due - time.monotonic()))
        self._reserve.close()

    def _accept(self) -> None:
        while (transport := self._next()) is not None:
            try:
                threading.Thread(target=self._serve, args=(transport,), name="connection", daemon=True).start()
            except RuntimeError as error:
                _warn("a command that has connected is not served: %s", error)
                transport.close()

    def _next(self) -> Transport | None:
        while not self._closed.is_set():
            try:
                return self._listener.accept()
            except OSError as error:
                if not self._reserve.release():
                    _warn("no command can connect at the moment: %s", error)
                    self._closed.wait(_RETRY_SECONDS)
        return None

    def _serve(self, transport: Transport) -> None:
        try:
            channel = welcome(transport, self._key)
        except HandshakeError:
            return
        try:
            self._answer(channel)
        except (ChannelClosedError, ProtocolError):
            pass  # the peer has gone, or does not speak our language: its own loss
        except RuntimeError as error:
            _warn("a command is not served any longer: %s", error)
        finally:
            with self._lock:
                self._conversations.discard(threading.current_thread())
            channel.close()
            self._reserve.fill()

    def _answer(self, channel: Channel) -> None:
        request, _ = channel.receive()
        frozen = isinstance(request, (Stop, Cancel))
        if channel.peer is not None and channel.peer.protocol != PROTOCOL and not frozen:
            channel.send(Refused("this daemon is of another release: only stop and cancel are understood", 2))
        elif isinstance(request, (Start, Run, Stop, Attach)):
            with self._lock:
                self._conversations.add(threading.current_thread())
            with self._keeper.visit():
                _Conversation(self._runner, self._spool, channel, self._shown).hold(request)
        elif isinstance(request, Cancel):
            self._runner.cancel_for(*request)
            channel.send(Result(0, "", ""))
        elif isinstance(request, Status):
            channel.send(self._runner.status())
        elif isinstance(request, Logs):
            self._show_logs(channel)

    def _show_logs(self, channel: Channel) -> None:
        try:
            for segment in self._spool.unacknowledged():
                for block in _unacknowledged(segment):
                    channel.send_encoded(block)
        except ChannelClosedError:
            raise
        except OSError as error:
            channel.send(Refused(f"the output cannot be read at the moment: {error}", 1))
        else:
            channel.send(Result(0, "", ""))


class _Conversation:
    """One request and its stream, from the request until the frontend has acknowledged the result or is gone."""

    def __init__(self, runner: Runner, spool: Spool, channel: Channel, shown: dict[str, object]) -> None:
        self._runner = runner
        self._spool = spool
        self._channel = channel
        self._shown = shown
        self._task_id: str | None = None
        self._sent_before = 0
        """Bytes of what was sent before the segment: acknowledgements count from the first byte of the channel.

        Less than 0 where the beginning of the segment was sent to a frontend before this one.
        """

    def hold(self, request: Message) -> None:
        segment = self._segment(request)
        segment.enter()
        try:
            self._hold(request, segment)
        finally:
            self._shown.pop(segment.id, None)
            segment.leave()
            if segment.closed and segment.acknowledged >= segment.size:
                self._spool.discard(segment)

    def _hold(self, request: Message, segment: Segment) -> None:
        begin = segment.acknowledged
        self._sent_before = -begin
        sender = threading.Thread(target=self._send, args=(request, segment, begin), name="stream", daemon=True)
        try:
            sender.start()
        except RuntimeError as error:
            raise self._refuse(f"the system does not give what a command needs: {error}", 1) from None
        leased = isinstance(request, Start) or (isinstance(request, Run) and not request.keep)
        try:
            self._ask(request, segment)
            self._listen(segment)
        finally:
            if leased and not segment.closed:
                self._runner.cancel_for("the loss of its frontend", LOST_SECONDS, self._task_id)

    def _listen(self, segment: Segment) -> None:
        """Take what the frontend says until it has acknowledged the result."""
        while not (segment.closed and segment.acknowledged >= segment.size):
            message, _ = self._channel.receive()
            if isinstance(message, Cancel):
                self._runner.cancel_for(message.cause, message.seconds, self._task_id)
            elif isinstance(message, Acknowledge):
                segment.acknowledge(max(0, message.offset - self._sent_before))

    def _segment(self, request: Message) -> Segment:
        if isinstance(request, Attach):
            return self._segment_of_task(request.task_id)
        if isinstance(request, Run):
            self._task_id = request.task_id
            segment_id = request.task_id
        else:
            segment_id = f"{type(request).__name__.lower()}-{os.urandom(4).hex()}"
        segment = self._spool.expect(segment_id)
        if segment.begun or self._shown.setdefault(segment_id, self) is not self:
            raise self._refuse(f"there has been a task {segment_id} already", 2)
        segment.is_task = isinstance(request, Run)
        return segment

    def _segment_of_task(self, task_id: str | None) -> Segment:
        """Return the part of the stream to continue: of this task, or of the last one that nobody is shown."""
        tasks = [each for each in self._spool.unacknowledged() if each.is_task and task_id in {None, each.id}]
        for segment in reversed(tasks):
            if self._shown.setdefault(segment.id, self) is self:
                self._task_id = segment.id
                return segment
        if tasks:
            raise self._refuse(f"the task {tasks[-1].id} is shown by another command at this moment", 3)
        what = "no task" if task_id is None else f"no task {task_id}"
        raise self._refuse(f"there is {what} to attach to: none is in flight, or its result has been taken", 3)

    def _refuse(self, reason: str, exit_code: int) -> ProtocolError:
        self._channel.send(Refused(reason, exit_code))
        return ProtocolError(reason)

    def _ask(self, request: Message, segment: Segment) -> None:
        if isinstance(request, Run):
            self._runner.run(request.run_data, segment.id)
        elif isinstance(request, Stop):
            self._runner.stop(request.seconds, segment.id)
        elif isinstance(request, Start):
            self._runner.start(segment.id)

    def _send(self, request: Message, segment: Segment, offset: int) -> None:
        try:
            block = segment.read(offset)
            if isinstance(request, Stop):
                self._send_leftovers(segment)
            while block:
                self._channel.send_encoded(block)
                offset += len(block)
                block = segment.read(offset)
        except ChannelClosedError:
            pass  # the receiving thread sees it too
        except OSError as error:
            self._send_result(segment, f"the rest of the output cannot be read, 'daemon stop' tries again: {error}")

    def _send_result(self, segment: Segment, reason: str) -> None:
        """Send the result alone, once there is one; the rest of the segment stays, as nobody has seen it."""
        try:
            self._send_extra(encode(Log("ERROR", reason, {})))
            self._send_extra(segment.wait_result())
        except ChannelClosedError:
            pass

    def _send_extra(self, frames: bytes) -> None:
        """Send what is no part of the segment, or is not in its place there."""
        self._sent_before += len(frames)
        self._channel.send_encoded(frames)

    def _send_leftovers(self, segment: Segment) -> None:
        """Send what no frontend has taken: the lines between tasks, and of tasks whose frontend went away.

        Their results stay here: this frontend waits for its own.
        """
        for leftover in self._spool.leftovers():
            if leftover is segment or self._shown.setdefault(leftover.id, self) is not self:
                continue
            try:
                for block in _unacknowledged(leftover):
                    self._send_extra(block)
            except ChannelClosedError:
                del self._shown[leftover.id]  # it stays for another one
                raise
            except OSError as error:
                self._send_extra(encode(Log("ERROR", f"output that nobody has taken cannot be read: {error}", {})))
            self._spool.discard(leftover)


class _Reserve:
    """Open descriptors that are given up when there are no others.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._held: list[int] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Take what is missing, as far as the system gives it."""
        with self._lock:
            try:
                while len(self._held) < self._count:
                    self._held.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                return

    def close(self) -> None:
        """Give all up, for good."""
        self._count = 0
        while self.release():
            pass

    def release(self) -> bool:
        """Give one up; False when there is none."""
        with self._lock:
            if self._held:
                os.close(self._held.pop())
                return True
            return False


def _unacknowledged(segment: Segment) -> Iterator[bytes]:
    """Yield what no frontend has taken of a segment until now, without its result."""
    offset = segment.acknowledged
    end = segment.before_result
    while offset < end and (block := segment.read(offset)):
        yield block[: end - offset]
        offset += len(block)


def _warn(message: str, *values: object) -> None:
    from logging import getLogger

    getLogger("adaptor_runtime.daemon").warning(message, *values)
