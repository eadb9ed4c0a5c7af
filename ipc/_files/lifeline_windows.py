"""Files that nobody else can open while their holder has them open; the system closes them when it ends.

Nobody sees such a file before it is held. Earlier releases held a lock of the C runtime in it.
"""

from __future__ import annotations

import msvcrt
import os
import sys
import time

assert sys.platform == "win32"

from .private_file_windows import create_alone  # noqa: E402  a type checker for another platform stops above

_LOOK_SECONDS = 0.05  # the system has no event for the release of such a lock

_held: dict[str, int] = {}


def hold(path: str) -> None:
    """Create the file at ``path`` and hold it until this process ends.

    Raises:
        OSError: The file exists, or cannot be created.
    """
    _held[path] = create_alone(path)


def let_go(directory: str) -> None:
    """Let go of the locks in a folder, which cannot be removed while a file in it is open."""
    for path in [path for path in _held if os.path.dirname(path) == directory]:
        os.close(_held.pop(path))


def is_held(path: str) -> bool | None:
    """Return whether a living process holds the lock at ``path``; None if the file does not exist."""
    if path in _held:
        return True
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_BINARY | os.O_NOINHERIT)
    except PermissionError:
        return True
    except OSError:
        return None
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def wait_released(path: str, seconds: float) -> bool:
    """Wait until no process holds the lock at ``path``; return False if one still does after ``seconds``."""
    due = time.monotonic() + seconds
    while is_held(path):
        if time.monotonic() >= due:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
