"""The pipes of an application on POSIX: wait for output, for its end, and for other threads, all at once."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import selectors
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

assert sys.platform != "win32"

from ...ipc._own_descriptor import OwnDescriptor  # noqa: E402
from ...ipc._processes.exit_watch_posix import watch_exit  # noqa: E402  # a type checker for another platform stops above

_CHUNK = 65536  # the capacity of a pipe


def open_output() -> tuple[int | None, int]:
    """Return both ends of a pipe for the output of an application; None and ``PIPE`` let ``subprocess`` make it."""
    return None, subprocess.PIPE


def text_variables(encoding: str) -> dict[str, str]:  # noqa: ARG001  as the twin has it
    """Return no variables: programs write UTF-8 to a pipe."""
    return {}


class OutputPipes:
    """The pipes that one thread reads. Only ``wake`` and ``holds_data`` may be called on another thread.

    Args:
        process: The application.
        pipes: Its output.
    """

    def __init__(self, process: subprocess.Popen[bytes], pipes: Sequence[IO[bytes]]) -> None:
        self._pipes = list(pipes)
        self._selector = selectors.DefaultSelector()
        self._open: set[int] = set()
        self._also: int | None = None
        self._wake_reader, wake_writer = os.pipe()
        self._wake_writer = OwnDescriptor(wake_writer)
        self._exit = watch_exit(process.pid)
        self._own = [OwnDescriptor(self._wake_reader), self._wake_writer, OwnDescriptor(self._exit)]

    def start(self, also: int | None) -> None:
        """Get ready to wait.

        Args:
            also: A descriptor to wait for, besides; None for none. Its position is that after the pipes.
        """
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
            self._open.add(pipe.fileno())
            self._selector.register(pipe.fileno(), selectors.EVENT_READ)
        os.set_blocking(self._wake_reader, False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        self._selector.register(self._exit, selectors.EVENT_READ)
        self._also = also
        if also is not None:
            self._selector.register(also, selectors.EVENT_READ)

    def wait(self, seconds: float | None) -> tuple[set[int], bool, bool]:
        """Wait for something.

        Args:
            seconds: At most; None for no limit.

        Returns:
            The positions of the pipes that can be read, whether ``wake`` was called, and whether the application has
            ended.
        """
        ready = [key.fd for key, _ in self._selector.select(seconds)]
        if self._wake_reader in ready:
            _empty(self._wake_reader)
        readable = {at for at, pipe in enumerate(self._pipes) if not pipe.closed and pipe.fileno() in ready}
        if self._also in ready:
            readable.add(len(self._pipes))
        return readable, self._wake_reader in ready, self._exit in ready

    def ignore_end(self) -> None:
        """Do not wait for the end of the application any more: it has ended."""
        self._selector.unregister(self._exit)

    def is_open(self, at: int) -> bool:
        """Return whether the pipe at a position has not ended."""
        return self._pipes[at].fileno() in self._open

    def read(self, at: int, maximum: int) -> bytes | None:
        """Return what a pipe holds, at most ``maximum`` bytes; None if that is nothing, empty at its end."""
        descriptor = self._pipes[at].fileno()
        try:
            data = os.read(descriptor, maximum)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno != errno.EIO:  # nobody has the other end of a terminal any more
                raise
            data = b""
        if not data:
            self._selector.unregister(descriptor)
            self._open.discard(descriptor)
        return data

    def readable(self, at: int) -> int:
        """Return how many bytes a pipe holds; 0 after its end."""
        return _readable(self._pipes[at].fileno()) if self.is_open(at) else 0

    def holds_data(self) -> bool:
        """Return, on any thread, whether a pipe holds data."""
        return any(_readable(descriptor) for descriptor in list(self._open))

    def wake(self) -> None:
        """End a ``wait``."""
        if self._wake_writer.is_ours():  # otherwise the adaptor has closed what is read, too
            os.write(self._wake_writer.number, b".")

    def close_selector(self) -> None:
        """Wait for nothing any more."""
        self._selector.close()

    def close(self) -> None:
        """Close all pipes."""
        for pipe in self._pipes:
            pipe.close()
        for own in self._own:
            own.close()


def _readable(descriptor: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def _empty(descriptor: int) -> None:
    try:
        os.read(descriptor, _CHUNK)
    except BlockingIOError:
        pass
