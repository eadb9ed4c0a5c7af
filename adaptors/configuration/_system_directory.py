"""Where a site keeps its configuration on this platform."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._system_directory_windows import system_directory
else:
    from ._system_directory_posix import system_directory

__all__ = ["system_directory"]
