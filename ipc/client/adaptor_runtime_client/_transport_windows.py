"""Connections over a named pipe. The other side identifies itself by its answer to a challenge with the shared key."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, answer_challenge, deliver_challenge, wait
from multiprocessing.connection import Listener as PipeListener

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.CreateEventW.argtypes = (ctypes.c_void_p, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR)
_kernel.CreateEventW.restype = wintypes.HANDLE
_kernel.SetEvent.argtypes = (wintypes.HANDLE,)
_kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel.CancelIoEx.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
_kernel.WaitNamedPipeW.argtypes = (wintypes.LPCWSTR, wintypes.DWORD)
_kernel.GetNamedPipeClientProcessId.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.ULONG))
_kernel.GetNamedPipeServerProcessId.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.ULONG))

DISTRUST = "does not know the key"
"""Why ``authenticate`` returned False, as the end of a sentence about the process at the other end."""

_TIMEOUT = 121  # ERROR_SEM_TIMEOUT: the pipe exists, and nobody accepts at it
_LOOK_SECONDS = 0.25
"""How often one that waits at a busy pipe looks whether the listener lives."""

_CANCEL_SECONDS = 0.01
_WAKE_SECONDS = 1.0
"""How long a thread that accepts may take to notice a connection."""

_REFUSED_SECONDS = 0.05


class Transport:
    """One connection: a stream of bytes, made of the messages of the pipe.

    Any thread may close it. Its handle is closed when no other thread uses it: the system may give the number to
    something else at once.

    Args:
        pipe: The pipe.
        ask_peer: The function of the system that tells which process is at the other end.
    """

    __slots__ = ("__weakref__", "_ask_peer", "_closed", "_lock", "_pipe", "_rest", "_users", "_wakeup")

    def __init__(self, pipe: Any, ask_peer: Any) -> None:
        self._pipe = pipe
        self._ask_peer = ask_peer
        self._rest = memoryview(b"")
        self._lock = threading.Lock()
        self._users = 0
        self._closed = False
        self._wakeup = _kernel.CreateEventW(None, True, False, None)

    @property
    def pipe(self) -> Any:
        """The pipe itself."""
        return self._pipe

    def fileno(self) -> int:
        """Return the handle, for ``multiprocessing.connection.wait``."""
        return int(self._pipe.fileno())

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        with self:
            self._pipe.send_bytes(data)

    def receive_into(self, buffer: memoryview, patience: float = 0.0) -> int:
        """Read the next data into ``buffer`` and return its length; 0 at the end.

        Args:
            buffer: Its size limits how much is read.
            patience: Unused here.
        """
        del patience
        if not self._rest:
            with self:
                if not self._is_readable(None):
                    return 0
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
            with self:
                return bool(self._rest) or self._is_readable(seconds) or self._closed
        except OSError:
            return True

    def _is_readable(self, seconds: Any) -> bool:
        """Wait for data or the end of the connection; False if there is neither, or if it was closed here."""
        return self._pipe in wait([self._pipe, self._wakeup], seconds)

    def __enter__(self) -> None:
        """Keep the handle until the end of the block.

        Raises:
            OSError: It is closed.
        """
        with self._lock:
            if self._closed:
                raise OSError(errno.EBADF, "the connection is closed")
            self._users += 1

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        """Close the handle, if it is time.

        Raises:
            OSError: It was closed meanwhile, and the pipe is surprised at how what it did was ended.
        """
        with self._lock:
            self._users -= 1
            if self._closed and self._users == 0:
                self._close()
        if self._closed and isinstance(error, (AssertionError, RuntimeError)):
            raise OSError(errno.EBADF, "the connection was closed") from error

    def _close(self) -> None:
        self._pipe.close()
        _kernel.CloseHandle(self._wakeup)

    def peer_process(self) -> int | None:
        """Return the process id of the other side; None if unknown or closed."""
        number = wintypes.ULONG()
        try:
            with self:
                known = self._ask_peer(self._pipe.fileno(), ctypes.byref(number))
        except OSError:
            return None
        return number.value if known and number.value else None

    def close(self) -> None:
        """End the connection. A thread that uses it gets an error, or the end."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._users == 0:
                self._close()
                return
            _kernel.SetEvent(self._wakeup)  # ends a wait for data
        for _ in range(10):
            with self._lock:
                if self._users == 0:
                    return
                _kernel.CancelIoEx(self._pipe.fileno(), None)  # ends a send to a peer that does not read
            time.sleep(_CANCEL_SECONDS)  # in case the other thread is just about to send

    def abandon(self) -> None:
        """Close it: this platform has no fork."""
        self.close()


class Listener:
    """A named pipe that others connect to."""

    def __init__(self, listening: PipeListener, path: str) -> None:
        self._listening = listening
        self._path = path
        self._closed = threading.Event()
        self._turn = threading.Lock()
        """Held by who accepts."""

    def accept(self) -> Transport | None:
        """Wait for the next connection; None once the listener is closed."""
        with self._turn:
            return self._accept()

    def _accept(self) -> Transport | None:
        while not self._closed.is_set():
            try:
                pipe = self._listening.accept()
            except OSError:
                # A client left before it was accepted, or the system has no room for another pipe.
                self._closed.wait(_REFUSED_SECONDS)
                continue
            if self._closed.is_set():
                pipe.close()
                return None
            return Transport(pipe, _kernel.GetNamedPipeClientProcessId)
        return None

    def close(self) -> None:
        """Stop listening; wakes a thread that is blocked in ``accept``."""
        if self._closed.is_set():
            return
        self._closed.set()
        is_mine = self._turn.acquire(blocking=False)
        for _ in range(2):  # while one accepts, the pipe has two instances, and the system chooses between them
            if not is_mine:
                self._knock()
                is_mine = self._turn.acquire(timeout=_WAKE_SECONDS)
        self._listening.close()
        if is_mine:
            self._turn.release()

    def _knock(self) -> None:
        try:
            Client(self._path, family="AF_PIPE").close()
        except OSError:
            pass


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


def connect(path: str, seconds: float, is_there: Callable[[], bool] | None = None) -> Transport:
    """Connect to the listener at ``path``, which has ``seconds`` to accept those that came before.

    Args:
        path: Its address.
        seconds: The limit.
        is_there: Returns whether its process lives: the pipe exists as long as somebody is connected to it.

    Raises:
        OSError: Nobody listens there, or it accepts nobody in time (TimeoutError).
    """
    due = time.monotonic() + seconds
    while True:
        wait_seconds = min(max(0.001, due - time.monotonic()), _LOOK_SECONDS)
        if _kernel.WaitNamedPipeW(path, int(wait_seconds * 1000)) or ctypes.get_last_error() != _TIMEOUT:
            break
        if time.monotonic() >= due or (is_there is not None and not is_there()):
            raise TimeoutError(errno.ETIMEDOUT, "it accepts no connection")
    try:
        pipe = Client(path, family="AF_PIPE")
    except UnicodeEncodeError as error:  # of half of a character; no pipe has such a name
        raise OSError(errno.EINVAL, str(error), path) from None
    return Transport(pipe, _kernel.GetNamedPipeServerProcessId)


def authenticate(transport: Transport, key: str, *, accepted: bool, seconds: float = 10.0) -> bool:
    """Return True if the process at the other end knows ``key``, which is never sent.

    Args:
        transport: A new connection on which nothing has been sent.
        key: The secret of the connection.
        accepted: True at the listening end.
        seconds: How long the other side may stay silent.

    Raises:
        OSError: It has closed the connection, or stays silent (TimeoutError).
    """
    secret = key.encode("utf-8")
    silent = threading.Event()

    def cut_off() -> None:  # so that this thread ends
        silent.set()
        transport.close()

    alarm = threading.Timer(seconds, cut_off)
    alarm.daemon = True
    alarm.start()
    try:
        with transport:
            if accepted:
                deliver_challenge(transport.pipe, secret)
                answer_challenge(transport.pipe, secret)
            else:
                answer_challenge(transport.pipe, secret)
                deliver_challenge(transport.pipe, secret)
    except (AuthenticationError, AssertionError):  # the latter, before Python 3.12, if it sends no challenge at all
        return False
    except (EOFError, OSError) as error:
        if silent.is_set():
            raise TimeoutError(errno.ETIMEDOUT, "the other side did not prove in time that it knows the key") from error
        raise ConnectionResetError(errno.ECONNRESET, "the other side closed the connection") from error
    finally:
        alarm.cancel()
    return True
