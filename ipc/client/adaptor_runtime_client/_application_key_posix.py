"""No key is needed: the socket lies in a private directory, and the kernel tells each side who the other one is."""

from __future__ import annotations

import sys

assert sys.platform != "win32"


def make_key(path: str, directory: str) -> str:
    """Return the key for the listener at ``path``, after it was written where ``find_key`` looks for it."""
    del path, directory
    return ""


def find_key(path: str) -> str:
    """Return the key for the listener at ``path``."""
    del path
    return ""
