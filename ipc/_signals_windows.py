"""The signals that cancel, on Windows."""

from __future__ import annotations

import signal
import sys

assert sys.platform == "win32"

CANCELING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT))

LONGEST_WAIT: float | None = 0.1
"""Seconds; a handler runs only when the main thread's wait for a lock has ended, so none is longer than this."""
