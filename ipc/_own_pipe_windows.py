"""A pipe on Windows, of which the read end is a handle and no descriptor.

The C library locks a descriptor while a thread waits in a read of it: code that closes it would wait for the end of
that read, which may never come.
"""

from __future__ import annotations

import os
import sys

assert sys.platform == "win32"

import _winapi  # noqa: E402  a type checker for another platform stops above
import msvcrt  # noqa: E402


def open_pipe() -> tuple[ReadEnd, int]:
    """Return the read end of a new pipe, and its write end, which is a descriptor.

    Raises:
        OSError: The system has none left.
    """
    read_end, write_end = _winapi.CreatePipe(None, 0)
    try:
        return ReadEnd(read_end), msvcrt.open_osfhandle(write_end, os.O_WRONLY)
    except BaseException:
        _winapi.CloseHandle(read_end)
        _winapi.CloseHandle(write_end)
        raise


class ReadEnd:
    """What one thread reads.

    Args:
        handle: It belongs to this object from now on.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self, size: int) -> bytes:
        """Wait for data and return them, at most ``size`` bytes.

        Returns:
            Nothing at the end, and if other code has closed it.
        """
        try:
            return bytes(_winapi.ReadFile(self._handle, size)[0])
        except OSError:
            return b""

    def close(self) -> None:
        """Close it. No thread may be reading."""
        _winapi.CloseHandle(self._handle)
