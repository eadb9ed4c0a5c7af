"""Connections over a named pipe. The other side identifies itself by its answer to a challenge with the shared key."""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, answer_challenge, deliver_challenge
from multiprocessing.connection import Listener as PipeListener

assert sys.platform == "win32"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Transport:
    """One connection: a stream of bytes, made of the messages of the pipe."""

    __slots__ = ("_pipe", "_rest")

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._rest = memoryview(b"")

    @property
    def pipe(self) -> Any:
        """The pipe itself."""
        return self._pipe

    def fileno(self) -> int:
        """Return the handle, for ``multiprocessing.connection.wait``."""
        return int(self._pipe.fileno())

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        self._pipe.send_bytes(data)

    def receive_into(self, buffer: memoryview, patience: float = 0.0) -> int:
        """Read the next data into ``buffer`` and return its length; 0 at the end.

        Args:
            buffer: Its size limits how much is read.
            patience: Unused here.
        """
        del patience
        if not self._rest:
            try:
                self._rest = memoryview(self._pipe.recv_bytes())
            except EOFError:
                return 0
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def wait(self, seconds: float) -> bool:
        """Return True as soon as data has arrived or the connection has ended, False after ``seconds``."""
        try:
            return bool(self._rest or self._pipe.poll(seconds))
        except OSError:
            return True

    def peer_process(self) -> int | None:
        """Return None: the process at the other end is unknown here."""
        return None

    def close(self) -> None:
        """End the connection."""
        self._pipe.close()

    def abandon(self) -> None:
        """Do nothing: this platform has no fork."""
        self._pipe.close()


class Listener:
    """A named pipe that others connect to."""

    def __init__(self, listening: PipeListener, path: str) -> None:
        self._listening = listening
        self._path = path
        self._closed = False

    def accept(self) -> Transport | None:
        """Wait for the next connection; None once the listener is closed."""
        while not self._closed:
            try:
                pipe = self._listening.accept()
            except OSError:
                # Also raised for a client that left before it was accepted.
                continue
            if self._closed:
                pipe.close()
                return None
            return Transport(pipe)
        return None

    def close(self) -> None:
        """Stop listening; wakes a thread that is blocked in ``accept``."""
        if self._closed:
            return
        self._closed = True
        try:
            Client(self._path, family="AF_PIPE").close()
        except OSError:
            pass
        self._listening.close()


def address(directory: str, name: str) -> str:
    """Return the address of the listener ``name`` of the private ``directory``."""
    return rf"\\.\pipe\{os.path.basename(directory)}-{name}"


def listen(path: str) -> Listener:
    """Listen at the pipe ``path``.

    Raises:
        OSError: The pipe already exists.
    """
    # Without an authkey: otherwise accept() would do the challenge itself, and one silent client would block all
    # others.
    return Listener(PipeListener(path, family="AF_PIPE"), path)


def connect(path: str, seconds: float) -> Transport:
    """Connect to the listener at ``path``; the system decides how long to wait for a busy one.

    Raises:
        OSError: Nobody listens there.
    """
    del seconds
    return Transport(Client(path, family="AF_PIPE"))


def authenticate(transport: Transport, key: str, *, accepted: bool) -> bool:
    """Return True if the process at the other end knows ``key``, which is never sent.

    Args:
        transport: A new connection on which nothing has been sent.
        key: The secret of the connection.
        accepted: True at the listening end.
    """
    secret = key.encode("utf-8")
    # A peer that stays silent is cut off, so that this thread ends.
    alarm = threading.Timer(10.0, transport.close)
    alarm.daemon = True
    alarm.start()
    try:
        if accepted:
            deliver_challenge(transport.pipe, secret)
            answer_challenge(transport.pipe, secret)
        else:
            answer_challenge(transport.pipe, secret)
            deliver_challenge(transport.pipe, secret)
    except (AuthenticationError, EOFError, OSError):
        return False
    finally:
        alarm.cancel()
    return True
