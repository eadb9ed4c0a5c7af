"""A pipe on POSIX: two descriptors."""

from __future__ import annotations

import os

from ._own_descriptor import OwnDescriptor


def open_pipe() -> tuple[ReadEnd, int]:
    """Return the read end of a new pipe, and its write end, which is a descriptor.

    Raises:
        OSError: The system has none left.
    """
    read_end, write_end = os.pipe()
    return ReadEnd(read_end), write_end


class ReadEnd:
    """What one thread reads.

    Args:
        number: The descriptor; it belongs to this object from now on.
    """

    def __init__(self, number: int) -> None:
        self._own = OwnDescriptor(number)

    def read(self, size: int) -> bytes:
        """Wait for data and return them, at most ``size`` bytes.

        Returns:
            Nothing at the end, and if other code has closed it.
        """
        try:
            return os.read(self._own.checked(), size)
        except OSError:
            return b""

    def close(self) -> None:
        """Close it, if it is still ours. No thread may be reading."""
        self._own.close()
