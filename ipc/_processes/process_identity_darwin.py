"""Process identity on macOS: from the process table of the kernel, and without polling.

Not from psutil: the guardian, which also loads this file, finds the standard library only; and newer releases of psutil
move the start time of a process when the clock is set. The kernel keeps what it has written down at the start.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import time

assert sys.platform != "win32"  # the tests run it on every other system

from .kernel_table_darwin import read_kernel  # noqa: E402  a type checker for another platform stops above
from .pidfd import open_process  # noqa: E402

# From <sys/sysctl.h> and <sys/proc.h>. In the structure: the start (seconds, microseconds), the state, and the pid.
_CTL_KERN, _KERN_PROC, _KERN_PROC_PID = 1, 14, 1
_PROCESS = struct.Struct("=qi24xb3xi")
_PROCESS_SIZE = 648
_ZOMBIE = 5

_LOOK_AGAIN_SECONDS = 0.2  # only if no descriptor is left


def start_time(pid: int) -> float | None:
    """Return when the process ``pid`` was started, in seconds since the epoch; None if it does not exist.

    A zombie has ended and counts as gone.
    """
    if pid <= 0:
        return None
    table = read_kernel(_CTL_KERN, _KERN_PROC, _KERN_PROC_PID, pid, size=_PROCESS_SIZE)
    if len(table) < _PROCESS.size:
        return None
    seconds, microseconds, state, found = _PROCESS.unpack_from(table)
    return None if state == _ZOMBIE or found != pid else float(seconds + microseconds / 1e6)


def is_known() -> bool:
    """Return whether the system lists processes and their start times."""
    return True


def wait_gone(pid: int, started: float, seconds: float) -> bool:
    """Wait until the process started at ``started`` has ended; return False if it lives after ``seconds``."""
    deadline = time.monotonic() + max(0.0, seconds)
    try:
        descriptor = open_process(pid)
    except ProcessLookupError:
        return True
    if descriptor is None:
        while start_time(pid) == started and time.monotonic() < deadline:
            time.sleep(min(_LOOK_AGAIN_SECONDS, max(0.0, deadline - time.monotonic())))
        return start_time(pid) != started
    try:
        # The descriptor refers to the process that has the pid now, so check again that it is the right one.
        if start_time(pid) != started:
            return True
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        return bool(waiting.poll(max(0.0, deadline - time.monotonic()) * 1000))
    finally:
        os.close(descriptor)
