"""The directory of a scheduler's session, whose removal ends a daemon."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from .private_file import KEEPS_DIRECTORY


class WorkingDirectory:
    """A directory that somebody else may remove.

    Where the system does not let it go while a process works in it, it counts as removed when nothing is left in it
    that was there at the beginning, nor anything else.

    Args:
        path: The directory.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._had_content = bool(_names(path))

    def is_gone(self) -> bool:
        """Return whether it was removed."""
        return is_missing(self.path) or self._is_emptied()

    def remove_rest(self) -> None:
        """Remove the directory if all but itself was removed, at the end of this process."""
        if self._is_emptied():
            with suppress(OSError):  # somebody else may work in it
                os.chdir(os.path.dirname(self.path))
                os.rmdir(self.path)

    def _is_emptied(self) -> bool:
        return KEEPS_DIRECTORY and self._had_content and _names(self.path) == []


def is_missing(path: str) -> bool:
    """Return whether a directory does not exist: an expired ticket or an unreachable server is a different error."""
    try:
        return not stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _names(path: str) -> list[str] | None:
    try:
        return os.listdir(path)
    except OSError:
        return None
