"""The signals that cancel, on Windows."""

from __future__ import annotations

import signal

CANCELING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT))

LONGEST_WAIT: float | None = 0.1
"""A handler runs only when the main thread's wait for a lock has ended, so no wait of it is longer than this, in seconds."""
