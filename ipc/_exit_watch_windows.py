"""The exit code of a child, on Windows: its handle keeps it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

assert sys.platform == "win32"

if TYPE_CHECKING:
    import subprocess


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """Wait for a child and return its return code."""
    return process.wait()


def has_children() -> bool:
    """Tell whether this process may have children that are to end with it: there is no telling which."""
    return False
