"""The environment that a process was started with, from /proc."""

from __future__ import annotations

import os
import time

_TABLE = "/proc"
_KERNEL_THREAD = 0x0020_0000  # a flag in /proc/PID/stat

_EXECUTION_SECONDS = 1.0
"""How long a process may take to become another program."""

_LOOK_SECONDS = 0.001  # the kernel has no event for it

_kernel_threads: set[int] = set()


def initial_environment(pid: int) -> bytes:
    """Return entries ``NAME=value``, each ended by a zero byte; none if this user may not see them.

    A process that just becomes another program has none for a moment. This waits for what it will have: otherwise
    nobody would find a process in that moment, and who started it may have ended.
    """
    due = time.monotonic() + _EXECUTION_SECONDS
    is_becoming = True  # perhaps
    while True:
        try:
            with open(os.path.join(_TABLE, str(pid), "environ"), "rb") as file:
                environment = file.read()
            if environment or not is_becoming or time.monotonic() >= due:
                return environment
            is_becoming = pid not in _kernel_threads and _becomes_a_program(pid)  # if not, it may have become one
        except OSError:  # ended meanwhile, of another user, or no process file system
            return b""
        if is_becoming:
            time.sleep(_LOOK_SECONDS)


def _becomes_a_program(pid: int) -> bool:
    """Return whether a process has no place for its environment yet, see proc(5)."""
    with open(os.path.join(_TABLE, str(pid), "stat"), "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    state, flags = fields[0], int(fields[6])
    if flags & _KERNEL_THREAD:
        _kernel_threads.add(pid)
        return False
    return state not in (b"Z", b"X") and fields[48:49] == [b"0"]
