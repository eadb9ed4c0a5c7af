"""How requests ended: one file for each, until a command has read it. It outlives the daemon and needs no reader.

A file holds the encoded result. The daemon writes it to the session directory before it waits for any reader.
"""

from __future__ import annotations

import os
import re

from adaptor_runtime_client._messages import HEADER, ProtocolError, Result, decode, encode

from .._files.private_file import NotPrivateError, create_private, read_private

_LIMIT = 256 * 1024
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def keep(directory: str, stream_id: str, result: Result) -> None:
    """Write how a request ended. If the disk rejects it, only the daemon knows it."""
    path = _path(directory, stream_id)
    if path is None:
        return
    try:
        with open(create_private(path), "wb", buffering=0) as file:
            file.write(encode(result))
    except OSError:
        pass


def read(directory: str, stream_id: str) -> Result | None:
    """Return how a request ended; None if unknown."""
    path = _path(directory, stream_id)
    if path is None:
        return None
    try:
        content = read_private(path, _LIMIT)
        result = decode(content[HEADER.size :])
    except (OSError, NotPrivateError, ProtocolError):
        return None
    return result if isinstance(result, Result) else None


def forget(directory: str, stream_id: str) -> None:
    """Remove the file: it has been read."""
    path = _path(directory, stream_id)
    if path is not None:
        try:
            os.unlink(path)
        except OSError:
            pass


def _path(directory: str, stream_id: str) -> str | None:
    return os.path.join(directory, f"{stream_id}.outcome") if _NAME.fullmatch(stream_id) else None
