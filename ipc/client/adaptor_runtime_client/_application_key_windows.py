"""The key is in a private directory, whose name starts the name of the pipe, in the user's temporary directory.

The application must have the same temporary directory (TEMP) as its adaptor.
"""

from __future__ import annotations

import os
import sys
import tempfile

assert sys.platform == "win32"

_FILE = "application.key"


def make_key(path: str, directory: str) -> str:
    """Write the key for the listener at ``path`` where ``find_key`` looks for it, and return it.

    Args:
        path: The address of the listener.
        directory: The private directory that the address was made from.

    Raises:
        OSError: It cannot be written.
    """
    del path
    key = os.urandom(32).hex()
    with open(os.path.join(directory, _FILE), "x", encoding="ascii") as file:
        file.write(key)
    return key


def find_key(path: str) -> str:
    r"""Return the key for the listener at ``path``, which is ``\\.\pipe\<directory>-application``.

    Raises:
        OSError: It cannot be read.
    """
    directory = path.rpartition("\\")[2].rpartition("-")[0]
    with open(os.path.join(tempfile.gettempdir(), directory, _FILE), encoding="ascii") as file:
        return file.read()
