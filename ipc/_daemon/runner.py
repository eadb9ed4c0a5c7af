"""The interface of the session that the daemon serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Snapshot


class Runner(Protocol):
    """Accept requests from any thread and answer them on the ordered stream: the result ends a request's part."""

    def start(self, stream_id: str) -> object:
        """Ask for the start of the session."""

    def run(self, run_data: Any, task_id: str) -> object:
        """Ask for a task; its stream has the task's id."""

    def stop(self, seconds: float | None, stream_id: str) -> object:
        """Ask for the end of the session within ``seconds``."""

    def cancel(self, cause: str, seconds: float | None, task_id: str | None) -> None:
        """Ask for a cancel of one task, or of the session; the name of a signal counts as that signal."""

    def status(self) -> Snapshot:
        """Return the current status."""
