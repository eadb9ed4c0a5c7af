"""The children of this process, on Windows."""

from __future__ import annotations

import sys

assert sys.platform == "win32"


def has_children() -> bool:
    """Tell whether this process may have children that are to end with it: there is no telling which."""
    return False
