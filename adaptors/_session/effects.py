"""What a session can make happen, as a protocol: the runner carries it out, a simulation only notes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .request import HookCall, SessionRequest


class Effects(Protocol):
    """The effects of a session's decisions. Nothing here blocks. An error that is raised here ends the session."""

    def call_hook(self, call: HookCall) -> None:
        """Call the hook on the hook thread and report its end with ``hook_ended``.

        An error that this raises means that the hook is not called.
        """

    def call_on_cancel(self) -> None:
        """Call ``on_cancel`` on a thread of its own and report its end with ``on_cancel_ended``."""

    def interrupt(self, error: BaseException) -> None:
        """Make what the hook in flight waits for fail with ``error``."""

    def terminate_applications(self) -> None:
        """Ask each application to end."""

    def kill_applications(self) -> None:
        """End each application's process group."""

    def end_applications(self, seconds: float) -> None:
        """End the applications that are left, side by side, within ``seconds``; report with ``applications_ended``."""

    def last_heard(self, what: str) -> float | None:
        """Return when there was ``"output"`` of an application, or ``"progress"``, last; None where never."""

    def show_applications(self) -> None:
        """Log what each application is at: its processes, what they use, its last lines."""

    def abandon(self, call: HookCall) -> None:
        """Leave the thread of a hook that does not end to itself, with a dump of all threads in the log."""

    def report(self, call: HookCall, error: BaseException, *, expected: bool) -> None:
        """Log what a hook raised; ``expected`` when a cancel or a loss made it."""

    def begin(self, request: SessionRequest) -> None:
        """Take note that a request was accepted."""

    def finish(self, request: SessionRequest) -> None:
        """Take note that a request has its outcome."""
