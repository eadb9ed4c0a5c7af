"""The process group of one application, from the start of its leader to the moment the leader is reaped."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ...ipc._processes import guardian, usage
from ...ipc._processes.process_tree import (
    TERMINATE,
    end_group,
    inherited_peak,
    is_dying,
    marked_processes,
    members,
    peak_memory,
    peek_exit,
    reap,
    sessions_below,
    wait_none,
)
from ._application_exit import was_killed
from ._launched_processes import LaunchedProcesses
from ._memory_group import MemoryGroup
from ._memory_shortage import MemoryShortage

if TYPE_CHECKING:
    import subprocess
    from typing import Callable

#: Seconds in which processes that an application leaves behind may end by themselves, such as a final ``tee``.
SETTLE_SECONDS = 0.5

#: Seconds between SIGTERM and SIGKILL for processes left after that.
LEFTOVER_GRACE_SECONDS = 2.0

#: Seconds between two readings of the memory of an application that prints much.
READING_SECONDS = 0.5


class ApplicationGroup:
    """End a group while its id certainly belongs to it, which holds until the leader is reaped.

    Several threads may end the group at once; the shortest grace period wins. It is asked only once: to many programs,
    a second signal means that they must give up at once. ``reap`` waits for the threads.

    Args:
        process: The leader, started with ``popen_options()``. Nothing else may poll or wait for it.
        mark: The mark in the environment of the application's processes.
        follow: Whether the processes that the leader leaves are the application itself; None to let
            ``LaunchedProcesses`` decide.
        told: Called with a sentence about each signal to the group, and about the processes that the leader left.
        heard: Returns a value that changes with each output.
        awaited: Returns whether somebody waits for the end of the application.
        ask: The signal that asks the group to end, as ``stop_signal`` returns it.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        mark: str,
        follow: bool | None,
        told: Callable[[str], object],
        heard: Callable[[], object],
        awaited: Callable[[], bool],
        ask: str = TERMINATE,
    ) -> None:
        self._process = process
        self._ask = ask
        self._mark = mark
        self._follow = follow
        self._told = told
        self._heard = heard
        self._awaited = awaited
        self.left_by_launcher = ""
        """How the processes ended that its leader had left, and that were the application; empty for none."""
        self._changed = threading.Condition()
        self._ending = 0
        self._was_asked = False
        self._has_signal = False
        self._reaped = False
        self.peak_memory: int | None = None
        """That of the leader or one of its children, and of the other processes if it was killed before them.

        None if it is unknown, as for a program that was small, ended soon, and printed nothing.
        """
        self._peak_of_others = 0
        self._inherited_peak = inherited_peak()
        self._largest_read = 0
        self._read_at = 0.0
        self.shortage = MemoryShortage()
        self._memory = MemoryGroup(process.pid)
        guardian.protect(process.pid)

    def end(self, grace_seconds: float, asked_by: str) -> bool:
        """End the group: ask, wait, kill. Do nothing once the leader is reaped. Return whether nothing is left.

        This includes every process with the mark of the application.
        """
        self._was_asked = True
        self._read_peak()
        return self._end(grace_seconds, asked_by, self._mark)

    def _end(self, grace_seconds: float, asked_by: str, mark: str | None) -> bool:
        with self._changed:
            if self._reaped:
                return True
            self._ending += 1
            ask = None if self._has_signal else self._ask
            self._has_signal = self._has_signal or grace_seconds > 0
        try:
            name = f"application {self._process.pid}"
            told = self._told
            return end_group(
                self._process.pid,
                grace_seconds,
                mark=mark,
                told=lambda sent: told(f"sending {sent} to {name}, requested by {asked_by}"),
                ask=ask,
            )
        finally:
            with self._changed:
                self._ending -= 1
                self._changed.notify_all()

    def spoke(self) -> None:
        """Take note that the application lives: read its memory, unless that was done just now."""
        now = time.monotonic()
        if now - self._read_at > READING_SECONDS:
            self._read_at = now
            self._read_peak()

    def _read_peak(self) -> None:
        """Read the peak of each process while it lives: at the end, a peak below the inherited one is not told."""
        if not self._inherited_peak or self._reaped:
            return
        try:
            read = usage.tree(self._process.pid, is_shown=False)
        except (OSError, ImportError):  # no file descriptor is left
            return
        self._largest_read = max([self._largest_read, *(process.peak_bytes or 0 for process in read)])

    def is_dying(self) -> bool:
        """Return whether a signal has ended the leader, or is about to."""
        with self._changed:
            return self._reaped or is_dying(self._process.pid)

    def has_exited(self) -> bool:
        """Return whether the leader has exited, unless others continue its work, as those of a launcher do."""
        with self._changed:
            returncode = None if self._reaped else peek_exit(self._process.pid)
            return self._reaped or not (returncode is None or (returncode == 0 and self.has_members()))

    def has_members(self) -> bool:
        """Return whether a process of the group, or an independent one, is alive."""
        return bool(self._members() or marked_processes(self._mark))

    def processes(self) -> list[int]:
        """List the living processes of the application, which ``end`` would end."""
        below = [pid for session in sessions_below(self._process.pid) for pid in members(session)]
        return sorted({*self._members(), *below, *marked_processes(self._mark)})

    def end_leftovers(self) -> None:
        """After the end of the leader: let the others end, follow them, or ask them to end, then kill them.

        If a thread is already ending the group, its grace period counts.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ending == 0)
        if not self._was_asked and was_killed(peek_exit(self._process.pid)):  # before the others are ended, too
            self._peak_of_others = sum(map(peak_memory, self.processes()))
        if not wait_none(self._members, SETTLE_SECONDS) or (self._follow and not self._was_asked):
            returncode = peek_exit(self._process.pid)
            if not self._was_asked and returncode in (0, None):
                how = self._left_by_launcher().deal_with()
                self.left_by_launcher = "" if self._was_asked else how
            elif not self._was_asked:
                self._told(f"application {self._process.pid} failed and left {self._left_by_launcher()}: ending it")
        if self._members():
            self._end(LEFTOVER_GRACE_SECONDS, "the end of its leader", None)

    def _members(self) -> list[int]:
        return members(self._process.pid)

    def _left_by_launcher(self) -> LaunchedProcesses:
        pipes = [pipe.fileno() for pipe in (self._process.stdout, self._process.stderr) if pipe is not None]
        return LaunchedProcesses(
            launcher=self._process.pid,
            members=self._members,
            independent=lambda: marked_processes(self._mark),
            pipes=pipes,
            follow=self._follow,
            told=self._told,
            heard=self._heard,
            awaited=self._awaited,
        )

    def reap(self) -> int:
        """Wait for the leader, which has ended, and return its return code: that of a failure if unknown."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending == 0)
            guardian.release(self._process.pid)
            self._reaped = True
            if peek_exit(self._process.pid) != 0:
                self.shortage = self._memory.shortage(self._process.pid)
            self.peak_memory = self._peak(reap(self._process))
            assert self._process.returncode is not None
            return self._process.returncode

    def _peak(self, told: int | None) -> int | None:
        if told is not None and told > self._inherited_peak:
            return told + self._peak_of_others
        return max(self._largest_read, self._peak_of_others) or None
