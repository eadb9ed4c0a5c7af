"""Read the pipes of an application and wait for its end, in one thread."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from ...ipc._own_process.runtime_thread import RuntimeThread

if sys.platform == "win32":  # the twins share their names; this is where one of them is chosen
    from ._output_pipes_windows import OutputPipes, open_output, text_variables
else:
    from ._output_pipes_posix import OutputPipes, open_output, text_variables

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from typing import Callable

    from ._application_group import ApplicationGroup
    from ._output_delivery import OutputDelivery
    from ._status_file import StatusFile

__all__ = ["OutputReader", "open_output", "text_variables"]

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
        self._piped = list(deliveries)
        self._status_file = status_file
        self._deliveries = [*deliveries] if status_file is None else [*deliveries, status_file.delivery]
        self._heard = heard
        self._failed = failed
        self._ended = ended
        self._is_delivering = False
        self._lock = threading.Lock()
        self._finished = False
        self._waiting_for_flush: list[threading.Event] = []
        self._pipes = OutputPipes(process, [pipe for pipe in (process.stdout, process.stderr) if pipe is not None])
        self._thread = RuntimeThread(target=self._run, name=f"output-{process.pid}")

    def start(self) -> None:
        """Start reading."""
        self._pipes.start(None if self._status_file is None else self._status_file.descriptor)
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
            self._pipes.wake()
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
        ready, is_woken, has_ended = self._pipes.wait(self._patience())
        for at in ready:
            if at < len(self._piped):
                self._read(at, _CHUNK)
        if is_woken:
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
        return has_ended

    def _sources(self) -> Iterator[tuple[int, OutputDelivery]]:
        """Yield the position and the delivery of each pipe that has not ended, and of the status file."""
        for at, delivery in enumerate(self._deliveries):
            if at >= len(self._piped) or self._pipes.is_open(at):
                yield at, delivery

    def _patience(self) -> float | None:
        """Return the seconds until an unfinished line must be shown, or a file looked at; None for neither."""
        dues = [delivery.due for _, delivery in self._sources()]
        if self._status_file is not None:
            dues.append(self._status_file.due)
        due = min((due for due in dues if due is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _look(self, ready: set[int]) -> None:
        """Read the status file, if it has changed or its time has come."""
        file = self._status_file
        if file is not None and (len(self._piped) in ready or (file.due is not None and file.due <= time.monotonic())):
            self._read_file(file)

    def _read_file(self, file: StatusFile) -> None:
        self._is_delivering = True
        file.look()
        self._is_delivering = False

    def _pause(self, ready: set[int]) -> None:
        """Deliver unfinished lines. A pipe with data was not silent, however long the delivery took."""
        for at, delivery in list(self._sources()):
            if at not in ready and delivery.due is not None and delivery.due <= time.monotonic():
                self._is_delivering = True
                delivery.pause()
                self._is_delivering = False

    def _is_quiet(self) -> bool:
        """Return, on another thread, whether no data is in the pipes, on its way, or in an unfinished line."""
        if self._status_file is not None:
            return False  # only the reading thread knows what is in the file
        # In this order: data leaves the pipe after its delivery has begun.
        if self._pipes.holds_data() or self._is_delivering:
            return False
        return not any(delivery.has_rest for delivery in self._deliveries)

    def _read_while_leftovers_end(self) -> None:
        self._pipes.ignore_end()
        ended = threading.Event()

        def end() -> None:
            try:
                self._group.end_leftovers()
            finally:
                ended.set()
                self._pipes.wake()

        ending = RuntimeThread(target=end, name=f"leftovers-{self._process.pid}")
        ending.start()
        while not ended.is_set():
            self._turn()
        ending.join()  # it may still be about to wake us

    def _drain(self) -> None:
        """Read what the pipes hold now, but not until they are empty: a process may write without pause."""
        if self._status_file is not None:
            self._read_file(self._status_file)
        for at in range(len(self._piped)):
            left = self._pipes.readable(at)
            while left > 0:
                count = self._read(at, min(left, _CHUNK))
                left = left - count if count else 0

    def _read(self, at: int, maximum: int) -> int:
        """Read once and deliver; return the number of bytes."""
        self._is_delivering = True
        try:
            data = self._pipes.read(at, maximum)
            if data:
                self._heard()
                self._piped[at].feed(data)
            elif data is not None:
                self._piped[at].show()
        finally:
            self._is_delivering = False
        return len(data or b"")

    def _close(self) -> None:
        self._pipes.close_selector()
        with self._lock:
            self._finished = True
            self._pipes.close()
            if self._status_file is not None:
                self._status_file.close()

    def _release_flushes(self) -> None:
        for event in self._waiting_for_flush:
            event.set()
