"""The process group of one application, from the start of its leader to the moment the leader is reaped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...ipc._processes import guardian
from ...ipc._processes.process_tree import end_group, marked_processes, members, peek_exit, reap, wait_none
from ._launched_processes import LaunchedProcesses

if TYPE_CHECKING:
    import subprocess
    from typing import Callable

#: Seconds in which what an application leaves behind may end by itself, such as a ``tee`` that writes the last lines.
SETTLE_SECONDS = 0.5

#: Seconds between SIGTERM and SIGKILL for what is left after that.
LEFTOVER_GRACE_SECONDS = 2.0


class ApplicationGroup:
    """End a group while its number is certain to be its own, which it is until the leader is reaped.

    Any thread may end the group, several at a time, and the last word has the shortest grace. ``reap`` waits for them.

    Args:
        process: The leader, started with ``popen_options()``. Nothing else may poll or wait for it.
        mark: What the application's processes carry in their environment.
        follow: Whether what the leader leaves is the application itself; None: as ``LaunchedProcesses`` decides.
        told: Called with a sentence about what is sent to the group, and about what the leader has left.
        heard: Returns something that changes whenever there is output.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        mark: str,
        follow: bool | None,
        told: Callable[[str], object],
        heard: Callable[[], object],
    ) -> None:
        self._process = process
        self._mark = mark
        self._follow = follow
        self._told = told
        self._heard = heard
        self._changed = threading.Condition()
        self._ending = 0
        self._was_asked = False
        self._reaped = False
        self.peak_memory: int | None = None
        guardian.protect(process.pid)

    def end(self, grace_seconds: float, asked_by: str) -> bool:
        """End the group: ask, wait, kill. Does nothing once it is reaped. Returns whether nothing of it is left.

        What carries the mark of the application goes with it, wherever it is.
        """
        self._was_asked = True
        return self._end(grace_seconds, asked_by, self._mark)

    def _end(self, grace_seconds: float, asked_by: str, mark: str | None) -> bool:
        with self._changed:
            if self._reaped:
                return True
            self._ending += 1
        try:
            name = f"application {self._process.pid}"
            told = self._told
            return end_group(
                self._process.pid,
                grace_seconds,
                mark=mark,
                told=lambda sent: told(f"sending {sent} to {name}, requested by {asked_by}"),
            )
        finally:
            with self._changed:
                self._ending -= 1
                self._changed.notify_all()

    def has_members(self) -> bool:
        """Tell whether a process of the group is alive, or one that has made itself independent of it."""
        return bool(self._members() or marked_processes(self._mark))

    def end_leftovers(self) -> None:
        """After the leader has ended: let the others end by themselves, follow them, or ask them, then kill them.

        When a thread is ending the group already, the grace that it was given counts.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ending == 0)
        if not wait_none(self._members, SETTLE_SECONDS) or (self._follow and not self._was_asked):
            returncode = peek_exit(self._process.pid)
            if not self._was_asked and returncode in (0, None):
                self._left_by_launcher().deal_with()
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
        )

    def reap(self) -> int:
        """Wait for the leader, which has ended, and give its return code: a failure's where it cannot be known."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending == 0)
            guardian.release(self._process.pid)
            self._reaped = True
            self.peak_memory = reap(self._process)
            assert self._process.returncode is not None
            return self._process.returncode
