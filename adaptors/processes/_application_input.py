"""The standard input of an application."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...ipc._own_process.forked_child import close_descriptor, in_forked_child

if TYPE_CHECKING:
    from typing import IO


class ApplicationInput:
    """An application's standard input. Any thread may write to it, and any thread may close it during a write.

    Args:
        pipe: The unbuffered pipe.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._closed = False
        self.written = 0
        """The number of bytes that the pipe has taken."""
        self._take_back = in_forked_child(self._leave_to_parent)

    def write(self, data: bytes) -> None:
        """Write all of ``data``; blocks while the application does not read.

        Raises:
            BrokenPipeError: The pipe is closed, by the application or on this side.
        """
        try:
            with self._lock:
                if self._closed:
                    raise BrokenPipeError("the input is closed")
                rest = memoryview(data)
                while rest:
                    count = self._pipe.write(rest)
                    self.written += count
                    rest = rest[count:]
        finally:
            if self._closed:
                self.close()

    def close(self) -> None:
        """Close the pipe now or, if a write is blocked, after the write. Do not wait for that.

        If it were closed during a write, the descriptor could belong to another file when the write continues.
        """
        self._closed = True
        self._take_back()
        if self._lock.acquire(blocking=False):
            try:
                self._pipe.close()
            except OSError:  # the application has closed its end
                pass
            finally:
                self._lock.release()

    def _leave_to_parent(self) -> None:
        """In a forked child: close the pipe, because the application waits for the end of its input."""
        self._closed = True
        self._lock = threading.Lock()
        close_descriptor(self._pipe.fileno())
