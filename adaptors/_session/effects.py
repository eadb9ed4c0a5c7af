"""The effects of a session, as a protocol: the host carries them out, a simulation only records them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .request import HookCall, SessionRequest


class Effects(Protocol):
    """The effects of a session's decisions. Nothing here blocks. An error raised here ends the session."""

    def call_hook(self, call: HookCall) -> None:
        """Call the hook on the hook thread and report its end with ``hook_ended``.

        If this raises, the hook is not called.
        """

    def call_on_cancel(self, seconds: float) -> None:
        """Call ``on_cancel`` on a separate thread and report its end with ``on_cancel_ended``.

        Args:
            seconds: When the applications that it ends are killed.
        """

    def interrupt(self, error: BaseException) -> None:
        """Make the waits of the hook in flight fail with ``error``."""

    def terminate_applications(self, seconds: float) -> None:
        """Ask each application to end that was not asked yet, and kill them after ``seconds``."""

    def kill_applications(self) -> None:
        """End each application's process group."""

    def end_applications(self, seconds: float) -> None:
        """End the remaining applications in parallel within ``seconds``; report with ``applications_ended``."""

    def last_heard(self, what: str) -> float | None:
        """Return the time of the last application ``"output"`` or ``"progress"``; None if there was none."""

    def awaited(self) -> str:
        """Return what the hook in flight waits for, as a part of a sentence; empty if that is not known."""

    def show_applications(self) -> None:
        """Log the state of each application: its processes, their resource usage, its last lines."""

    def abandon(self, call: HookCall) -> None:
        """Abandon the thread of a hook that does not end, and log a dump of all threads."""

    def report(self, call: HookCall, error: BaseException, *, expected: bool) -> None:
        """Log the error of a hook; ``expected`` if a cancel or a loss caused it."""

    def begin(self, request: SessionRequest) -> None:
        """Record that a request was accepted."""

    def finish(self, request: SessionRequest) -> None:
        """Record that a request has its outcome."""
