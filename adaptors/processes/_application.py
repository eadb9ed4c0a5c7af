"""A running application, as those see it who have not started it."""

from __future__ import annotations

from typing import Protocol


class Application(Protocol):
    """What the registry hands out. Implemented by ``LoggingSubprocess``, which says more about each of these."""

    @property
    def pid(self) -> int:
        """The process id, and the number of the process group."""

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative number of a signal; None while it is running."""

    @property
    def failure(self) -> str:
        """The executable, how it ended and its last line."""

    @property
    def asked_by(self) -> str | None:
        """Who asked for its end first; None: nobody."""

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines of both streams."""

    def flush_output(self, timeout_s: float = ...) -> bool:
        """Have all lines emitted that were written before this call."""

    def end(self, grace_time_s: float, asked_by: str) -> None:
        """End the process group: ask, then kill."""
