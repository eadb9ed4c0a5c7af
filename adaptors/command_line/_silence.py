"""Why a daemon that lives does not answer, for a command that waits for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ...ipc._stream.printer import Printer


def say_why_silent(path: str, printer: Printer) -> Callable[[Exception], object]:
    """Return a function that says on standard error what the daemon is busy with, and that the command waits.

    Args:
        path: The connection file.
        printer: Says it.
    """
    return lambda error: printer.note(f"{_why(path) or error}; still waiting, because it is alive")


def _why(path: str) -> str:
    """Return which hook has been in flight since when, as the files of the daemon tell; empty if they do not."""
    from ...statemachine._errors import AdaptorRuntimeError
    from ._daemon_status import SILENT, status_of
    from ._status_text import busy_since

    try:
        status = status_of(path)
    except (AdaptorRuntimeError, OSError):
        return ""
    if status.condition != SILENT:
        return ""
    return f"the daemon (process {status.pid}) does not answer: {busy_since(status) or status.message}"
