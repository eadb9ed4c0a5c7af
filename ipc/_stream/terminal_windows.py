"""A console that a descriptor leads to, on Windows.

Not ``os.isatty``, which takes ``NUL`` for a terminal, nor ``os.get_terminal_size``, which knows the standard
descriptors only and raises ``ValueError`` for any other one.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"

import msvcrt  # noqa: E402  exists on Windows only

_PROCESSED_OUTPUT, _VIRTUAL_TERMINAL_PROCESSING = 0x1, 0x4


class _ScreenBuffer(ctypes.Structure):
    _fields_ = (
        ("size", wintypes._COORD),  # noqa: SLF001  it has no public name
        ("cursor", wintypes._COORD),  # noqa: SLF001
        ("attributes", wintypes.WORD),
        ("window", wintypes.SMALL_RECT),
        ("largest_window", wintypes._COORD),  # noqa: SLF001
    )


_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.GetConsoleMode.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))
_kernel.SetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.DWORD)
_kernel.GetConsoleScreenBufferInfo.argtypes = (wintypes.HANDLE, ctypes.POINTER(_ScreenBuffer))


def is_capable(descriptor: int) -> bool:
    """Return whether a descriptor is a console that can erase a line; from then on it does, if it can."""
    try:
        handle = msvcrt.get_osfhandle(descriptor)
    except OSError:
        return False
    mode = wintypes.DWORD()
    if not _kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    wanted = mode.value | _PROCESSED_OUTPUT | _VIRTUAL_TERMINAL_PROCESSING
    return bool(_kernel.SetConsoleMode(handle, wanted))


def size(descriptor: int) -> tuple[int, int]:
    """Return how many columns and lines the window of a console has; 0 for what it does not tell."""
    buffer = _ScreenBuffer()
    try:
        handle = msvcrt.get_osfhandle(descriptor)
    except OSError:
        return 0, 0
    if not _kernel.GetConsoleScreenBufferInfo(handle, ctypes.byref(buffer)):
        return 0, 0
    window = buffer.window
    return window.Right - window.Left + 1, window.Bottom - window.Top + 1
