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
    are followed as long as they hold the application's output. Only if somebody waits for their end, they must work:
    an application that is kept for the next task has nothing to do.

    Args:
        launcher: The process that exited, which is also the group id.
        members: Lists the processes of its group and session.
        independent: Lists the processes with its mark, also those with their own sessions.
        pipes: The descriptors of its output.
        follow: True if all of them are the application, False if none is; None for the rule above.
        told: Called with a sentence about the decision.
        heard: Returns a value that changes with each output.
        awaited: Returns whether somebody waits for their end.
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
        awaited: Callable[[], bool],
    ) -> None:
        self._launcher = launcher
        self._members = members
        self._independent = independent
        self._pipes = list(pipes)
        self._follow = follow
        self._told = told
        self._heard = heard
        self._awaited = awaited
        self._names = ""

    def __str__(self) -> str:
        """Return their ids and names."""
        pids = sorted({*self._members(), *(self._independent() if self._follow else [])})
        return "process " + ", ".join(f"{pid} ({process_name(pid)})" for pid in pids)

    def deal_with(self) -> str:
        """Return when they have ended, or must be ended.

        Returns:
            How they ended, as a part of a sentence; empty if none of them was the application.
        """
        if not self._application():
            if self._members():
                self._tell("ending them", "follow_launcher=True waits for it")
            return ""
        self._names = str(self)
        if self._follow:
            self._tell("following them", "follow_launcher=False ends it")
            return self._wait_for_all()
        rule = f"once their end is awaited, they are ended after {IDLE_SECONDS:g} s without output and processor time"
        self._tell(f"following them; {rule}", "follow_launcher=True always waits for them, False ends them")
        return self._wait_while_active()

    def _wait_for_all(self) -> str:
        while not wait_none(self._application, IDLE_SECONDS):
            self._names = str(self)
        return self._how("has ended")

    def _wait_while_active(self) -> str:
        while True:
            before, was_awaited = self._signs_of_life(), self._awaited()  # who begins to wait gives them the whole time
            if wait_none(self._application, IDLE_SECONDS):
                return self._how("has ended")
            self._names = str(self)
            if was_awaited and self._signs_of_life() == before:
                ending = f"after {IDLE_SECONDS:g} s without activity"
                self._tell(f"ending them {ending}", "follow_launcher=True waits for it")
                return self._how(f"was ended {ending} (follow_launcher=True waits for it)")

    def _how(self, ended: str) -> str:
        return f"{self._names}, left by this launcher, {ended}"

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
