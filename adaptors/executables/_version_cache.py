"""The versions of programs, kept from one session to the next: a program may take seconds to tell its own."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any

from ...ipc._files.private_file import NotPrivateError, create_private, protect_folder, read_private
from ._cache_directory import cache_directory

KEPT_SECONDS = 86_400.0
"""How long a version is kept. Of a wrapper script, the file stays the same while the program behind it changes."""

_MOST = 500
_MOST_BYTES = 1 << 20
_NAME = "versions.json"

_memory: dict[str, str] = {}
"""The versions that this process knows."""


def recall(program: str) -> str | None:
    """Return the version of a program; None if unknown.

    Args:
        program: What identifies the program's file and the question.
    """
    if program not in _memory:
        path = _path()
        version, _ = _read(path).get(program, (None, 0.0)) if path is not None else (None, 0.0)
        if version is None:
            return None
        _memory[program] = version
    return _memory[program]


def remember(program: str, version: str) -> None:
    """Keep the version of a program: in this process and, if possible, in the user's cache directory.

    Args:
        program: What identifies the program's file and the question.
        version: What the program answered.
    """
    _memory[program] = version
    path = _path()
    if path is None:
        return
    with contextlib.suppress(OSError, NotPrivateError):  # without the file, a later session asks again
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        protect_folder(os.path.dirname(path))
        latest = sorted(_read(path).items(), key=lambda entry: entry[1][1])[1 - _MOST :]
        _write(path, {**dict(latest), program: (version, time.time())})


def forget() -> None:
    """Forget what this process knows; the file stays."""
    _memory.clear()


def _path() -> str | None:
    folder = cache_directory()
    return None if folder is None else os.path.join(folder, _NAME)


def _read(path: str) -> dict[str, tuple[str, float]]:
    """Return the versions in the file that are not too old, with the time at which each was found out."""
    try:
        content: Any = json.loads(read_private(path, _MOST_BYTES))
    except (OSError, NotPrivateError, ValueError, RecursionError):  # missing, of another user, or damaged
        return {}
    now = time.time()
    entries = content.items() if isinstance(content, dict) else ()
    return {program: (entry[0], entry[1]) for program, entry in entries if _is_usable(entry, now)}


def _is_usable(entry: Any, now: float) -> bool:
    if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)):
        return False
    return isinstance(entry[1], (int, float)) and 0 <= now - entry[1] < KEPT_SECONDS


def _write(path: str, entries: dict[str, tuple[str, float]]) -> None:
    """Replace the file in one step: another session may be reading it."""
    beside = f"{path}.{os.urandom(8).hex()}"
    descriptor = create_private(beside, append=False)
    try:
        with open(descriptor, "wb") as file:
            file.write(json.dumps(entries, indent=1).encode())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
