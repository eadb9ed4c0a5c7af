"""The key is in a private directory, whose name starts the name of the pipe, in the user's temporary directory.

An application may have another temporary directory (TEMP) than its adaptor, so its environment names the file. Adaptors
that pass on the address alone leave TEMP as it is.
"""

from __future__ import annotations

import os
import sys
import tempfile

assert sys.platform == "win32"

_FILE = "application.key"
_VARIABLE = "ADAPTOR_RUNTIME_KEY_FILE"


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


def key_environment(directory: str) -> dict[str, str]:
    """Return the variables by which ``find_key`` in an application finds the key in ``directory``."""
    return {_VARIABLE: os.path.join(directory, _FILE)}


def find_key(path: str) -> str:
    r"""Return the key for the listener at ``path``, which is ``\\.\pipe\<directory>-application``.

    Raises:
        OSError: It cannot be read.
    """
    directory = path.rpartition("\\")[2].rpartition("-")[0]
    named = os.environ.get(_VARIABLE, "")
    if os.path.basename(os.path.dirname(named)) != directory:  # none, or that of another adaptor
        named = os.path.join(tempfile.gettempdir(), directory, _FILE)
    with open(named, encoding="ascii") as file:
        return file.read()
