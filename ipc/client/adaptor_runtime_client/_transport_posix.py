"""Connections over a Unix domain socket. The kernel vouches for the credentials of the other side."""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
import weakref

assert sys.platform != "win32"

DISTRUST = "belongs to another user"
"""Why ``authenticate`` returned False, as the end of a sentence about the process at the other end."""

_BACKLOG = 128

# <sys/un.h> of macOS; the socket module has no names for them.
_SOL_LOCAL = 0
_LOCAL_PEERCRED = 1


class _Connected(socket.socket):
    """A connected socket, which is closed when nothing refers to it any more."""

    __slots__ = ()

    def __del__(self) -> None:
        try:
            self.close()
        except OSError:  # other code has closed it
            pass


class Transport:
    """One connection: a stream of bytes.

    Any thread may close it. Its descriptor is closed when no other thread uses it: the system may give the number to
    something else at once.
    """

    __slots__ = ("__weakref__", "_socket", "send")

    def __init__(self, connected: socket.socket) -> None:
        self._socket: socket.socket = _Connected(fileno=connected.detach())
        self._socket.settimeout(None)  # whatever the author's code has set as the default of all sockets
        _inherited.add(self)
        self.send = self._socket.sendall

    def receive_into(self, buffer: memoryview, patience: float = 0.0) -> int:
        """Wait for bytes and put them into ``buffer``; 0 when the connection has ended.

        Args:
            buffer: Its size limits how much is read.
            patience: Seconds of polling before going to sleep.
        """
        if patience:
            due = time.perf_counter() + patience
            while time.perf_counter() < due:
                try:
                    return self._socket.recv_into(buffer, 0, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    pass
        return self._socket.recv_into(buffer)

    def fileno(self) -> int:
        """Return the descriptor, -1 once closed."""
        return self._socket.fileno()

    def wait(self, seconds: float) -> bool:
        """Return True as soon as data has arrived or the connection has ended, False after ``seconds``."""
        # Not settimeout(): that would make the descriptor non-blocking under a thread that is sending.
        connected = self._socket  # which keeps it open while this thread waits
        descriptor = connected.fileno()
        return descriptor < 0 or _wait(descriptor, seconds)

    def peer_user(self) -> int:
        """Return the user id that the other side had when it connected or listened."""
        if hasattr(socket, "SO_PEERCRED"):
            credentials = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            _, user, _ = struct.unpack("3i", credentials)
        else:
            credentials = self._socket.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 128)
            _, user = struct.unpack_from("II", credentials)
        return int(user)

    def peer_process(self) -> int | None:
        """Return the process id that the other side had when it connected or listened; None if unknown or closed."""
        if not hasattr(socket, "SO_PEERCRED"):
            return None
        try:
            credentials = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        except OSError:
            return None
        return int(struct.unpack("3i", credentials)[0]) or None

    def close(self) -> None:
        """End the connection, also for a thread that it blocks."""
        connected, self._socket = self._socket, _CLOSED
        self.send = _CLOSED.sendall
        try:
            # To close the descriptor would wake nobody. That happens when the last thread has left the socket.
            connected.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def abandon(self) -> None:
        """Release a connection inherited through fork, which continues in the parent."""
        self._socket.close()


_CLOSED = socket.socket(socket.AF_UNIX)
_CLOSED.close()


class Listener:
    """A socket in the file system that others connect to."""

    def __init__(self, listening: socket.socket, path: str) -> None:
        listening.settimeout(None)
        self._socket = listening
        self._path = path
        self._closed = False
        _inherited.add(self)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when a client connects."""
        return self._socket.fileno()

    def accept(self) -> Transport | None:
        """Wait for the next connection; None once the listener is closed."""
        while not self._closed:
            try:
                connected, _ = self._socket.accept()
            except ConnectionAbortedError:
                continue
            except OSError:
                if self._closed:
                    return None
                raise
            if self._closed:
                connected.close()
                return None
            return Transport(connected)
        return None

    def close(self) -> None:
        """Stop listening and remove the socket; wakes a thread that is blocked in ``accept``."""
        if self._closed:
            return
        self._closed = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            # macOS does not shut a listening socket down: knock instead.
            self._knock()
        self._socket.close()
        try:
            os.unlink(self._path)
        except OSError:
            pass

    def abandon(self) -> None:
        """Release a listener inherited through fork, which continues in the parent."""
        self._closed = True
        self._socket.close()

    def _knock(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
            knock.setblocking(False)
            knock.connect_ex(self._path)


def address(directory: str, name: str) -> str:
    """Return the address of the listener ``name`` of the private ``directory``."""
    return os.path.join(directory, name)


def listen(path: str) -> Listener:
    """Listen at ``path``, which no other user may open.

    Raises:
        OSError: The path exists, is too long, or cannot be written.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(path)
        os.chmod(path, 0o600)
        listening.listen(_BACKLOG)
    except BaseException:
        listening.close()
        raise
    return Listener(listening, path)


def connect(path: str, seconds: float, is_there: object = None) -> Transport:
    """Connect to the listener at ``path`` within ``seconds``.

    Args:
        path: Its address.
        seconds: The limit.
        is_there: Not needed here: the end of a listener is an error for those that wait.

    Raises:
        OSError: Nobody listens there or accepts in time.
    """
    del is_there
    connecting = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # With a timeout, also a default one, a full backlog is an immediate error instead of a wait.
        connecting.settimeout(None)
        _limit_sending(connecting, seconds)
        connecting.connect(path)
        _limit_sending(connecting, 0)
    except BlockingIOError:
        connecting.close()
        raise TimeoutError(f"{path} did not accept the connection within {seconds:g} s") from None
    except BaseException:
        connecting.close()
        raise
    return Transport(connecting)


def authenticate(transport: Transport, key: str, *, accepted: bool, seconds: float = 10.0) -> bool:
    """Return True if the process at the other end belongs to this user.

    Args:
        transport: A new connection on which nothing has been sent.
        key: The secret of the connection; not needed here, because the kernel identifies the peer.
        accepted: True at the listening end.
        seconds: How long the other side may stay silent; not needed here, because nothing is asked.
    """
    del key, accepted, seconds
    return transport.peer_user() == os.geteuid()


def _limit_sending(connecting: socket.socket, seconds: float) -> None:
    whole, part = divmod(seconds, 1)
    limit = struct.pack("@ll", int(whole), int(part * 1_000_000))
    connecting.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _wait(descriptor: int, seconds: float) -> bool:
    # poll(), since select() fails for descriptors over 1023.
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


_inherited: "weakref.WeakSet[Transport | Listener]" = weakref.WeakSet()


def _abandon_inherited() -> None:
    for connection in list(_inherited):
        connection.abandon()


if hasattr(os, "register_at_fork"):
    # The other side detects the end of this process by the end of the connection: no child may hold it.
    os.register_at_fork(after_in_child=_abandon_inherited)
