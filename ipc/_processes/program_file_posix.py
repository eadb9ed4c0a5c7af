"""Programs on POSIX: files that may be executed."""

from __future__ import annotations

import shutil


def program_file(path: str) -> str | None:
    """Return the file that runs for a path: the same path; None if it cannot be executed.

    Args:
        path: The path, with a folder.
    """
    return shutil.which(path)
