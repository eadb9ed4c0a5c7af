"""When a file last changed in any way. ``os.stat`` does not say it: there, ``st_ctime`` is when the file was made."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING

assert sys.platform == "win32"

import _winapi  # noqa: E402  # a type checker for another platform stops at the line above
from ctypes import wintypes  # noqa: E402

if TYPE_CHECKING:
    import os

_READ_ATTRIBUTES = 0x80
"""A right that keeps no other program from anything."""

_SHARE_ALL = 0x7  # FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SHARE_DELETE
_FILE_BASIC_INFO = 0


class _BasicInformation(ctypes.Structure):
    _fields_ = (
        ("created", ctypes.c_int64),
        ("accessed", ctypes.c_int64),
        ("written", ctypes.c_int64),
        ("changed", ctypes.c_int64),
        ("attributes", wintypes.DWORD),
    )


_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.GetFileInformationByHandleEx.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)


def change_time(path: str, _found: os.stat_result) -> int:
    """Return when the file last changed, which no program sets back by accident, in a unit of the system's own.

    Args:
        path: The file.

    Raises:
        OSError: It is not there any more, or may not be looked at.
    """
    handle = _winapi.CreateFile(path, _READ_ATTRIBUTES, _SHARE_ALL, 0, _winapi.OPEN_EXISTING, 0, 0)
    try:
        found = _BasicInformation()
        size = ctypes.sizeof(found)
        if not _kernel.GetFileInformationByHandleEx(handle, _FILE_BASIC_INFO, ctypes.byref(found), size):
            raise ctypes.WinError(ctypes.get_last_error())
        return int(found.changed)
    finally:
        _winapi.CloseHandle(handle)
