"""One request of a frontend, until the frontend has the result or is gone."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._messages import (
    Acknowledge,
    Attach,
    Cancel,
    ProtocolError,
    Refused,
    Run,
    Start,
    Stop,
    UnknownKindError,
    encode,
)

from .._own_process.runtime_thread import RuntimeThread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._messages import Message

    from .._stream.spool import Spool
    from .._stream.task_stream import TaskStream
    from .runner import Runner

LOST_SECONDS = 4.0
"""How long a task may take to end after its frontend disconnected, probably killed by the scheduler."""

START = "start"
STOP = "stop"
"""The stream ids of the start and of the first stop: a session has one of each."""


class Shown:
    """The streams that frontends are showing: each stream goes to one frontend at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: set[str] = set()

    def claim(self, stream_id: str) -> bool:
        """Claim the stream for the caller; return False if another frontend has it."""
        with self._lock:
            if stream_id in self._streams:
                return False
            self._streams.add(stream_id)
            return True

    def give_up(self, stream_id: str) -> None:
        """Release a stream that the caller claimed."""
        with self._lock:
            self._streams.discard(stream_id)


class FrontendConnection:
    """Hold one connection.

    Args:
        runner: Carries the request out.
        spool: The ordered stream of the session.
        channel: Leads to the frontend.
        shown: The streams of other connections.
        on_loss: Called when the stream can no longer be sent.
    """

    def __init__(
        self, runner: Runner, spool: Spool, channel: Channel, shown: Shown, on_loss: Callable[[], object]
    ) -> None:
        self._runner = runner
        self._spool = spool
        self._channel = channel
        self._shown = shown
        self._on_loss = on_loss
        self._task_id: str | None = None
        self._leftovers: list[tuple[int, int]] = []
        self._sent: list[tuple[int, int]] = []
        """The parts of the spool that were sent, in order: acknowledgments count their bytes."""
        self._result_at: int | None = None
        self._acknowledged = 0
        self.stream: TaskStream | None = None
        self.is_stop = False
        self.has_result = False

    def hold(self, request: Message) -> None:
        """Carry out the request, show what happens, and return when the frontend has the result.

        Raises:
            ChannelClosedError: The frontend disconnected first. Its task is canceled, unless it is to be kept.
            ProtocolError: The request was refused, or the data received is not a message.
        """
        stream = self.stream = self._claim(request)
        self._spool.enter()
        try:
            self._hold(request, stream)
        finally:
            self._shown.give_up(stream.id)
            self._spool.leave()
            if self.has_result:
                self._spool.take(stream)

    def view(self) -> list[tuple[int, int]]:
        """Return the parts of the spool that the frontend shows, in order, once the request has ended."""
        stream = self.stream
        if stream is None or stream.begin is None or stream.end is None:
            return self._leftovers
        return [*self._leftovers, (stream.begin, stream.end)]

    def _hold(self, request: Message, stream: TaskStream) -> None:
        sender = RuntimeThread(target=self._send, args=(request, stream), name="stream")
        try:
            sender.start_and_wait()  # the request must not use up the memory that it begins with
        except RuntimeError as error:
            raise self._refuse(str(error), 1) from None
        leased = isinstance(request, Start) or (isinstance(request, Run) and not request.keep)
        try:
            self._ask(request, stream)
            self._listen()
        finally:
            if leased and stream.result is None:
                self._runner.cancel("the loss of its frontend", LOST_SECONDS, self._task_id)

    def _listen(self) -> None:
        """Handle messages of the frontend until it has acknowledged the result."""
        while not self.has_result:
            try:
                message, _ = self._channel.receive()
            except UnknownKindError:
                continue
            if isinstance(message, Cancel):
                self._runner.cancel(message.cause, message.seconds, self._task_id)
            elif isinstance(message, Acknowledge):
                self._acknowledge(message.offset)

    def _acknowledge(self, offset: int) -> None:
        if self._result_at is not None and offset > self._result_at:
            self.has_result = True
        at = 0
        for begin, end in list(self._sent):
            first, last = max(self._acknowledged, at), min(offset, at + end - begin)
            if first < last:
                self._spool.acknowledge(begin + first - at, begin + last - at)
            at += end - begin
        self._acknowledged = max(self._acknowledged, min(offset, at))

    def _claim(self, request: Message) -> TaskStream:
        if isinstance(request, Attach):
            return self._claim_task(request.task_id)
        if isinstance(request, Run):
            stream_id = self._task_id = request.task_id
        elif isinstance(request, Start):
            stream_id = START
        else:
            self.is_stop = True
            stream_id = STOP if self._spool.known(STOP) is None else f"{STOP}-{os.urandom(4).hex()}"
        known = self._spool.known(stream_id) is not None
        if known or not self._shown.claim(stream_id):
            raise self._refuse(f"task {stream_id} already exists", 2)
        stream = self._spool.stream(stream_id)
        stream.is_task = isinstance(request, Run)
        return stream

    def _claim_task(self, task_id: str | None) -> TaskStream:
        """Return the stream to continue: that of this task, or of the last task that no frontend shows."""
        tasks = [each for each in self._spool.tasks() if task_id in {None, each.id}]
        for stream in reversed(tasks):
            if self._shown.claim(stream.id):
                self._task_id = stream.id
                return stream
        if tasks:
            raise self._refuse(f"another command is attached to task {tasks[-1].id}", 3)
        what = "no task" if task_id is None else f"no task {task_id}"
        raise self._refuse(f"{what} to attach to: none is in flight, or its result has already been delivered", 3)

    def _refuse(self, reason: str, exit_code: int) -> ProtocolError:
        self._channel.send(Refused(reason, exit_code))
        return ProtocolError(reason)

    def _ask(self, request: Message, stream: TaskStream) -> None:
        if isinstance(request, Run):
            self._runner.run(request.run_data, stream.id)
        elif isinstance(request, Stop):
            self._runner.stop(request.seconds, stream.id)
        elif isinstance(request, Start):
            self._runner.start(stream.id)

    def _send(self, request: Message, stream: TaskStream) -> None:
        """Send the stream and then the result.

        If the stream cannot be read, close the connection once the result is known. The frontend then asks for the
        outcome; the rest of the output stays in the spool.
        """
        try:
            for begin, data in self._to_send(request, stream):
                if self._sent and self._sent[-1][1] == begin:
                    self._sent[-1] = (self._sent[-1][0], begin + len(data))
                else:
                    self._sent.append((begin, begin + len(data)))
                self._channel.send_encoded(data)
            result = self._spool.wait_result(stream)
            if result is not None:
                self._result_at = sum(end - begin for begin, end in self._sent)
                self._channel.send_encoded(encode(result))
        except ChannelClosedError:
            self._on_loss()  # the receiving thread sees it too, if the descriptor is still ours
        except (OSError, MemoryError):
            try:
                self._spool.wait_result(stream)
            finally:
                self._channel.close()

    def _to_send(self, request: Message, stream: TaskStream) -> Iterator[tuple[int, bytes]]:
        begin = self._spool.wait_begun(stream)
        if isinstance(request, Stop):
            yield from self._left_before(self._spool.size if begin is None else begin)
        yield from self._spool.follow(stream, begin or 0)

    def _left_before(self, begin: int) -> Iterator[tuple[int, bytes]]:
        """Yield output that no frontend showed before the stop: of tasks without a frontend, and between tasks."""
        claimed = []
        left = [(0, begin)]
        for task in self._spool.tasks():
            if self._shown.claim(task.id):
                claimed.append(task.id)
            elif task.begin is not None:
                left = _without(left, task.begin, begin if task.end is None else task.end)
        try:
            self._leftovers = [part for first, last in left for part in self._spool.unread(first, last)]
            for first, last in self._leftovers:
                yield from self._spool.pieces(first, last)
        finally:
            for task_id in claimed:
                self._shown.give_up(task_id)


def _without(parts: list[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    """Return ``parts`` without the range from ``begin`` to ``end``."""
    left = []
    for first, last in parts:
        left += [(first, min(last, begin)), (max(first, end), last)]
    return [(first, last) for first, last in left if first < last]
