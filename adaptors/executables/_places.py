"""The places where a program may be: the PATH, and patterns of paths."""

from __future__ import annotations

import os
import re
from glob import glob
from typing import TYPE_CHECKING

from ...ipc._processes.program_file import path_folders, program_file, program_on_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def on_path(names: Sequence[str]) -> Iterator[str]:
    """Yield each file on the PATH with one of these names, in the order in which a shell looks for them.

    On Windows, the extensions in ``PATHEXT`` are tried. A file that cannot be executed is yielded, too, unless it is a
    folder: it may be the one that was meant.

    Args:
        names: The names of a program.
    """
    seen: set[tuple[str, str]] = set()
    folders = path_folders(os.environ.get("PATH", os.defpath))
    for name in names:
        for folder in folders:
            path = os.path.abspath(os.path.join(folder, name))
            found = program_file(path) or path
            if not os.path.lexists(found) or os.path.isdir(found):
                continue
            file = (os.path.realpath(found), os.path.basename(found))  # /bin is often a link to /usr/bin
            if file not in seen:
                seen.add(file)
                yield found


def matching(pattern: str) -> list[str]:
    """Return the files that match a pattern: of two that differ in a number, the one with the higher number first.

    Args:
        pattern: A path with ``*``, ``?`` and ``[...]``, environment variables, and ``~``.
    """
    found = glob(os.path.expanduser(os.path.expandvars(pattern)))
    return [os.path.abspath(path) for path in sorted(found, key=_by_numbers, reverse=True)]


def named(text: str) -> str | None:
    """Return the path of a program that a person has named: by its path, or by a name on the PATH.

    None if there is no program of that name on the PATH.

    Args:
        text: The path, which may begin with ``~``, or the name.
    """
    path = os.path.expanduser(text)
    if not os.path.dirname(path):
        return program_on_path(path, os.environ.get("PATH", os.defpath))
    found = os.path.abspath(path)
    return program_file(found) or found


def defect(path: str) -> str:
    """Return why a file cannot be executed; empty if it can."""
    if program_file(path) == path:
        return ""
    if not os.path.exists(path):
        return "is a broken link" if os.path.islink(path) else "does not exist"
    return "is a folder" if os.path.isdir(path) else "is not executable"


def _by_numbers(path: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``blender-4.10`` after ``blender-4.2``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split("([0-9]+)", path)]
