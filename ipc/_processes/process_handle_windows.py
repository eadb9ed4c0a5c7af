"""Processes of Windows by their handles: when one began, and when it has ended."""

from __future__ import annotations

import ctypes
import sys

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

_QUERY_LIMITED_INFORMATION, _SYNCHRONIZE = 0x1000, 0x0010_0000
_ERROR_ACCESS_DENIED = 5
_MOST_MILLISECONDS = 0x7FFF_FFFF
_TICKS_PER_SECOND = 10_000_000
_EPOCH_TICKS = 116_444_736_000_000_000
"""1970-01-01 in ticks since 1601-01-01, from which the system counts."""

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel.OpenProcess.restype = wintypes.HANDLE
_kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel.GetProcessTimes.argtypes = (wintypes.HANDLE, *[ctypes.POINTER(ctypes.c_uint64)] * 4)
_kernel.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
_kernel.QueryFullProcessImageNameW.argtypes = (
    *(wintypes.HANDLE, wintypes.DWORD, wintypes.LPWSTR),
    ctypes.POINTER(wintypes.DWORD),
)


class ProcessHandle:
    """A process that keeps its number until this is closed, even if it ends. Use it in a ``with`` block.

    Args:
        pid: Its number now.

    Raises:
        ProcessLookupError: There is none.
        PermissionError: It is a process that this one may not look at.
    """

    def __init__(self, pid: int) -> None:
        handle = _kernel.OpenProcess(_QUERY_LIMITED_INFORMATION | _SYNCHRONIZE, False, pid)
        if not handle and ctypes.get_last_error() == _ERROR_ACCESS_DENIED:
            raise PermissionError(pid)
        if not handle:
            raise ProcessLookupError(pid)
        self._handle = handle

    def __enter__(self) -> ProcessHandle:
        return self

    def __exit__(self, *_: object) -> None:
        _kernel.CloseHandle(self._handle)

    @property
    def started(self) -> float:
        """When it was started, in seconds since the epoch."""
        return (self._times()[0] - _EPOCH_TICKS) / _TICKS_PER_SECOND

    @property
    def processor_time(self) -> int:
        """How long it has worked, in ticks of 100 ns."""
        return sum(self._times()[2:])

    @property
    def name(self) -> str:
        """The name of its executable; empty if unknown."""
        size = wintypes.DWORD(32768)
        buffer = ctypes.create_unicode_buffer(size.value)
        if not _kernel.QueryFullProcessImageNameW(self._handle, 0, buffer, ctypes.byref(size)):
            return ""
        return buffer.value.rpartition("\\")[2]

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended; return False if it lives after ``seconds``."""
        milliseconds = min(max(0, int(seconds * 1000 + 0.999)), _MOST_MILLISECONDS)
        return bool(_kernel.WaitForSingleObject(self._handle, milliseconds) == 0)

    def _times(self) -> list[int]:
        times = [ctypes.c_uint64() for _ in range(4)]  # creation, exit, kernel, user
        _kernel.GetProcessTimes(self._handle, *map(ctypes.byref, times))
        return [each.value for each in times]
