"""Process identity from /proc and pidfd: no library to load, and no polling."""

from __future__ import annotations

import os
import select
import sys
import time

assert sys.platform == "linux"

from .pidfd import open_process  # noqa: E402  # a type checker for another platform stops above

# Positions in /proc/<pid>/stat after the command name, see proc_pid_stat(5): field 3 and field 22.
_STATE = 0
_START_TIME = 19

UNKNOWN = 0.0
"""The start time of an existing process if the system does not provide it: without /proc, or with a foreign one."""

_FIRST_LOOK_SECONDS, _LAST_LOOK_SECONDS = 0.01, 0.5  # only if the kernel offers no event for the end of a process


def start_time(pid: int) -> float | None:
    """Return when the process ``pid`` was started, in clock ticks since boot; None if it does not exist.

    A zombie has ended and counts as gone.
    """
    if pid <= 0:
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            text = stat.read()
    except OSError:
        return UNKNOWN if not is_known() and _exists(pid) else None
    # The command name may contain blanks and parentheses; the last one closes it.
    fields = text[text.rfind(b")") + 2 :].split()
    if fields[_STATE] in (b"Z", b"X"):
        return None
    return float(fields[_START_TIME])


def is_known() -> bool:
    """Return whether the system lists the processes that this one can see, and their start times."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())  # otherwise it is the list of another PID namespace
    except OSError:
        return False


def wait_gone(pid: int, started: float, seconds: float) -> bool:
    """Wait until the process started at ``started`` has ended; return False if it lives after ``seconds``."""
    try:
        descriptor = open_process(pid)
    except ProcessLookupError:
        return True
    if descriptor is None:
        return _wait_without_descriptor(pid, started, seconds)
    try:
        # The descriptor refers to the process that has the pid now, so check again that it is the right one.
        return not _is_same(pid, started) or _has_ended(descriptor, seconds)
    finally:
        os.close(descriptor)


def _is_same(pid: int, started: float) -> bool:
    now = start_time(pid)
    return now is not None and (now == started or UNKNOWN in (now, started))


def _has_ended(descriptor: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1000))


def _exists(pid: int) -> bool:
    try:
        descriptor = open_process(pid)
        if descriptor is None:
            os.kill(pid, 0)
            return True
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    try:
        return not _has_ended(descriptor, 0)  # a zombie still has its pid
    finally:
        os.close(descriptor)


def _wait_without_descriptor(pid: int, started: float, seconds: float) -> bool:
    # Kernels before 5.3, and sandboxes that forbid pidfd: no event reports the end of a foreign child.
    deadline = time.monotonic() + max(0.0, seconds)
    pause = _FIRST_LOOK_SECONDS
    while _is_same(pid, started):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return False
        time.sleep(min(remaining, pause))
        pause = min(pause * 2, _LAST_LOOK_SECONDS)
    return True
