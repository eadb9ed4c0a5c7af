"""A file that another program writes: the twins share the function name, and one is chosen here."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._shared_file_windows import open_shared
else:
    from ._shared_file_posix import open_shared

__all__ = ["open_shared"]
