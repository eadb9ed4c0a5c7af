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
    """Return the content of a file of ours, at most ``limit`` bytes of it.

    Raises:
        NotPrivateError: if it is a link.
        OSError: if it cannot be read.
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
    """Hold the lock of a file of ours and yield its content.

    The lock is a file beside it, since an open file cannot be replaced here.

    Raises:
        NotPrivateError, OSError: as ``read_private``.
    """
    beside = f"{path}.lock"
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        yield read_private(path, limit)
    finally:
        os.close(descriptor)
        # Fails while somebody else has it open, who will remove it.
        with contextlib.suppress(OSError):
            os.unlink(beside)


def create_private(path: str, *, append: bool = True) -> int:
    """Create a file and return the descriptor.

    Raises:
        FileExistsError: if there is something at ``path`` already.
    """
    access = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
    return os.open(path, access | os.O_APPEND if append else access, 0o600)


def make_private(descriptor: int) -> None:
    """Take an open file away from others: nothing to do, access follows from the folder."""


def protect_folder(path: str) -> None:
    """See to it that nobody else can replace a file in a folder: access follows from the one that it is in."""
