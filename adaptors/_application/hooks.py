"""What the application needs of its adaptor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Optional, Protocol

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from .._deadlines import Deadlines
    from ..processes import LoggingSubprocess
    from .restart import OnLoss, Restart


class ApplicationHooks(Protocol):
    """An adaptor with an application; ``ApplicationAdaptor`` documents each member."""

    client_file: ClassVar[Optional[str]]
    output_patience: ClassVar[float]
    on_loss: ClassVar[OnLoss]
    restart: ClassVar[Restart]
    stop_signal: ClassVar[str]
    stop_grace: ClassVar[float]
    encoding: ClassVar[str]
    merge_output: ClassVar[bool]
    terminal: ClassVar[bool]
    follow_launcher: ClassVar[Optional[bool]]
    startup_directory: ClassVar[Optional[str]]
    deadlines: ClassVar[Deadlines]

    @property
    def client(self) -> str | None:
        """The path of the client; None if there is no such file."""

    def launch(self) -> Sequence[Any]:
        """Return the executable and its arguments."""

    def environment(self) -> Mapping[str, str]:
        """Return environment variables for the application."""

    def status_file(self) -> str | os.PathLike[str] | None:
        """Return the file in which the application writes what it does."""

    def on_load(self) -> None:
        """Make the application ready for tasks."""

    def on_run(self, run_data: Any) -> None:
        """Run one task."""

    def expected_outputs(self, run_data: Any) -> Iterable[Any]:
        """Return the files that a task must write."""

    def expect(self, *, of: LoggingSubprocess | None = None) -> Any:
        """Return a future to wait on for something from an application."""

    def declare_application(self, process: LoggingSubprocess) -> None:
        """Declare that the session depends on ``process``."""
