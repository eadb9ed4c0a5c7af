"""Process identity on macOS: from the process table of the kernel, and without polling.

Not from psutil: the guardian, which also loads this file, finds the standard library only; and newer releases of psutil
move the start time of a process when the clock is set. The kernel keeps what it has written down at the start.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import sys
import time

assert sys.platform != "win32"  # the tests run it on every other system

from .pidfd import open_process  # noqa: E402  a type checker for another platform stops above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# From <sys/sysctl.h> and <sys/proc.h>. In the structure: the start (seconds, microseconds), the state, and the pid.
_CTL_KERN, _KERN_PROC, _KERN_PROC_PID = 1, 14, 1
_PROCESS = struct.Struct("=qi24xb3xi")
_PROCESS_SIZE = 648
_ZOMBIE = 5

_LOOK_AGAIN_SECONDS = 0.2  # only if no descriptor is left

_library: Any = None


def start_time(pid: int) -> float | None:
    """Return when the process ``pid`` was started, in seconds since the epoch; None if it does not exist.

    A zombie has ended and counts as gone.
    """
    if pid <= 0:
        return None
    table = _read_table(_CTL_KERN, _KERN_PROC, _KERN_PROC_PID, pid)
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


def _read_table(*name: int) -> bytes:
    """Return what the kernel tells under a name of ``sysctl``; empty if it tells nothing."""
    global _library
    if _library is None:
        _library = ctypes.CDLL(None, use_errno=True)
    names = (ctypes.c_int * len(name))(*name)
    buffer = ctypes.create_string_buffer(_PROCESS_SIZE)
    size = ctypes.c_size_t(_PROCESS_SIZE)
    refused = _library.sysctl(names, len(name), buffer, ctypes.byref(size), None, ctypes.c_size_t(0))
    return b"" if refused else buffer.raw[: size.value]
