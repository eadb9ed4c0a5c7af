"""The private directories of processes that were killed: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .left_directory_windows import mark, remove_left
else:
    from .left_directory_posix import mark, remove_left

__all__ = ["mark", "remove_left"]
