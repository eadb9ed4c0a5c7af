"""The signals that cancel, on POSIX."""

from __future__ import annotations

import signal
import sys

assert sys.platform != "win32"

CANCELING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""SIGHUP is what a closed terminal sends."""

LONGEST_WAIT: float | None = None
"""A wait for a lock is interrupted by a signal."""
