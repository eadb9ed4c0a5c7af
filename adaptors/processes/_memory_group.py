"""The memory that an application may use: the twins share the class name, and one is chosen here."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from ._memory_group_linux import MemoryGroup
else:
    from ._memory_group_portable import MemoryGroup

__all__ = ["MemoryGroup"]
