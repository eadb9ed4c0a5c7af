"""A file descriptor of the runtime, in a process that also runs an author's code.

That code may close descriptors it never opened (``os.closerange``), and a file that it opens next gets the number of
one of ours: what we wrote there would be in the author's file.
"""

from __future__ import annotations

import errno
import os


class OwnDescriptor:
    """A descriptor that is used only while it still is the file it was.

    Args:
        number: The descriptor; it belongs to this object from now on.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._file = _file(number)

    def is_ours(self) -> bool:
        """Return whether the number still is our file."""
        try:
            return _file(self.number) == self._file
        except OSError:
            return False

    def checked(self) -> int:
        """Return the number.

        Raises:
            OSError: Other code has closed it.
        """
        if not self.is_ours():
            raise OSError(errno.EBADF, "other code has closed the descriptor")
        return self.number

    def close(self) -> None:
        """Close it, if it is still ours."""
        if self.is_ours():
            os.close(self.number)


def _file(number: int) -> tuple[int, int]:
    status = os.fstat(number)
    return status.st_dev, status.st_ino
