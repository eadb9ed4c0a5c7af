"""How a session under test is run: in this process, or by real commands. The session knows it as its driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..adaptors import Outcome
    from ..statemachine import Record


class Driver(Protocol):
    """Run one session."""

    def open(self) -> None:
        """Begin, before the first call.

        Raises:
            AdaptorRuntimeError: The adaptor, its data, or its configuration is unusable.
        """

    def begin(self, phase: str, run_data: Any = None) -> Any:
        """Begin ``start``, ``run``, or ``stop``; return what the other methods need of it."""

    def wait(self, ticket: Any, seconds: float) -> Outcome | None:
        """Wait for the outcome of a call; return None if it is not there in time."""

    def is_over(self, ticket: Any) -> bool:
        """Return whether the outcome of a call is there."""

    def cancel(self, by: str, ticket: Any) -> None:
        """Cancel a call, or without one the idle session."""

    def wait_cancel_ended(self, seconds: float) -> None:
        """Wait until ``on_cancel`` has ended, which may outlast the call that was canceled."""

    def patience(self, phase: str) -> float:
        """Return how long a call may take until something is wrong with the runtime itself, in seconds."""

    def records(self) -> Sequence[Record]:
        """Return the records of the lifecycle and of the applications."""

    def application_pids(self) -> list[int]:
        """Return the process ids of the running applications."""

    def close(self) -> None:
        """End all that is left, and undo all that was done to this process. It may be called again."""
