"""A running application, as seen by code that did not start it."""

from __future__ import annotations

from typing import Protocol


class Application(Protocol):
    """An application in the registry. ``LoggingSubprocess`` implements it and documents each member."""

    @property
    def pid(self) -> int:
        """The process id, which is also the process group id."""

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative number of a signal; None while it is running."""

    def processes(self) -> list[int]:
        """List its living processes."""

    @property
    def failure(self) -> str:
        """The executable, how it ended, and its last line."""

    @property
    def asked_by(self) -> str | None:
        """Who first requested its end; None for nobody."""

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines of both streams."""

    @property
    def stop_grace(self) -> float | None:
        """How long it may take to end after it was asked, in seconds; None if its author has not said."""

    def wait_ended(self, seconds: float) -> bool:
        """Wait until it has ended and its output is delivered; return whether it has."""

    def delivers_here(self) -> bool:
        """Return whether this thread delivers the output."""

    def flush_output(self, timeout_s: float = ...) -> bool:
        """Emit all lines written before this call."""

    def end_on_behalf(self, grace_time_s: float, asked_by: str, patience: float = ...) -> None:
        """End the process group: ask, then kill; wait ``patience`` seconds until its last output was processed."""
