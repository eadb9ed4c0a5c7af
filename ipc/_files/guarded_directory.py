"""A private directory that goes away with the object, and with this process, however that ends.

On Windows, nobody is left to remove it when this process is killed: the next process that has one does it.
"""

from __future__ import annotations

import os
import weakref

from .._processes import guardian
from . import left_directory, session_directory


class GuardedDirectory:
    """A new session directory. The guardian removes it if this process is killed; on Windows, the next process does.

    Attributes:
        directory: Where it is.

    Raises:
        OSError: No temporary directory is writable.
    """

    def __init__(self) -> None:
        self.directory = session_directory.create()
        self._finalize = weakref.finalize(self, _remove, self.directory, os.getpid())
        left_directory.mark(self.path)
        left_directory.remove_left(os.path.dirname(self.path))
        guardian.keep(self.directory.path)

    @property
    def path(self) -> str:
        """The path of the directory."""
        return self.directory.path

    def remove(self) -> None:
        """Remove it with its content. Any thread may call it, and repeatedly."""
        self._finalize()
        guardian.leave(self.path)  # not where it is forgotten, which may happen while this thread holds a lock


def _remove(directory: session_directory.SessionDirectory, pid: int) -> None:
    if os.getpid() == pid:  # a fork must not remove what this process uses
        session_directory.remove(directory)
