"""Open a file that another program writes, without keeping that program from renaming or deleting it."""

from __future__ import annotations

import os
import sys

assert sys.platform == "win32"

import _winapi  # noqa: E402  # a type checker for another platform stops at the line above
import msvcrt  # noqa: E402

_BACKUP_SEMANTICS = 0x0200_0000  # otherwise, a folder is "access denied"
_SHARE_ALL = 0x7  # FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SHARE_DELETE; `open` leaves the last one out


def open_shared(path: str) -> int:
    """Return a descriptor to read from.

    Raises:
        OSError: It does not exist, or cannot be read.
    """
    handle = _winapi.CreateFile(path, _winapi.GENERIC_READ, _SHARE_ALL, 0, _winapi.OPEN_EXISTING, _BACKUP_SEMANTICS, 0)
    return msvcrt.open_osfhandle(handle, os.O_RDONLY)
