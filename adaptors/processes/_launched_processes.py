"""The processes that a launcher left: the real program, or a helper that nobody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ipc._processes.process_tree import activity, holds, process_name, wait_none

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

#: Seconds without output and processor time after which the processes that a launcher left count as helpers.
IDLE_SECONDS = 10.0


class LaunchedProcesses:
    """Handle the processes that an application's first process left when it exited with 0.

    A launcher exits at once and leaves the real program, which must be followed to its end. But a program may also
    leave a helper, such as a license daemon, that never ends and keeps the output open. Unless the author chooses, they
    are followed as long as they hold the application's output and work.

    Args:
        launcher: The process that exited, which is also the group id.
        members: Lists the processes of its group and session.
        independent: Lists the processes with its mark, also those with their own sessions.
        pipes: The descriptors of its output.
        follow: True if all of them are the application, False if none is; None for the rule above.
        told: Called with a sentence about the decision.
        heard: Returns a value that changes with each output.
    """

    def __init__(
        self,
        *,
        launcher: int,
        members: Callable[[], list[int]],
        independent: Callable[[], list[int]],
        pipes: Sequence[int],
        follow: bool | None,
        told: Callable[[str], object],
        heard: Callable[[], object],
    ) -> None:
        self._launcher = launcher
        self._members = members
        self._independent = independent
        self._pipes = list(pipes)
        self._follow = follow
        self._told = told
        self._heard = heard

    def __str__(self) -> str:
        """Return their ids and names."""
        pids = sorted({*self._members(), *(self._independent() if self._follow else [])})
        return "process " + ", ".join(f"{pid} ({process_name(pid)})" for pid in pids)

    def deal_with(self) -> None:
        """Return when they have ended, or must be ended."""
        if not self._application():
            if self._members():
                self._tell("ending them", "follow_launcher=True waits for it")
            return
        self._tell("following them", "follow_launcher=False ends it")
        if self._follow:
            self._wait_for_all()
        else:
            self._wait_while_active()

    def _wait_for_all(self) -> None:
        while not wait_none(self._application, IDLE_SECONDS):
            pass

    def _wait_while_active(self) -> None:
        while True:
            before = self._signs_of_life()
            if wait_none(self._application, IDLE_SECONDS):
                return
            if self._signs_of_life() == before:
                self._tell(
                    f"ending them after {IDLE_SECONDS:g} s without activity", "follow_launcher=True waits for it"
                )
                return

    def _application(self) -> list[int]:
        """List the processes that are the application."""
        if self._follow is False:
            return []
        if self._follow:
            return sorted({*self._members(), *self._independent()})
        return [pid for pid in self._members() if holds(pid, self._pipes)]

    def _signs_of_life(self) -> tuple[object, object]:
        return self._heard(), activity(self._members())

    def _tell(self, what: str, instead: str) -> None:
        self._told(f"the launcher {self._launcher} exited and left {self}; {what} ({instead})")
