"""What ends the applications of a runtime that is gone: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .guardian_windows import close, is_running, keep, leave, mark, prepare, protect, release
else:
    from .guardian_posix import close, is_running, keep, leave, mark, prepare, protect, release

__all__ = ["close", "is_running", "keep", "leave", "mark", "prepare", "protect", "release"]
