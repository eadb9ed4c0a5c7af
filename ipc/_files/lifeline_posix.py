"""Record locks: a process does not share them with its forks, and they work on network file systems."""

from __future__ import annotations

import fcntl
import os
import sys

from .private_file import create_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading

assert sys.platform != "win32"

_held: dict[str, int] = {}
"""The locks that this process holds. Opening and closing such a file again would release its lock."""


def hold(path: str) -> None:
    """Create the file at ``path`` and hold its lock until this process ends.

    Raises:
        OSError: The file exists, or cannot be created or locked.
    """
    descriptor = create_private(path)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    _held[path] = descriptor


def let_go(directory: str) -> None:
    """Do nothing: a folder can be removed while a file in it is open."""


def is_held(path: str) -> bool | None:
    """Return whether a living process holds the lock at ``path``; None if the file does not exist."""
    if path in _held:
        return True
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two processes that check do not see each other
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return None  # this file system has no locks
    finally:
        os.close(descriptor)
    return False


def wait_released(path: str, seconds: float) -> bool:
    """Wait until no process holds the lock at ``path``; return False if one still does after ``seconds``."""
    import threading

    released = threading.Event()
    threading.Thread(target=_wait, args=(path, released), name="lifeline", daemon=True).start()
    return released.wait(min(max(0.0, seconds), threading.TIMEOUT_MAX))


def _wait(path: str, released: threading.Event) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        pass  # removed: its holder is about to exit
    else:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH)
        except OSError:
            pass
        finally:
            os.close(descriptor)
    released.set()
