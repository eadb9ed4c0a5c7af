"""Files in directories of the user, whose access list they inherit."""

from __future__ import annotations

import contextlib
import msvcrt
import os
import sys
from typing import TYPE_CHECKING

assert sys.platform == "win32"

if TYPE_CHECKING:
    from collections.abc import Iterator

_BINARY = os.O_BINARY | os.O_NOINHERIT


class NotPrivateError(Exception):
    """The file cannot be trusted."""


def read_private(path: str, limit: int) -> bytes:
    """Return at most ``limit`` bytes of our private file at ``path``.

    Raises:
        NotPrivateError: It is a link.
        OSError: It cannot be read.
    """
    if os.path.islink(path):
        raise NotPrivateError("it is a symbolic link")
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: str, limit: int) -> Iterator[bytes]:
    """Hold the lock of our private file at ``path`` and yield its content.

    The lock is a separate file next to it, because an open file cannot be replaced on Windows.

    Raises:
        NotPrivateError, OSError: See ``read_private``.
    """
    beside = f"{path}.lock"
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        yield read_private(path, limit)
    finally:
        os.close(descriptor)
        # Fails while another process has it open, which will remove it.
        with contextlib.suppress(OSError):
            os.unlink(beside)


def create_private(path: str, *, append: bool = True) -> int:
    """Create a file and return the descriptor.

    Raises:
        FileExistsError: Something already exists at ``path``.
    """
    access = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
    return os.open(path, access | os.O_APPEND if append else access, 0o600)


def make_private(descriptor: int) -> None:
    """Do nothing: access to the file follows from its folder."""


def protect_folder(path: str) -> None:
    """Do nothing: access to the folder follows from its parent folder."""
