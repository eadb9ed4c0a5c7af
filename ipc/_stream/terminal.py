"""A terminal that a descriptor leads to: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .terminal_windows import is_capable, size
else:
    from .terminal_posix import is_capable, size

__all__ = ["is_capable", "size"]
