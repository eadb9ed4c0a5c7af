"""The file that runs for a path, or for a name on the PATH.

`shutil.which` has the current directory come before the PATH on Windows.
"""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    from .program_file_windows import path_folders, program_file
else:
    from .program_file_posix import path_folders, program_file

__all__ = ["path_folders", "program_file", "program_on_path"]


def program_on_path(name: str, path: str) -> str | None:
    """Return the file that runs for a name; None if there is none.

    Args:
        name: The name, on Windows perhaps without its extension.
        path: The value of ``PATH``.
    """
    files = (program_file(os.path.join(folder, name)) for folder in path_folders(path))
    return next(filter(None, files), None)
