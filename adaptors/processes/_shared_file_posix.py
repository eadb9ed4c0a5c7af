"""Open a file that another program writes: that program may do with it what it likes."""

from __future__ import annotations

import os
import sys

assert sys.platform != "win32"


def open_shared(path: str) -> int:
    """Return a descriptor to read from.

    Raises:
        OSError: It does not exist, or cannot be read.
    """
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO would wait for somebody who writes
