"""A lock that a process holds while it lives: the one place that chooses between the platforms.

A process id only says which process has the number now, within one PID namespace. The kernel releases a lock when its
holder ends, however it ends, and every process that can open the file sees whether it is held.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .lifeline_windows import hold, is_held, let_go, wait_released
else:
    from .lifeline_posix import hold, is_held, let_go, wait_released

__all__ = ["hold", "is_held", "let_go", "wait_released"]
