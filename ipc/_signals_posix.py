"""The signals that cancel, on POSIX."""

from __future__ import annotations

import os
import signal
import sys

assert sys.platform != "win32"

CANCELING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""SIGHUP is what a closed terminal sends."""


def wakeup_pipe() -> tuple[int, int]:
    """Return the ends of a pipe that ``signal.set_wakeup_fd`` takes: writing must not block."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    return read_end, write_end
