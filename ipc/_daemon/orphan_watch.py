"""End a daemon that nobody needs any more: the one thing that looks at the clock while a session is idle.

A worker that is killed runs no ``daemon stop``. What is left of its session is then a daemon with a license, whose
connection file or working directory is soon removed, whose owner is gone, or which no frontend comes to. One look each
half minute is enough for that; the end of the owner is seen at once.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._errors import BadInputError, NoDaemonError
from .._files.connection_file import read
from .._processes.process_identity import start_time, wait_gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from .._files.connection_file import ConnectionInfo

LOOK_SECONDS = 30.0

DAY = 86_400.0

START_SECONDS = 60.0
"""How long a daemon that is ready waits for the ``daemon start`` that began it."""


class OrphanWatch:
    """Watches for the reasons to end a daemon.

    Args:
        path: The connection file.
        connection: What is in it.
        end: Called once with the reason, on the orphan watch's thread.
        is_busy: Tells whether a hook is in flight: a task may have outlived its command.
        is_over: Tells whether the session can run no more tasks, so that only its license is still held.
        idle_seconds: How long no frontend may come; None for ever.
        over_seconds: The same once the session is over.
        working_directory: Of the scheduler's session, whose end ends the daemon; None where there is none.
        look_seconds: Time between two looks.
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
        self._working_directory = working_directory
        self._look_seconds = look_seconds
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._frontends = 0
        self._ever = False
        self._idle_since = time.monotonic()
        self._missing: str | None = None
        """What was not there at the last look: gone is what is missing twice."""

    def watch(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="orphan_watch", daemon=True).start()

    def watch_owner(self, pid: int, start_time: float, what: str = "owner") -> None:
        """End the daemon as soon as the process ``pid``, which began at ``start_time``, is gone.

        Args:
            pid: The process.
            start_time: When it began.
            what: What it is to the daemon.
        """
        threading.Thread(target=self._watch_owner, args=(pid, start_time, what), name=what, daemon=True).start()

    def arrived(self) -> None:
        """Take note that a frontend has come with a request."""
        with self._lock:
            self._ever = True
            self._frontends += 1

    def left(self) -> None:
        """Take note that it is gone."""
        with self._lock:
            self._frontends -= 1
            self._idle_since = time.monotonic()

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Take note of a frontend for as long as it is here."""
        self.arrived()
        try:
            yield
        finally:
            self.left()

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()

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
            return "the command that started it never came" if idle >= START_SECONDS else None
        limit = self._limits[self._is_over()]
        return None if limit is None or idle < limit else f"no frontend came for {idle:.0f} s"

    def _what_is_gone(self) -> str | None:
        """Say what the daemon needs and does not exist any more: what cannot be looked at is no reason to end."""
        if not _still_ours(self._path, self._connection):
            return f"its connection file {self._path} is gone"
        if _is_missing(self._connection.session_directory):
            return f"its session directory {self._connection.session_directory} is gone"
        if self._working_directory is not None and _is_missing(self._working_directory):
            return f"the scheduler's working directory {self._working_directory} is gone"
        return None

    def _watch(self) -> None:
        while not self._closed.wait(self._look_seconds):
            reason = self.reason()
            if reason is not None:
                self._end_once(reason)

    def _watch_owner(self, pid: int, start_time: float, what: str) -> None:
        while not wait_gone(pid, start_time, DAY):
            if self._closed.is_set():
                return
        self._end_once(f"its {what}, process {pid}, is gone")

    def _end_once(self, reason: str) -> None:
        with self._lock:
            first = not self._closed.is_set()
            self._closed.set()
        if first:
            self._end(reason)


def _is_missing(path: str) -> bool:
    """Tell whether there is no such directory: an expired ticket or a server that is away says something else."""
    try:
        return not stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _still_ours(path: str, connection: ConnectionInfo) -> bool:
    try:
        return read(path).key == connection.key
    except NoDaemonError:
        return False
    except BadInputError:
        return True  # it is there and cannot be read at this moment: no reason to end a session


def identify_owner(pid: int) -> tuple[int, float]:
    """Return what ``watch_owner`` wants to know of the process ``pid``.

    Raises:
        BadInputError: There is no such process.
    """
    began = start_time(pid) if pid > 0 else None
    if began is None:
        raise BadInputError(f"--owner-pid names no process that is there: {pid}")
    return pid, began
