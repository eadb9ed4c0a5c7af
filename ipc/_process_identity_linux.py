"""Process identity from /proc and pidfd: no library to load, and no polling."""

from __future__ import annotations

import os
import select
import sys

assert sys.platform == "linux"

# Positions in /proc/<pid>/stat after the command name, see proc_pid_stat(5): field 3 and field 22.
_STATE = 0
_START_TIME = 19


def start_time(pid: int) -> float | None:
    """Return when the process ``pid`` was started, in clock ticks since boot; None if there is none.

    A zombie has ended and counts as gone.
    """
    if pid <= 0:
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            text = stat.read()
    except OSError:
        return None
    # The command name may hold blanks and parentheses; the last one closes it.
    fields = text[text.rfind(b")") + 2 :].split()
    if fields[_STATE] in (b"Z", b"X"):
        return None
    return float(fields[_START_TIME])


def wait_gone(pid: int, started: float, seconds: float) -> bool:
    """Wait until the process that ``start_time`` identified has ended; False if it still lives after ``seconds``."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except OSError:
        return _wait_without_descriptor(pid, started, seconds)
    try:
        # The descriptor holds on to whoever has the pid now, so look again whether that is the one.
        if start_time(pid) != started:
            return True
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        return bool(waiting.poll(max(0.0, seconds) * 1000))
    finally:
        os.close(descriptor)


def _wait_without_descriptor(pid: int, started: float, seconds: float) -> bool:
    # Kernels before 5.3, and sandboxes that forbid pidfd.
    import psutil

    try:
        process = psutil.Process(pid)
        if start_time(pid) != started:
            return True
        process.wait(max(0.0, seconds))
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return start_time(pid) != started
    return True
