"""The signals that cancel, on Windows."""

from __future__ import annotations

import os
import signal
import sys

assert sys.platform == "win32"

CANCELING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT))


def wakeup_pipe() -> tuple[int, int]:
    """Return the ends of a pipe that ``signal.set_wakeup_fd`` takes."""
    return os.pipe()
