"""End a daemon that nobody needs: the only code that watches the clock while a session is idle.

A killed worker runs no ``daemon stop``. It leaves a daemon that holds a license, and whose connection file or working
directory is soon removed, whose owner has exited, or which receives no command. A check every half minute finds this;
the end of the owner is noticed at once.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._errors import BadInputError, NoDaemonError
from .._files.connection_file import NotAConnectionFileError, read
from .._files.working_directory import WorkingDirectory, is_missing
from .._own_process.runtime_thread import RuntimeThread
from .._processes.process_identity import start_time, wait_gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from .._files.connection_file import ConnectionInfo

LOOK_SECONDS = 30.0

"""Time between two checks."""

DAY = 86_400.0
"""How long one wait for the end of the owner lasts."""


START_SECONDS = 60.0
"""How long a ready daemon waits for the ``daemon start`` that started it."""


class OrphanWatch:
    """Watch for reasons to end a daemon.

    Args:
        path: The connection file.
        connection: Its content.
        end: Called once with the reason, on a thread of the orphan watch.
        is_busy: Returns whether a hook is in flight: a task may have outlived its command.
        is_over: Returns whether the session can run no more tasks and only holds its license.
        idle_seconds: How long the daemon may receive no command; None for no limit.
        over_seconds: The same once the session is over.
        working_directory: The directory of the scheduler's session, whose removal ends the daemon; None if there is
            none.
        look_seconds: Time between two checks.
    """

    def __init__(
        self,
        path: str,
        connection: ConnectionInfo,
        end: Callable[[str], object],
        *,
        is_busy: Callable[[], bool],
        is_over: Callable[[], bool],
        idle_seconds: float | None,
        over_seconds: float | None,
        working_directory: str | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._path = path
        self._connection = connection
        self._end = end
        self._is_busy = is_busy
        self._is_over = is_over
        self._limits = {False: idle_seconds, True: over_seconds}
        self._working_directory = None if working_directory is None else WorkingDirectory(working_directory)
        self._look_seconds = look_seconds
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._frontends = 0
        self._ever = False
        self._idle_since = time.monotonic()
        self._missing: str | None = None
        """What was missing at the last check: it counts as gone if it is missing twice."""

    def start(self) -> None:
        """Start watching."""
        RuntimeThread(target=self._watch, name="orphan_watch").start()

    def watch_owner(self, pid: int, start_time: float, what: str = "owner") -> None:
        """End the daemon as soon as the process ``pid``, which started at ``start_time``, exits.

        Args:
            pid: The process.
            start_time: When it started.
            what: Its role for the daemon.
        """
        RuntimeThread(target=self._watch_owner, args=(pid, start_time, what), name=what).start()

    def arrived(self) -> None:
        """Record that a frontend arrived with a request."""
        with self._lock:
            self._ever = True
            self._frontends += 1

    def left(self) -> None:
        """Record that a frontend left."""
        with self._lock:
            self._frontends -= 1
            self._idle_since = time.monotonic()

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Count a frontend for the duration of a ``with`` block."""
        self.arrived()
        try:
            yield
        finally:
            self.left()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def remove_rest(self) -> None:
        """At the end of this process, remove what is left of the scheduler's directory, which could not be removed."""
        if self._working_directory is not None:
            self._working_directory.remove_rest()

    def idle_left(self) -> tuple[str, float] | None:
        """Return which deadline ends the idle session, and in how many seconds; None if none does."""
        is_over = self._is_over()
        limit = self._limits[is_over]
        with self._lock:
            if limit is None or self._frontends or self._is_busy():
                return None
            return "idle_over" if is_over else "idle", limit - (time.monotonic() - self._idle_since)

    def reason(self) -> str | None:
        """Return why the daemon should end now, or None."""
        busy = self._is_busy()
        with self._lock:
            if busy:
                self._idle_since = time.monotonic()
            idle = None if self._frontends else time.monotonic() - self._idle_since
            ever = self._ever
        gone = self._what_is_gone()
        former, self._missing = self._missing, gone
        if gone is not None and gone == former:
            return gone
        if idle is None:
            return None
        if not ever:
            return "the command that started it never connected" if idle >= START_SECONDS else None
        limit = self._limits[self._is_over()]
        return None if limit is None or idle < limit else f"no frontend connected for {idle:.0f} s"

    def _what_is_gone(self) -> str | None:
        """Name something the daemon needs that no longer exists. What cannot be checked is no reason to end."""
        if not _still_ours(self._path, self._connection):
            return f"its connection file {self._path} no longer exists"
        if is_missing(self._connection.session_directory):
            return f"its session directory {self._connection.session_directory} no longer exists"
        directory = self._working_directory
        if directory is not None and directory.is_gone():
            return f"the scheduler's working directory {directory.path} no longer exists"
        return None

    def _watch(self) -> None:
        while not self._closed.wait(self._look_seconds):
            reason = self.reason()
            if reason is not None:
                self.end(reason)

    def _watch_owner(self, pid: int, start_time: float, what: str) -> None:
        while not wait_gone(pid, start_time, DAY):
            if self._closed.is_set():
                return
        self.end(f"its {what}, process {pid}, has exited")

    def end(self, reason: str) -> None:
        """End the session, unless something has already ended it.

        Args:
            reason: Why, for the log.
        """
        with self._lock:
            first = not self._closed.is_set()
            self._closed.set()
        if first:
            self._end(reason)


def _still_ours(path: str, connection: ConnectionInfo) -> bool:
    try:
        return read(path).key == connection.key
    except (NoDaemonError, NotAConnectionFileError):
        return False  # no command finds the daemon any more
    except BadInputError:
        return True  # it exists but cannot be read right now: no reason to end a session


def identify_owner(pid: int) -> tuple[int, float]:
    """Return the arguments of ``watch_owner`` for the process ``pid``.

    Raises:
        BadInputError: No such process exists.
    """
    began = start_time(pid) if pid > 0 else None
    if began is None:
        raise BadInputError(f"--owner-pid {pid}: no such process")
    return pid, began
