"""A module whose import ends the daemon's process."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from scripted import Scripted

__all__ = ["Scripted"]

if sys.argv[-1] == "_serve":
    print("the license library gives up", flush=True)
    if os.environ["END"] == "exit":
        ctypes.CDLL("msvcrt" if os.name == "nt" else None)._exit(7)  # as a library of C does
    os.kill(os.getpid(), signal.SIGKILL)
