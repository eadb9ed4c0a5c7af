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
    Cancel,
    Detach,
    ProtocolError,
    Refused,
    Result,
    Run,
    Start,
    Status,
    Stop,
)

from ._errors import HandshakeError
from ._handshake import welcome

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message
    from adaptor_runtime_client._transport import Listener, Transport

    from ._keeper import Keeper
    from ._runner_protocol import Runner
    from ._segment import Segment
    from ._spool import Spool

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
        self._shown: set[str] = set()
        self._lock = threading.Lock()

    def open(self) -> None:
        """Begin to accept connections."""
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def close(self, seconds: float) -> None:
        """Accept nobody any more, and wait until the frontends have what they are owed, for at most ``seconds``."""
        self._listener.close()
        due = time.monotonic() + seconds
        with self._lock:
            conversations = list(self._conversations)
        for thread in conversations:
            thread.join(max(0.0, due - time.monotonic()))

    def _accept(self) -> None:
        while True:
            transport = self._listener.accept()
            if transport is None:
                return
            threading.Thread(target=self._serve, args=(transport,), name="connection", daemon=True).start()

    def _serve(self, transport: Transport) -> None:
        try:
            channel = welcome(transport, self._key)
        except HandshakeError:
            return
        try:
            self._answer(channel)
        except (ChannelClosedError, ProtocolError):
            pass  # the peer has gone, or does not speak our language: its own loss
        finally:
            with self._lock:
                self._conversations.discard(threading.current_thread())
            channel.close()

    def _answer(self, channel: Channel) -> None:
        request, _ = channel.receive()
        frozen = isinstance(request, (Stop, Cancel))
        if channel.peer is not None and channel.peer.protocol != PROTOCOL and not frozen:
            channel.send(Refused("this daemon is of another release: only stop and cancel are understood", 2))
        elif isinstance(request, (Start, Run, Stop)):
            with self._lock:
                self._conversations.add(threading.current_thread())
            with self._keeper.visit():
                _Conversation(self._runner, self._spool, channel, self._shown).hold(request)
        elif isinstance(request, Cancel):
            self._runner.cancel_for(*request)
            channel.send(Result(0, "", ""))
        elif isinstance(request, Status):
            channel.send(self._runner.status())


class _Conversation:
    """One request and its stream, from the request until the frontend has acknowledged the result or is gone."""

    def __init__(self, runner: Runner, spool: Spool, channel: Channel, shown: set[str]) -> None:
        self._runner = runner
        self._spool = spool
        self._channel = channel
        self._shown = shown
        self._task_id: str | None = None
        self._sent_before = 0
        """Bytes of what was sent before the segment: acknowledgements count from the first byte of the channel."""

    def hold(self, request: Message) -> None:
        segment = self._segment(request)
        sender = threading.Thread(target=self._send, args=(request, segment), name="stream", daemon=True)
        self._ask(request, segment)
        sender.start()
        leased = not isinstance(request, Stop)
        try:
            while True:
                message, _ = self._channel.receive()
                if isinstance(message, Cancel):
                    self._runner.cancel_for(message.cause, message.seconds, self._task_id)
                elif isinstance(message, Detach):
                    leased = False
                elif isinstance(message, Acknowledge):
                    segment.acknowledge(max(0, message.offset - self._sent_before))
                    if segment.closed and segment.acknowledged >= segment.size:
                        return
        except (ChannelClosedError, ProtocolError):
            if leased and not segment.closed:
                self._runner.cancel_for("the loss of its frontend", LOST_SECONDS, self._task_id)
        finally:
            self._leave(segment)

    def _segment(self, request: Message) -> Segment:
        if isinstance(request, Run):
            self._task_id = request.task_id
            segment_id = request.task_id
        else:
            segment_id = f"{type(request).__name__.lower()}-{os.urandom(4).hex()}"
        segment = self._spool.expect(segment_id)
        if segment.begun or segment_id in self._shown:
            self._channel.send(Refused(f"there has been a task {segment_id} already", 2))
            raise ProtocolError(f"task id {segment_id} twice")
        self._shown.add(segment_id)
        return segment

    def _ask(self, request: Message, segment: Segment) -> None:
        if isinstance(request, Run):
            self._runner.run(request.run_data, segment.id)
        elif isinstance(request, Stop):
            self._runner.stop(request.seconds, segment.id)
        else:
            self._runner.start(segment.id)

    def _send(self, request: Message, segment: Segment) -> None:
        offset = 0
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

    def _send_leftovers(self, segment: Segment) -> None:
        """Send what no frontend has taken: the lines between tasks, and of tasks whose frontend went away.

        Their results stay here: this frontend waits for its own.
        """
        for leftover in self._spool.leftovers():
            if leftover.id in self._shown or leftover is segment:
                continue
            offset = leftover.acknowledged
            end = leftover.size if leftover.result_at is None else leftover.result_at
            while offset < end and (block := leftover.read(offset)):
                block = block[: end - offset]
                self._sent_before += len(block)
                self._channel.send_encoded(block)
                offset += len(block)
            self._spool.discard(leftover)

    def _leave(self, segment: Segment) -> None:
        self._shown.discard(segment.id)
        if segment.closed and segment.acknowledged >= segment.size:
            self._spool.discard(segment)
