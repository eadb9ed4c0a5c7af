"""Process identity without /proc: psutil provides it."""

from __future__ import annotations


def start_time(pid: int) -> float | None:
    """Return when the process ``pid`` was started, in seconds since the epoch; None if it does not exist.

    A zombie has ended and counts as gone.
    """
    import psutil

    if pid <= 0:
        return None
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def is_known() -> bool:
    """Return whether the system lists processes and their start times."""
    return True


def wait_gone(pid: int, started: float, seconds: float) -> bool:
    """Wait until the process started at ``started`` has ended; return False if it lives after ``seconds``."""
    import psutil

    if start_time(pid) != started:
        return True
    try:
        psutil.Process(pid).wait(max(0.0, seconds))
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return start_time(pid) != started
    return True
