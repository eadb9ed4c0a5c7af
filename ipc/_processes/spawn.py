"""Start a process that outlives this one: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .spawn_windows import end_rest, inherited, let_live, open_inherited, spawn_daemon
else:
    from .spawn_posix import end_rest, inherited, let_live, open_inherited, spawn_daemon

__all__ = ["end_rest", "inherited", "let_live", "open_inherited", "spawn_daemon"]
