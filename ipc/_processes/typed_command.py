"""Command lines that a person can type on this system: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .typed_command_windows import (
        data_in_shell,
        how_to_become,
        how_to_continue,
        path_in_shell,
        shell_text,
        to_set_variable,
    )
else:
    from .typed_command_posix import (
        data_in_shell,
        how_to_become,
        how_to_continue,
        path_in_shell,
        shell_text,
        to_set_variable,
    )

__all__ = ["data_in_shell", "how_to_become", "how_to_continue", "path_in_shell", "shell_text", "to_set_variable"]
