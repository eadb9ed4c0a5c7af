"""A terminal for an application's output: the twins share the function name, and one is chosen here."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._terminal_windows import open_terminal
else:
    from ._terminal_posix import open_terminal

__all__ = ["open_terminal"]
