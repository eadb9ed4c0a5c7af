"""A name that published adaptors import; it is no place for anything else."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWNER_ONLY = 0o600


@contextmanager
def secure_open(
    path: str | bytes | os.PathLike[Any],
    open_mode: str,
    encoding: str | None = None,
    newline: str | None = None,
    mask: int = 0,
) -> Iterator[IO[Any]]:
    """Open a file for a ``with`` block. Only its owner can access a file that is written to, even an existing one.

    Args:
        path: The file.
        open_mode: As for ``open``.
        encoding: As for ``open``.
        newline: As for ``open``.
        mask: Permission bits that others get nevertheless. On Windows, with any the file is as open as its folder.

    Raises:
        ValueError: The mode is invalid.
        OSError: The file cannot be opened.
        NotPrivateError: On Windows, a file to write to is a link, or belongs to another user.
    """
    permissions = _OWNER_ONLY | mask

    def opener(name: str, flags: int) -> int:
        descriptor = os.open(name, flags, permissions)
        if flags & (os.O_WRONLY | os.O_RDWR):
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, permissions)
            elif not mask:
                _deny_others(os.fsdecode(name))
        return descriptor

    with open(path, open_mode, encoding=encoding, newline=newline, opener=opener) as file:
        yield file


def _deny_others(path: str) -> None:
    """Deny other users access to a file where there are no modes: through a second descriptor that may do that."""
    from .ipc._files.private_file import append_to, make_private

    descriptor = append_to(path)
    try:
        make_private(descriptor)
    finally:
        os.close(descriptor)
