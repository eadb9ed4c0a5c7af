"""When to look at a file again: the twins share the class name, and one is chosen here."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from ._file_changes_linux import FileChanges
else:
    from ._file_changes_portable import FileChanges

__all__ = ["FileChanges"]
