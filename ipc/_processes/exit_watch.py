"""The end of a child: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .exit_watch_windows import has_children
else:
    from .exit_watch_posix import has_children

__all__ = ["has_children"]
