"""The process group of one application, from the start of its leader to the moment the leader is reaped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...ipc import _guardian
from ...ipc._exit_watch import reap
from ...ipc._process_tree import UNKNOWN_EXIT, end_group, group_alive, wait_group

if TYPE_CHECKING:
    import subprocess

#: Seconds in which what an application leaves behind may end by itself, such as a ``tee`` that writes the last lines.
SETTLE_SECONDS = 0.5

#: Seconds between SIGTERM and SIGKILL for what is left after that.
LEFTOVER_GRACE_SECONDS = 2.0


class ApplicationGroup:
    """End a group while its number is certain to be its own, which it is until the leader is reaped.

    Any thread may end the group, several at a time, and the last word has the shortest grace. ``reap`` waits for them.

    Args:
        process: The leader, started with ``popen_options()``. Nothing else may poll or wait for it.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._changed = threading.Condition()
        self._ending = 0
        self._reaped = False
        _guardian.protect(process.pid)

    def end(self, grace_seconds: float) -> bool:
        """End the group: ask, wait, kill. Does nothing once it is reaped. Returns whether nothing of it is left."""
        with self._changed:
            if self._reaped:
                return True
            self._ending += 1
        try:
            return end_group(self._process.pid, grace_seconds)
        finally:
            with self._changed:
                self._ending -= 1
                self._changed.notify_all()

    def has_members(self) -> bool:
        """Tell whether a process of the group is alive."""
        return group_alive(self._process.pid)

    def end_leftovers(self) -> None:
        """After the leader has ended: let the others end by themselves, ask them, kill them.

        When a thread is ending the group already, the grace that it was given counts.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ending == 0)
        if not wait_group(self._process.pid, SETTLE_SECONDS):
            self.end(LEFTOVER_GRACE_SECONDS)

    def reap(self) -> int:
        """Wait for the leader, which has ended, and give its return code: a failure's where it cannot be known."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending == 0)
            _guardian.release(self._process.pid)
            self._reaped = True
            code = reap(self._process)
            return UNKNOWN_EXIT if code is None else code
