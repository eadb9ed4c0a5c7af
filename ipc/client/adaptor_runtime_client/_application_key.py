"""The key that an application shows to its adaptor; the address is enough to find it, if both have one TEMP."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._application_key_windows import find_key, key_environment, make_key
else:
    from ._application_key_posix import find_key, key_environment, make_key

__all__ = ["find_key", "key_environment", "make_key"]
