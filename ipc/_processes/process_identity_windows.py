"""Process identity from the handle of a process: no library to load, and no polling."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

from .process_handle_windows import ProcessHandle  # noqa: E402  a type checker for another platform stops above


def start_time(pid: int) -> float | None:
    """Return when the process ``pid`` was started, in seconds since the epoch; None if it does not exist.

    A process that has ended counts as gone, even if others keep its number by their handles. That of one that may not
    be looked at is 0.
    """
    if pid <= 0:
        return None
    try:
        with ProcessHandle(pid) as process:
            return None if process.wait(0) else process.started
    except PermissionError:
        return 0.0
    except ProcessLookupError:
        return None


def is_known() -> bool:
    """Return whether the system lists processes and their start times."""
    return True


def wait_gone(pid: int, started: float, seconds: float) -> bool:
    """Wait until the process started at ``started`` has ended; return False if it lives after ``seconds``."""
    try:
        with ProcessHandle(pid) as process:
            return process.started != started or process.wait(seconds)
    except (PermissionError, ProcessLookupError):  # what we started, we may look at
        return True
