"""When a file last changed in any way: its status time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

assert sys.platform != "win32"

if TYPE_CHECKING:
    import os


def change_time(_path: str, found: os.stat_result) -> int:
    """Return when the file last changed, which no program can set back, in a unit of the system's own.

    Args:
        found: What is known of the file.
    """
    return found.st_ctime_ns
