"""The pipes of an application on Windows: wait for output, for its end, and for other threads, all at once.

The pipes are made here, because those of ``subprocess`` allow only reads that block, and a look into such a pipe waits
for the read of another thread. In these, one read is always on its way, and its end is an event.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import sys
import threading
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from typing import IO

assert sys.platform == "win32"

import _winapi  # noqa: E402  a type checker for another platform stops above
import msvcrt  # noqa: E402
from ctypes import wintypes  # noqa: E402

_CHUNK = 65536
_PYTHON_ENCODING = "PYTHONIOENCODING"
_FIRST_INSTANCE, _OVERLAPPED, _INBOUND = 0x0008_0000, 0x4000_0000, 0x0000_0001
_MOST_MILLISECONDS = 0x7FFF_FFFF
_ENDED = (109, 232, 233)
"""Errors of a pipe whose other end is closed."""

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.CreateEventW.argtypes = (ctypes.c_void_p, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR)
_kernel.CreateEventW.restype = wintypes.HANDLE
_kernel.SetEvent.argtypes = (wintypes.HANDLE,)

_numbers = count(1)


def open_output() -> tuple[int | None, int]:
    """Return both ends of a pipe for the output of an application, as descriptors.

    Raises:
        OSError: The system has refused it.
    """
    name = rf"\\.\pipe\adaptor-runtime-output-{os.getpid()}-{next(_numbers)}-{os.urandom(8).hex()}"
    access = _INBOUND | _FIRST_INSTANCE | _OVERLAPPED
    read_end = _winapi.CreateNamedPipe(name, access, 0, 1, _CHUNK, _CHUNK, 0, 0)
    try:
        write_end = _winapi.CreateFile(name, _winapi.GENERIC_WRITE, 0, 0, _winapi.OPEN_EXISTING, 0, 0)
    except BaseException:
        _winapi.CloseHandle(read_end)
        raise
    return msvcrt.open_osfhandle(read_end, os.O_RDONLY), msvcrt.open_osfhandle(write_end, os.O_WRONLY)


def text_variables(encoding: str) -> dict[str, str]:
    """Return the environment variables by which an application writes the text that is read.

    By itself, a Python program writes the code page of the system to a pipe.

    Args:
        encoding: How its output is read.
    """
    return {_PYTHON_ENCODING: "utf-8"} if codecs.lookup(encoding).name == "utf-8" else {}


class OutputPipes:
    """The pipes that one thread reads. Only ``wake`` and ``holds_data`` may be called on another thread.

    Args:
        process: The application.
        pipes: Its output.
    """

    def __init__(self, process: subprocess.Popen[bytes], pipes: Sequence[IO[bytes]]) -> None:
        self._files = list(pipes)
        self._pipes = [_Pipe(msvcrt.get_osfhandle(pipe.fileno())) for pipe in pipes]
        self._process: int | None = int(process._handle)  # type: ignore[attr-defined]  # noqa: SLF001  no public name
        self._wake = _kernel.CreateEventW(None, False, False, None)
        self._lock = threading.Lock()

    def start(self, also: int | None) -> None:
        """Get ready to wait.

        Args:
            also: Always None: no descriptor tells here that a file has changed.
        """
        assert also is None
        for pipe in self._pipes:
            pipe.begin()

    def wait(self, seconds: float | None) -> tuple[set[int], bool, bool]:
        """Wait for something.

        Args:
            seconds: At most; None for no limit.

        Returns:
            The positions of the pipes that can be read, whether ``wake`` was called, and whether the application has
            ended.
        """
        events = [self._wake, *([] if self._process is None else [self._process])]
        events += [pipe.event for pipe in self._pipes if pipe.event is not None]
        milliseconds = _winapi.INFINITE if seconds is None else min(int(seconds * 1000 + 0.999), _MOST_MILLISECONDS)
        if any(pipe.is_ready() for pipe in self._pipes):
            milliseconds = 0
        found = _winapi.WaitForMultipleObjects(events, False, milliseconds)
        is_woken = found == _winapi.WAIT_OBJECT_0  # which resets the event
        has_ended = self._process is not None and _is_set(self._process)
        return {at for at, pipe in enumerate(self._pipes) if pipe.is_ready()}, is_woken, has_ended

    def ignore_end(self) -> None:
        """Do not wait for the end of the application any more: it has ended."""
        self._process = None

    def is_open(self, at: int) -> bool:
        """Return whether the pipe at a position has not ended."""
        return not self._pipes[at].ended

    def read(self, at: int, maximum: int) -> bytes | None:
        """Return what a pipe holds, at most ``maximum`` bytes; None if that is nothing, empty at its end."""
        return self._pipes[at].read(maximum)

    def readable(self, at: int) -> int:
        """Return how many bytes a pipe holds; 0 after its end."""
        return self._pipes[at].readable()

    def holds_data(self) -> bool:
        """Return, on any thread, whether a pipe may hold data: only the reading thread can tell."""
        return not all(pipe.ended for pipe in self._pipes)

    def wake(self) -> None:
        """End a ``wait``."""
        with self._lock:
            if self._wake is not None:
                _kernel.SetEvent(self._wake)

    def close_selector(self) -> None:
        """Wait for nothing any more."""
        for pipe in self._pipes:
            pipe.cancel()

    def close(self) -> None:
        """Close all pipes."""
        with self._lock:
            wake, self._wake = self._wake, None
        if wake is not None:
            _winapi.CloseHandle(wake)
        for file in self._files:
            file.close()


class _Pipe:
    """One pipe, with a read on its way until it has ended.

    Args:
        handle: Of its read end.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._reading: Any = None
        self._rest = b""
        self._is_broken = False
        self.ended = False
        """Whether ``read`` has returned its end."""

    @property
    def event(self) -> int | None:
        """The event of the read on its way; None if there is none."""
        reading = self._reading
        return None if reading is None else int(reading.event)

    def begin(self) -> None:
        """Start a read, which may end at once."""
        try:
            self._reading, _ = _winapi.ReadFile(self._handle, _CHUNK, overlapped=True)
        except OSError as error:
            if error.winerror not in _ENDED:
                raise
            self._reading, self._is_broken = None, True

    def is_ready(self) -> bool:
        """Return whether ``read`` has something to return."""
        event = self.event
        is_over = self._is_broken and not self.ended
        return bool(self._rest) or is_over or (event is not None and _is_set(event))

    def readable(self) -> int:
        """Return how many bytes it holds, and have some of them ready for ``read``.

        The read on its way is called back: it may have data of which its event does not tell yet.
        """
        if self._reading is not None:
            self._reading.cancel()
            self._take(is_over=True)
        if not self._rest and not self._is_broken:
            has_data = self._held() > 0
            self.begin()
            if has_data:
                self._take(is_over=True)
        return len(self._rest) + (self._held() if self._rest and not self._is_broken else 0)

    def _held(self) -> int:
        try:
            return int(_winapi.PeekNamedPipe(self._handle, 0)[0])  # no read is on its way now
        except OSError:  # the other end is closed
            return 0

    def read(self, maximum: int) -> bytes | None:
        """Return at most ``maximum`` bytes; None if there are none now, empty once at the end."""
        if not self._rest:
            self._take()
        if not self._rest:
            is_over, self.ended = self._is_broken and not self.ended, self._is_broken
            return b"" if is_over else None
        data, self._rest = self._rest[:maximum], self._rest[maximum:]
        if not self._rest and not self._is_broken:
            self.begin()
        return data

    def cancel(self) -> None:
        """End the read on its way: its buffer must not be written to any more."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()

    def _take(self, *, is_over: bool = False) -> None:
        """Take the data of a finished read, or of one that is called back or certain to finish."""
        if self._reading is None or not (is_over or _is_set(int(self._reading.event))):
            return
        reading, self._reading = self._reading, None
        try:
            reading.GetOverlappedResult(True)
        except OSError as raised:
            if raised.winerror not in _ENDED:
                raise
            self._is_broken = True
            return
        self._rest += bytes(reading.getbuffer() or b"")
        if not self._rest and not is_over:  # an empty message
            self.begin()


def _is_set(handle: int) -> bool:
    return _winapi.WaitForSingleObject(handle, 0) == _winapi.WAIT_OBJECT_0
