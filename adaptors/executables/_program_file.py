"""The file that runs for a path: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._program_file_windows import program_file
else:
    from ._program_file_posix import program_file

__all__ = ["program_file"]
