"""Read the pipes of an application and wait for its end, in one thread."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import selectors
import sys
import termios
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from typing import Callable

    from ._application_group import ApplicationGroup
    from ._output_delivery import OutputDelivery
    from ._status_file import StatusFile

assert sys.platform != "win32"

from ...ipc._own_descriptor import OwnDescriptor  # noqa: E402
from ...ipc._own_process.runtime_thread import RuntimeThread  # noqa: E402
from ...ipc._processes.exit_watch_posix import watch_exit  # noqa: E402  # a type checker for another platform stops above

_CHUNK = 65536  # the capacity of a pipe


class OutputReader:
    """Deliver an application's output until its end, then the rest, and stop.

    The end of the application counts, not the end of its pipes: a process that it leaves behind may hold them forever.
    Processes in its group are ended while reading continues. A process outside the group is left alone, and its output
    is ignored.

    Args:
        process: Has a pipe for its stdout, and one for its stderr unless that is the same.
        group: Of the process.
        deliveries: One for each pipe.
        heard: Called after each read.
        failed: Called with an error that keeps the reader from reading on.
        ended: Called at the end, on the reading thread, with the return code.
        status_file: What is read beside the pipes.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        group: ApplicationGroup,
        deliveries: Sequence[OutputDelivery],
        *,
        heard: Callable[[], object],
        failed: Callable[[BaseException], object],
        ended: Callable[[int], object],
        status_file: StatusFile | None = None,
    ) -> None:
        self._process = process
        self._group = group
        self._status_file = status_file
        self._deliveries = [*deliveries] if status_file is None else [*deliveries, status_file.delivery]
        self._heard = heard
        self._failed = failed
        self._ended = ended
        self._pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        self._is_delivering = False
        self._selector = selectors.DefaultSelector()
        self._open: dict[int, OutputDelivery] = {}
        self._lock = threading.Lock()
        self._finished = False
        self._waiting_for_flush: list[threading.Event] = []
        self._wake_reader, wake_writer = os.pipe()
        self._wake_writer = OwnDescriptor(wake_writer)
        self._exit = watch_exit(process.pid)
        self._own = [OwnDescriptor(self._wake_reader), self._wake_writer, OwnDescriptor(self._exit)]
        self._thread = RuntimeThread(target=self._run, name=f"output-{process.pid}")

    def start(self) -> None:
        """Start reading."""
        for pipe, delivery in zip(self._pipes, self._deliveries):
            os.set_blocking(pipe.fileno(), False)
            self._open[pipe.fileno()] = delivery
            self._selector.register(pipe.fileno(), selectors.EVENT_READ)
        os.set_blocking(self._wake_reader, False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        self._selector.register(self._exit, selectors.EVENT_READ)
        if self._status_file is not None and self._status_file.descriptor is not None:
            self._selector.register(self._status_file.descriptor, selectors.EVENT_READ)
        self._thread.start()

    def is_current_thread(self) -> bool:
        """Return whether the caller is a callback or a sink, on the reading thread."""
        return self._thread.is_current()

    def flush(self, seconds: float) -> bool:
        """Wait until everything written before this call is delivered; return False after a timeout."""
        event = threading.Event()
        with self._lock:
            if self._finished or self._is_quiet():
                return True
            self._waiting_for_flush.append(event)
            self._wake()
        return event.wait(seconds)

    def _run(self) -> None:
        try:
            while not self._turn():
                pass
            if self._group.has_members():
                self._read_while_leftovers_end()
            self._drain()
            self._is_delivering = True
            for delivery in self._deliveries:
                delivery.finish()
        except BaseException as error:  # noqa: BLE001  nobody reads its output any more, so the application cannot go on
            self._failed(error)
        finally:
            self._close()
            try:
                self._ended(self._group.reap())
            finally:
                self._release_flushes()

    def _turn(self) -> bool:
        """Wait for an event and handle it. Return whether the application has ended."""
        ready = [key.fd for key, _ in self._selector.select(self._patience())]
        for descriptor in ready:
            if descriptor in self._open:
                self._read(descriptor, _CHUNK)
        if self._wake_reader in ready:
            _empty(self._wake_reader)
            with self._lock:
                waiting, self._waiting_for_flush = self._waiting_for_flush, []
            self._drain()
            self._is_delivering = True
            for delivery in self._deliveries:
                delivery.show()
            self._is_delivering = False
            for event in waiting:
                event.set()
        self._look(ready)
        self._pause(ready)
        return self._exit in ready

    def _patience(self) -> float | None:
        """Return the seconds until an unfinished line must be shown, or a file looked at; None for neither."""
        dues = [delivery.due for delivery in self._open.values()]
        if self._status_file is not None:
            dues += [self._status_file.due, self._status_file.delivery.due]
        due = min((due for due in dues if due is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _look(self, ready: list[int]) -> None:
        """Read the status file, if it has changed or its time has come."""
        file = self._status_file
        if file is not None and (file.descriptor in ready or (file.due is not None and file.due <= time.monotonic())):
            self._read_file(file)

    def _read_file(self, file: StatusFile) -> None:
        self._is_delivering = True
        file.look()
        self._is_delivering = False

    def _pause(self, ready: list[int]) -> None:
        """Deliver unfinished lines. A pipe with data was not silent, however long the delivery took."""
        silent = list(self._open.items())
        if self._status_file is not None:
            silent.append((self._status_file.descriptor or -1, self._status_file.delivery))
        for descriptor, delivery in silent:
            if delivery.due is not None and descriptor not in ready and delivery.due <= time.monotonic():
                self._is_delivering = True
                delivery.pause()
                self._is_delivering = False

    def _is_quiet(self) -> bool:
        """Return, on another thread, whether no data is in the pipes, on its way, or in an unfinished line."""
        if self._status_file is not None:
            return False  # only the reading thread knows what is in the file
        # In this order: data leaves the pipe after its delivery has begun.
        if any(_readable(descriptor) for descriptor in list(self._open)) or self._is_delivering:
            return False
        return not any(delivery.has_rest for delivery in self._deliveries)

    def _read_while_leftovers_end(self) -> None:
        self._selector.unregister(self._exit)
        ended = threading.Event()

        def end() -> None:
            try:
                self._group.end_leftovers()
            finally:
                ended.set()
                self._wake()

        ending = RuntimeThread(target=end, name=f"leftovers-{self._process.pid}")
        ending.start()
        while not ended.is_set():
            self._turn()
        ending.join()  # it may still be about to wake us

    def _drain(self) -> None:
        """Read what the pipes hold now, but not until they are empty: a process may write without pause."""
        if self._status_file is not None:
            self._read_file(self._status_file)
        for descriptor in list(self._open):
            left = _readable(descriptor)
            while left > 0 and descriptor in self._open:
                count = self._read(descriptor, min(left, _CHUNK))
                left = left - count if count else 0

    def _read(self, descriptor: int, maximum: int) -> int:
        """Read once and deliver; return the number of bytes."""
        self._is_delivering = True
        try:
            data = _read_once(descriptor, maximum)
            if data:
                self._heard()
                self._open[descriptor].feed(data)
            else:
                self._selector.unregister(descriptor)
                self._open.pop(descriptor).show()
        except BlockingIOError:
            return 0
        finally:
            self._is_delivering = False
        return len(data)

    def _wake(self) -> None:
        if self._wake_writer.is_ours():  # otherwise the adaptor has closed what is read, too
            os.write(self._wake_writer.number, b".")

    def _close(self) -> None:
        self._selector.close()
        with self._lock:
            self._finished = True
            for pipe in self._pipes:
                pipe.close()
            for own in self._own:
                own.close()
            if self._status_file is not None:
                self._status_file.close()

    def _release_flushes(self) -> None:
        for event in self._waiting_for_flush:
            event.set()


def _read_once(descriptor: int, maximum: int) -> bytes:
    try:
        return os.read(descriptor, maximum)
    except OSError as error:
        if error.errno == errno.EIO:  # nobody has the other end of a terminal any more
            return b""
        raise


def _readable(descriptor: int) -> int:
    """Return how many bytes a pipe holds."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def _empty(descriptor: int) -> None:
    try:
        os.read(descriptor, _CHUNK)
    except BlockingIOError:
        pass
