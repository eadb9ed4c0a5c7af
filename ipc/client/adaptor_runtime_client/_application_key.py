"""The key that an application shows to its adaptor; the address is enough to find it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._application_key_windows import find_key, make_key
else:
    from ._application_key_posix import find_key, make_key

__all__ = ["find_key", "make_key"]
