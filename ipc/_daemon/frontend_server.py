"""Serve one session to its frontends: which may connect, which stream they see, what happens when they leave.

Each connection has a thread that reads its requests and, while a stream is shown, one that sends it; so a silent, slow,
or frozen peer delays only itself.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adaptor_runtime_client._channel import Channel, ChannelClosedError
from adaptor_runtime_client._messages import (
    PROTOCOL,
    AskOutcome,
    Attach,
    Cancel,
    Logs,
    ProtocolError,
    Refused,
    Result,
    Run,
    Start,
    Status,
    Stop,
)

from .._errors import HandshakeError, NoDaemonError
from .._handshake import welcome
from .._own_descriptor import OwnDescriptor
from .._own_process import runtime_thread
from .._own_process.runtime_thread import RuntimeThread
from .._stream import runtime_log
from .frontend_connection import STOP, FrontendConnection, Shown
from .log_view import LogView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptor_runtime_client._messages import Snapshot
    from adaptor_runtime_client._transport import Listener, Transport

    from .._stream.spool import Spool
    from .orphan_watch import OrphanWatch
    from .runner import Runner

_RESERVED = 4
"""File descriptors reserved for frontends, regardless of how many files the adaptor has open."""

_RETRY_SECONDS = 0.2
"""Time until the next attempt to accept a connection that the operating system refused."""


class FrontendServer:
    """Accept frontends for one session.

    Args:
        runner: Carries out the session.
        spool: The ordered stream of the session.
        listener: Where frontends connect.
        key: The key that frontends must know.
        orphan_watch: Counts the frontends that are connected.
    """

    def __init__(self, runner: Runner, spool: Spool, listener: Listener, key: str, orphan_watch: OrphanWatch) -> None:
        self._runner = runner
        self._spool = spool
        self._listener = listener
        self._listening = OwnDescriptor(listener.fileno()) if hasattr(listener, "fileno") else None
        self._key = key
        self._orphan_watch = orphan_watch
        self._connections: dict[FrontendConnection, RuntimeThread | None] = {}
        self._shown = Shown()
        self._lock = threading.Lock()
        self._reserve = _Reserve(_RESERVED)
        self._closed = threading.Event()
        self.end_is_known = False
        """Whether a frontend has received how the session ended."""

    def open(self) -> None:
        """Start accepting connections."""
        import hmac  # noqa: F401  for the handshakes: later, no file descriptor may be left to load it

        self._reserve.fill()
        RuntimeThread(target=self._accept, name="accept").start()

    def close(self, seconds: float) -> list[FrontendConnection]:
        """Accept no more frontends, and wait at most ``seconds`` until the connected ones have their results.

        Returns:
            The frontends that still do not have them.
        """
        self._closed.set()
        self._listener.close()
        due = time.monotonic() + seconds
        with self._lock:
            connections = dict(self._connections)
        threads = {connection: thread for connection, thread in connections.items() if thread is not None}
        for thread in threads.values():
            thread.join(max(0.0, due - time.monotonic()))
        self._reserve.close()
        return [connection for connection, thread in threads.items() if thread.is_alive()]

    def _accept(self) -> None:
        while (transport := self._next()) is not None:
            thread = RuntimeThread(target=self._serve, args=(transport,), name="connection")
            try:
                thread.start_and_wait()
            except RuntimeError as error:
                _warn("dropped a command's connection: %s", error)
                transport.close()
            del transport, thread  # only the thread that serves it keeps it

    def _next(self) -> Transport | None:
        while not self._closed.is_set():
            try:
                return self._listener.accept()
            except (OSError, MemoryError) as error:
                self._check_listener()
                if not self._reserve.release():
                    _warn("cannot accept commands at the moment: %s", error)
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
            pass  # the peer left, or does not speak the protocol: its own loss
        except RuntimeError as error:
            _warn("stopped serving a command: %s", error)
        finally:
            channel.close()
            self._check_listener()
            self._reserve.fill()

    def _check_listener(self) -> None:
        """End a session that no command can reach any more."""
        if self._listening is not None and not self._listening.is_ours() and not self._closed.is_set():
            self._orphan_watch.end("the adaptor has closed descriptors of the runtime")

    def _answer(self, channel: Channel) -> None:
        request, _ = channel.receive()
        frozen = isinstance(request, (Stop, Cancel))
        if channel.peer is not None and channel.peer.protocol != PROTOCOL and not frozen:
            channel.send(Refused("this daemon has another release: it understands only stop and cancel", 2))
        elif isinstance(request, (Start, Run, Stop, Attach)):
            connection = FrontendConnection(self._runner, self._spool, channel, self._shown, self._check_listener)
            with self._listed(connection), self._orphan_watch.visit():
                connection.hold(request)
                self.end_is_known |= connection.is_stop
        elif isinstance(request, Cancel):
            self._runner.cancel(*request)
            channel.send(Result(0, "", ""))
        elif isinstance(request, Status):
            channel.send(self._status())
        elif isinstance(request, Logs):
            LogView(self._spool, channel, request).show()
        elif isinstance(request, AskOutcome):
            self._tell_outcome(channel, request.stream_id)

    def _status(self) -> Snapshot:
        snapshot = self._runner.status()
        name, left = self._orphan_watch.idle_left() or ("", None)
        limits = [{**limit, "left": left} if limit["name"] == name else limit for limit in snapshot.limits]
        return snapshot._replace(limits=limits)

    @contextmanager
    def _listed(self, connection: FrontendConnection) -> Iterator[None]:
        with self._lock:
            self._connections[connection] = runtime_thread.current()
        try:
            yield
        finally:
            with self._lock:
                del self._connections[connection]

    def _tell_outcome(self, channel: Channel, stream_id: str) -> None:
        """Send how a request ended, once it has, to a frontend whose view failed."""
        stream = self._spool.known(stream_id)
        result = None if stream is None else self._spool.wait_result(stream)
        if stream is None or result is None:
            channel.send(Refused(f"{stream_id} is unknown", NoDaemonError.exit_code))
            return
        channel.send(result)
        channel.receive()  # its acknowledgement
        self._spool.take(stream)
        self.end_is_known |= stream_id == STOP


class _Reserve:
    """Open file descriptors to release when no others are left.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._held: list[OwnDescriptor] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Open the missing descriptors, as far as the operating system allows."""
        with self._lock:
            try:
                while len(self._held) < self._count:
                    self._held.append(OwnDescriptor(os.open(os.devnull, os.O_RDONLY)))
            except OSError:
                return

    def close(self) -> None:
        """Release all, permanently."""
        self._count = 0
        while self.release():
            pass

    def release(self) -> bool:
        """Release one; return False if none is left."""
        with self._lock:
            if self._held:
                self._held.pop().close()
                return True
            return False


def _warn(message: str, *values: object) -> None:
    runtime_log.log("WARNING", message % values, "adaptor_runtime.daemon")
