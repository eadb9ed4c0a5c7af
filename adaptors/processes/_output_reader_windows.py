"""Read the pipes of an application on Windows, with one thread for each: no thread can wait for several.

The tests do not run it on this repository's machine; its behavior should match the POSIX twin.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

assert sys.platform == "win32"

import _winapi  # noqa: E402  # a type checker for another platform stops at the line above
import msvcrt  # noqa: E402

from ...ipc._own_process.runtime_thread import RuntimeThread  # noqa: E402

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from typing import Callable

    from ._application_group import ApplicationGroup
    from ._output_delivery import OutputDelivery
    from ._status_file import StatusFile

_CHUNK = 65536
_DRAIN_SECONDS = 1.0
LOOK_SECONDS = 0.25
"""Between two looks at a status file."""


class OutputReader:
    """Deliver an application's output until its end, then the rest, and stop.

    Args:
        process: Has a pipe for its stdout, and one for its stderr unless that is the same.
        group: Of the process.
        deliveries: One for each pipe.
        heard: Called after each read.
        failed: Called with an error that keeps the reader from reading on.
        ended: Called at the end with the return code.
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
        self._heard = heard
        self._failed = failed
        self._ended = ended
        self._delivering = threading.RLock()  # the handlers of both streams may be one object
        self._progress = threading.Condition()
        self._stopped = False
        pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        self._pipes = [_Pipe(pipe, delivery) for pipe, delivery in zip(pipes, deliveries)]
        self._threads = [
            RuntimeThread(target=self._read, args=(pipe,), name=f"output-{process.pid}-{pipe.delivery.name}")
            for pipe in self._pipes
        ]
        self._threads.append(RuntimeThread(target=self._pause, name=f"silence-{process.pid}"))
        if status_file is not None:
            arguments, name = (status_file,), f"status-{process.pid}"
            self._threads.append(RuntimeThread(target=self._follow_file, args=arguments, name=name))
        self._end_thread = RuntimeThread(target=self._follow, name=f"output-{process.pid}")

    def start(self) -> None:
        """Start reading."""
        for thread in (*self._threads, self._end_thread):
            thread.start()

    def is_current_thread(self) -> bool:
        """Return whether the caller is a callback or a sink, on a reading thread."""
        return any(thread.is_current() for thread in (*self._threads, self._end_thread))

    def flush(self, seconds: float) -> bool:
        """Wait until everything written before this call is delivered; return False after a timeout."""
        with self._progress:
            if not self._progress.wait_for(lambda: all(pipe.is_quiet() for pipe in self._pipes), seconds):
                return False
        with self._delivering:
            self._look()
            for pipe in self._pipes:
                pipe.delivery.show()
            if self._status_file is not None:
                self._status_file.delivery.show()
        return True

    def _look(self) -> None:
        if self._status_file is not None:
            self._status_file.look()

    def _follow_file(self, file: StatusFile) -> None:
        """Look at the status file from time to time, and show an unfinished line of it after a silence."""
        while True:
            with self._progress:
                if self._stopped:
                    return
                self._progress.wait(LOOK_SECONDS)
                if self._stopped:
                    return
            with self._delivering:
                file.look()
                if file.delivery.due is not None and file.delivery.due <= time.monotonic():
                    file.delivery.pause()

    def _pause(self) -> None:
        """Show unfinished lines after a silence: each finished read starts a new wait."""
        while True:
            with self._progress:
                if self._stopped or all(pipe.ended for pipe in self._pipes):
                    return
                dues = [pipe.delivery.due for pipe in self._pipes]
                due = min((due for due in dues if due is not None), default=None)
                if due is None or due > time.monotonic():
                    self._progress.wait(None if due is None else due - time.monotonic())
                    continue
            with self._delivering:
                for pipe in self._pipes:
                    due = pipe.delivery.due
                    if due is not None and due <= time.monotonic():
                        pipe.delivery.pause()

    def _read(self, pipe: _Pipe) -> None:
        while True:
            with self._progress:
                pipe.busy = False
                self._progress.notify_all()
            try:
                data = os.read(pipe.descriptor, _CHUNK)
            except OSError:  # closed by the other end, or by us
                data = b""
            with self._progress:
                pipe.busy = True
                if not data or self._stopped:
                    pipe.ended, pipe.busy = True, False
                    self._progress.notify_all()
                    return
            try:
                self._heard()
                with self._delivering:
                    pipe.delivery.feed(data)
            except BaseException as error:  # noqa: BLE001  nobody would read its output, so the application cannot go on
                self._failed(error)

    def _follow(self) -> None:
        self._process.wait()  # keeps the handle, and with it the pid, until the object is deleted
        if self._group.has_members():
            self._group.end_leftovers()
        deadline = time.monotonic() + _DRAIN_SECONDS
        for thread in self._threads[: len(self._pipes)]:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.flush(_DRAIN_SECONDS)
        with self._progress:
            self._stopped = True
            self._progress.notify_all()
        with self._delivering:
            self._look()
            for pipe in self._pipes:
                pipe.delivery.finish()
            if self._status_file is not None:
                self._status_file.delivery.finish()
                self._status_file.close()
        self._ended(self._group.reap())


class _Pipe:
    def __init__(self, pipe: object, delivery: OutputDelivery) -> None:
        self._pipe = pipe
        self.descriptor: int = pipe.fileno()  # type: ignore[attr-defined]
        self.delivery = delivery
        self.busy = True
        self.ended = False

    def is_quiet(self) -> bool:
        """Return whether the pipe is empty and no data from it is on its way."""
        if self.ended:
            return True
        try:
            return not self.busy and _winapi.PeekNamedPipe(msvcrt.get_osfhandle(self.descriptor), 0)[0] == 0
        except OSError:  # closed by the other end
            return not self.busy
