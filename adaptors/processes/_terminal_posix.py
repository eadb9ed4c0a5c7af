"""A pseudo terminal, to which C programs write line by line."""

from __future__ import annotations

import fcntl
import os
import struct
import sys

assert sys.platform != "win32"

import termios  # noqa: E402  # a type checker for another platform stops above

_ROWS, _COLUMNS = 50, 1000
"""So wide that programs do not wrap lines."""


def open_terminal() -> tuple[int, int]:
    r"""Return the end to read from, and the end for the application. What it writes arrives unchanged, also ``\n``.

    Raises:
        OSError: The system has no terminal left.
    """
    read_end, write_end = os.openpty()
    try:
        attributes = termios.tcgetattr(write_end)
        attributes[1] &= ~termios.OPOST
        attributes[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(write_end, termios.TCSANOW, attributes)
        fcntl.ioctl(write_end, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    except BaseException:
        os.close(read_end)
        os.close(write_end)
        raise
    return read_end, write_end
