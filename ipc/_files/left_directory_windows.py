"""Nobody guards a process on Windows: what one that was killed has left is removed by whoever comes next.

A file that its process keeps open says that a directory is in use. The system lets go of it when the process ends,
however it ends.
"""

from __future__ import annotations

import glob
import os
import sys

from . import lifeline
from .session_directory import PREFIX, SessionDirectory, remove

assert sys.platform == "win32"

_MARK = "in-use.lock"


def mark(directory: str) -> None:
    """Record that this process uses a directory, until it removes it or ends.

    Raises:
        OSError: It cannot be written to.
    """
    lifeline.hold(os.path.join(directory, _MARK))


def remove_left(folder: str) -> None:
    """Remove the directories whose processes have ended.

    Args:
        folder: Where they are.
    """
    for path in glob.glob(os.path.join(glob.escape(folder), PREFIX + "*", _MARK)):
        if lifeline.is_held(path) is False:
            directory = os.path.dirname(path)
            remove(SessionDirectory(directory, directory))
