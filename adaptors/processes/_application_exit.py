"""How an application ended, and who requested it."""

from __future__ import annotations

import signal

from ...ipc._processes.process_tree import describe_exit
from ._behalf import ADAPTOR
from ._memory_shortage import MemoryShortage

_SIGKILL = getattr(signal, "SIGKILL", 9)
_KILLED = (-_SIGKILL, 128 + _SIGKILL)  # the latter is what a shell that had started the application says


class ApplicationExit:
    """The end of one application, as known so far. Several threads read and write it."""

    def __init__(self) -> None:
        self.returncode: int | None = None
        self.peak_memory: int | None = None
        """The peak memory of the processes of the application, in bytes, as far as it is known."""
        self.shortage = MemoryShortage()
        """What is known about the memory that it could use."""
        self.left_by_launcher = ""
        """How the real program ended that the first process, a launcher, had left; empty if there was none."""
        self.asked_by: str | None = None
        """Who first requested the end; None for nobody."""
        self.is_waited_for = 0
        """The number of adaptor threads that wait for the end, and so have closed its input."""
        self._is_dismissed = self._was_dismissed = False

    def ask(self, by: str) -> None:
        """Record a request to end the application; the first one counts."""
        if self.returncode is None and self.asked_by is None:
            self.asked_by = by

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the end, or has requested it."""
        return self.is_waited_for > 0 or self._is_dismissed or self.asked_by is not None

    def dismiss(self) -> None:
        """Record that the adaptor wants the application to end by itself."""
        self._is_dismissed = self.returncode is None

    def settle(
        self, returncode: int, peak_memory: int | None, shortage: MemoryShortage, left_by_launcher: str = ""
    ) -> None:
        """Record that it ended."""
        self.shortage = shortage
        self.left_by_launcher = left_by_launcher
        if self._is_dismissed and returncode == 0:
            self.ask(ADAPTOR)  # else it ended in another way than it was asked to, which is nobody's wish
        is_success = self.is_waited_for > 0 and returncode == 0
        self._was_dismissed = self._is_dismissed or self.asked_by == ADAPTOR or is_success
        self.peak_memory = peak_memory
        self.returncode = returncode

    def acknowledge(self) -> None:
        """Record that the adaptor has waited for the end, which may have come before."""
        self._was_dismissed = self._was_dismissed or self.returncode == 0

    @property
    def was_dismissed(self) -> bool:
        """Whether the adaptor wanted an end: by a dismissal, by ending it, or by a wait during which it succeeded."""
        return self._was_dismissed

    @property
    def description(self) -> str:
        """How it ended, as the end of a sentence."""
        if self.returncode is None:
            return "is running"
        how = describe_exit(self.returncode)
        return f"{how}, and {self.left_by_launcher}" if self.left_by_launcher else how

    @property
    def hint(self) -> str:
        """The probable cause, as a part of a sentence; empty if unknown."""
        if self.returncode in (None, 0) or self.asked_by is not None:
            return ""
        counted, memory = self.shortage.counted, self.shortage.about(self.peak_memory)
        if not was_killed(self.returncode):  # of a helper: the application itself may have told what follows
            return f", and {counted}: {memory}" if counted else ""
        if self.shortage.kills == 0:
            memory = f"{memory}; " if memory else ""
            return (
                f", which the runtime did not send ({memory}the kernel killed nothing of its cgroup for lack of memory)"
            )
        reasons = ", ".join(reason for reason in (memory, counted) if reason)
        return f", which the runtime did not send: probably out of memory{reasons and ': '}{reasons}"


def was_killed(returncode: int | None) -> bool:
    """Return whether SIGKILL has ended an application, or what a shell of its own has run."""
    return returncode in _KILLED
