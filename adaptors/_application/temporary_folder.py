"""A folder for the temporary files of an application, which goes away with the session."""

from __future__ import annotations

import os
import weakref

from ...ipc._files import session_directory
from ...ipc._processes import guardian


class TemporaryFolder:
    """A private folder. The guardian removes it if this process is killed.

    Attributes:
        path: Its path.

    Raises:
        OSError: No temporary directory is writable.
    """

    def __init__(self) -> None:
        directory = session_directory.create()
        self.path = directory.path
        guardian.keep(self.path)
        self._finalize = weakref.finalize(self, _remove, directory, os.getpid())

    def remove(self) -> None:
        """Remove it with its content."""
        self._finalize()
        guardian.leave(self.path)  # not where it is forgotten, which may happen while this thread holds a lock


def _remove(directory: session_directory.SessionDirectory, pid: int) -> None:
    if os.getpid() == pid:  # a fork must not remove what this process uses
        session_directory.remove(directory)
