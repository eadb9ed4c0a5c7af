"""Programs on Windows: files with an extension of programs.

`shutil.which` differs here from one version of Python to the next: up to 3.11, any file will do for a path, such as the
shell script `paint` beside `paint.cmd`, and the current directory comes before the folder that it is given.
"""

from __future__ import annotations

import os

_EXTENSIONS = ".COM;.EXE;.BAT;.CMD"


def path_folders(path: str) -> list[str]:
    """Return the folders of a ``PATH``, which may be in quotation marks."""
    return [folder for entry in path.split(os.pathsep) if (folder := entry.strip('"'))]


def program_file(path: str) -> str | None:
    """Return the file that runs for a path, to which an extension may be appended; None if there is none.

    Args:
        path: The path, with a folder.
    """
    extensions = [each for each in os.environ.get("PATHEXT", _EXTENSIONS).split(os.pathsep) if each]
    has_one = os.path.splitext(path)[1].lower() in map(str.lower, extensions)
    files = [path] if has_one else [path + each for each in extensions]
    return next(filter(os.path.isfile, files), None)
