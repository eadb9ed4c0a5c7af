"""Start the guardian before the first application, and report the applications to it.

A runtime process that is killed with SIGKILL cannot clean up. The guardian can: see ``_guardian_process.py``. If the
runtime was killed while it started an application, the guardian finds the application by the mark in its environment.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

assert sys.platform != "win32"

from .._own_descriptor import OwnDescriptor  # noqa: E402  # a type checker for another platform stops above
from .application_mark import new_mark, own_mark  # noqa: E402
from .process_identity import start_time  # noqa: E402
from .process_tree_posix import GUARDIAN_PROGRAM  # noqa: E402

if TYPE_CHECKING:
    from typing import Callable

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), GUARDIAN_PROGRAM)
GRACE_SECONDS = 5.0
_END_SECONDS = 2.0
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_lost: list[subprocess.Popen[bytes]] = []
"""Guardians whose pipes an author's code has closed: kept, because their files would close the author's by number."""

_log = logging.getLogger(__name__)


class Guardian:
    """The runtime's end of the pipe to its guardian. Methods may be called from any thread.

    Args:
        grace_seconds: The time between SIGTERM and SIGKILL, in which applications can return a license.
        mark: Returns the mark in the environment of applications; None for a new one.
    """

    def __init__(self, grace_seconds: float = GRACE_SECONDS, mark: Callable[[], str] | None = None) -> None:
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipes: list[OwnDescriptor] = []
        """Its standard input and output, which an author's code may close."""
        self._applications: dict[int, float | None] = {}
        self._directories: list[str] = []
        self._unavailable = False
        self._mark = mark or _always(new_mark())

    @property
    def mark(self) -> str:
        """The mark in the environment of applications."""
        return self._mark()

    @property
    def running(self) -> bool:
        """Whether there is a guardian: not before the first application, nor after ``close``."""
        return self._process is not None

    def prepare(self) -> None:
        """Start the guardian if none runs. Nothing waits for it: lines written meanwhile stay in the pipe."""
        with self._lock:
            if self._process is None and not self._unavailable:
                self._start()

    def protect(self, pid: int) -> None:
        """Make the guardian end the process group led by ``pid`` when this process has exited."""
        with self._lock:
            self._applications[pid] = started = start_time(pid)
            if self._process is None and not self._unavailable:
                self._start()  # writes all guarded applications
            else:
                self._write(_registration(pid, started))

    def release(self, pid: int) -> None:
        """Forget ``pid``. Call it before the process is reaped, while no other process can have its pid."""
        with self._lock:
            if self._applications.pop(pid, None) is not None:
                self._write(b"-%d\n" % pid)

    def keep(self, directory: str) -> None:
        """Make the guardian remove a directory when this process has exited."""
        if "\n" in directory:  # it would be a different directory's name in a line of the pipe
            return
        with self._lock:
            self._directories.append(directory)
            if self._process is None and not self._unavailable:
                self._start()  # writes all of them
            else:
                self._write(b"d%s\n" % os.fsencode(directory))

    def leave(self, directory: str) -> None:
        """Forget a directory that was removed."""
        with self._lock:
            if directory in self._directories:
                self._directories.remove(directory)
                self._write(b"r%s\n" % os.fsencode(directory))

    def close(self) -> None:
        """End the guardian. If applications are left, it ends those first."""
        with self._lock:
            process, self._process = self._process, None
            self._applications.clear()
        if process is None:
            return
        try:
            self._send(b".\n")
        except OSError:  # it has already exited
            pass
        _wait_detached(process, _END_SECONDS)  # no longer, if it is ending applications
        self._let_go(process)

    def forget(self) -> None:
        """In a fork of the runtime: leave the guardian and the applications to the original process."""
        process, self._process = self._process, None
        self._lock = threading.Lock()  # another thread of the original may hold the old one forever
        self._applications.clear()
        self._directories.clear()
        self._mark = _always(new_mark())
        if process is not None:
            process.returncode = 0  # not our child
            self._let_go(process)

    def _start(self) -> None:
        if getattr(sys, "frozen", False) or not sys.executable:
            self._unavailable = True  # this executable is the author's program, not a Python that could run another one
            _log.warning("applications are not guarded: found no Python interpreter to run a guardian")
            return
        try:
            arguments = [str(os.getpid()), str(self._grace_seconds), self.mark]
            command = [sys.executable, "-I", "-S", _PROGRAM, *arguments]
            self._process = process = _start_detached(command)
        except OSError as error:
            self._unavailable = True
            _log.warning("applications are not guarded: cannot start the guardian: %s", error)
            return
        self._pipes = [OwnDescriptor(pipe.fileno()) for pipe in (process.stdin, process.stdout) if pipe is not None]
        lines = [_registration(pid, started) for pid, started in self._applications.items()]
        lines += [b"d%s\n" % os.fsencode(directory) for directory in self._directories]
        self._send(b"".join(lines))

    def _write(self, line: bytes) -> None:
        if self._process is None:
            return
        try:
            self._send(line)
        except OSError:  # other code ended it, or closed the pipe
            abandoned, self._process = self._process, None
            self._let_go(abandoned)
            if self._applications or self._directories:
                self._start()

    def _send(self, data: bytes) -> None:
        os.write(self._pipes[0].checked(), data)  # a few bytes into an empty pipe: never partial

    def _let_go(self, process: subprocess.Popen[bytes]) -> None:
        if all(pipe.is_ours() for pipe in self._pipes):
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        else:
            _lost.append(process)
        process.poll()
        process.returncode = process.returncode or 0  # nothing else waits for it


def _start_detached(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a helper that outlives the caller's group and inherits only pipes on standard input and output.

    The helper leaves for a process that is no child, and its first process ends at once. The signals that end a
    runtime are blocked in it from the start: it ignores them as soon as it can.
    """
    import _thread

    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
            cwd="/",
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    with contextlib.suppress(RuntimeError):  # no more threads can start: it is reaped later
        # Nothing waits for its start: an author's profile function may raise.
        _thread.start_new_thread(process.wait, ())
    return process


def _wait_detached(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until a helper has ended, which closes its output; return whether it has. One that is halted goes on."""
    assert process.stdout is not None
    with contextlib.suppress(OSError):  # it leads no group any more
        os.killpg(process.pid, signal.SIGCONT)
    poll = select.poll()
    poll.register(process.stdout, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _registration(pid: int, started: float | None) -> bytes:
    return b"+%d %s\n" % (pid, repr(started).encode())


def _always(mark: str) -> Callable[[], str]:
    return lambda: mark


_guardian = Guardian(mark=own_mark)
prepare = _guardian.prepare
protect = _guardian.protect
release = _guardian.release
keep = _guardian.keep
leave = _guardian.leave
close = _guardian.close


def is_running() -> bool:
    """Return whether this process has a guardian."""
    return _guardian.running


def mark() -> str:
    """Return the mark in the environment of this process's applications."""
    return _guardian.mark


atexit.register(close)
os.register_at_fork(after_in_child=_guardian.forget)
