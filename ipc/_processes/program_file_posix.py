"""Programs on POSIX: files that may be executed."""

from __future__ import annotations

import os
import shutil


def path_folders(path: str) -> list[str]:
    """Return the folders of a ``PATH``."""
    return [folder for folder in path.split(os.pathsep) if folder]


def program_file(path: str) -> str | None:
    """Return the file that runs for a path: the same path; None if it cannot be executed.

    Args:
        path: The path, with a folder.
    """
    return shutil.which(path)
