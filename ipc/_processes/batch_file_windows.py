"""Batch files of Windows: found by their name, and called with arguments that stay arguments.

The system has the shell ``cmd.exe`` run them, and that reads the whole command line first: ``a&b`` would be two
commands, and ``%NAME%`` the value of a variable.

https://flatt.tech/research/posts/batbadbut-you-cant-securely-execute-commands-on-windows
"""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import TYPE_CHECKING

from .program_file import path_folders, program_on_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EXTENSIONS = (".bat", ".cmd")
_NAME = re.compile(r"%(?=([^%:]+)[%:])")
_BACKSLASHES = re.compile(r"(\\+)(?=\"|$)")

_VARIABLES = ("CD", "CMDCMDLINE", "CMDEXTVERSION", "DATE", "ERRORLEVEL", "HIGHESTNUMANODENUMBER", "RANDOM", "TIME")
"""The variables that the shell has by itself."""


def found_program(name: str, environment: Mapping[str, str]) -> str:
    """Return the path of a program that is named without its folder, and perhaps without its extension.

    The system itself would add ``.exe`` alone, and look for it in the current directory, and in the ``PATH`` of this
    process. As it does, this looks also beside the program of this process, and in the folders of the system.

    Args:
        name: What an author has written.
        environment: The variables of the program, with names in capital letters.

    Returns:
        The path; what was given if it has a folder.

    Raises:
        FileNotFoundError: There is no such program.
    """
    if os.path.dirname(name):
        return name
    system = os.environ.get("SYSTEMROOT", r"C:\Windows")
    others = (os.path.dirname(sys.executable), os.path.join(system, "System32"), system)
    path = os.pathsep.join((environment.get("PATH", ""), *others))
    found = program_on_path(name, path)
    if found is None and os.path.splitext(name)[1]:  # any file can be a program whose extension is given
        found = next(
            (file for folder in path_folders(path) if os.path.isfile(file := os.path.join(folder, name))), None
        )
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return found


def is_batch_file(program: str) -> bool:
    """Return whether a path is that of a batch file, as the system decides it: by its extension.

    It leaves out the dots and blanks at the end of a name.
    """
    return program.rstrip(". ").lower().endswith(_EXTENSIONS)


def line_of(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the command line that calls a batch file.

    Args:
        words: The batch file and its arguments.
        environment: Its variables.

    Raises:
        ValueError: The shell would break an argument at a line break, or put the value of a variable into it.
    """
    names = {*_VARIABLES, *(name.upper() for name in environment)}
    line = " ".join(map(_quoted, words))
    for at, word in enumerate(words):
        if "\n" in word or "\r" in word:
            raise ValueError(f"argument {at} has a line break, at which a batch file would end its command line")
    for found in _NAME.finditer(line):
        if found[1].upper() in names:
            raise ValueError(
                f"a batch file would replace %{found[1]}% in its arguments with the value of that variable"
            )
    return line


def _quoted(word: str) -> str:
    """Return a word in quotation marks, which end neither for the shell nor for a program that gets the word on."""
    doubled = _BACKSLASHES.sub(r"\1\1", word)
    return '"' + doubled.replace('"', '""') + '"'
