"""When a file last changed in any way: the twins share the function name, and one is chosen here."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._change_time_windows import change_time
else:
    from ._change_time_posix import change_time

__all__ = ["change_time"]
