"""What a terminal tells of itself, on Windows, where it is a console.

Not ``os.isatty``, for which the null device is one, and not ``os.get_terminal_size``, which takes only the numbers of
the standard streams.
"""

from __future__ import annotations

import ctypes
import sys

assert sys.platform == "win32"

import msvcrt  # noqa: E402  a type checker for another platform stops above
from ctypes import wintypes  # noqa: E402

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.GetConsoleMode.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))
_kernel.GetConsoleScreenBufferInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p)


class _ScreenBuffer(ctypes.Structure):
    _fields_ = (
        ("size", wintypes._COORD),  # noqa: SLF001  it has no public name
        ("cursor", wintypes._COORD),  # noqa: SLF001
        ("attributes", wintypes.WORD),
        ("window", wintypes.SMALL_RECT),
        ("largest_window", wintypes._COORD),  # noqa: SLF001
    )


def is_terminal(descriptor: int) -> bool:
    """Return whether a descriptor leads to a terminal."""
    try:
        handle = msvcrt.get_osfhandle(descriptor)
    except OSError:
        return False
    return bool(_kernel.GetConsoleMode(handle, wintypes.DWORD()))


def terminal_size(descriptor: int) -> tuple[int, int]:
    """Return how many columns and lines a terminal has; 0 for what it does not tell."""
    buffer = _ScreenBuffer()
    try:
        handle = msvcrt.get_osfhandle(descriptor)
    except OSError:
        return 0, 0
    if not _kernel.GetConsoleScreenBufferInfo(handle, ctypes.byref(buffer)):
        return 0, 0
    window = buffer.window
    return window.Right - window.Left + 1, window.Bottom - window.Top + 1
