"""Command lines that a person can type on this system: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .typed_command_windows import how_to_become, how_to_continue, path_in_shell, shell_text
else:
    from .typed_command_posix import how_to_become, how_to_continue, path_in_shell, shell_text

__all__ = ["how_to_become", "how_to_continue", "path_in_shell", "shell_text"]
