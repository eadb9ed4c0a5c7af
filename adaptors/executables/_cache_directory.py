"""The folder for what can be found out again: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._cache_directory_windows import cache_directory
else:
    from ._cache_directory_posix import cache_directory

__all__ = ["cache_directory"]
