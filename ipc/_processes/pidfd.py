"""Hold on to a process through a descriptor: no pid that another process may get later, and no polling.

On Linux it is a pidfd, on macOS a kqueue that waits for the end of the process. Standard library only: the guardian
also loads this file.
"""

from __future__ import annotations

import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PIDFD_OPEN = 434
"""The number of the system call, which is the same on every architecture."""

OUTLIVES_FORK = sys.platform == "linux"
"""Whether a child of this process has the descriptor too: it has no kqueue."""

_system_call: Any = None


def open_process(pid: int) -> int | None:
    """Open a descriptor that becomes readable when the process ``pid`` has ended. The caller closes it.

    Returns:
        None if unavailable: another system, a kernel before 5.3, a sandbox that forbids it, no descriptor left.

    Raises:
        ProcessLookupError: No such process exists.
    """
    opener: Any
    if sys.platform == "linux":
        opener = getattr(os, "pidfd_open", None) or _open_by_number  # a Python may be built without it, as uv's are
    elif sys.platform == "darwin":
        opener = open_queue
    else:
        return None
    try:
        descriptor: int = opener(pid)
    except ProcessLookupError:
        raise
    except (OSError, AttributeError, ImportError):
        return None
    return descriptor


def _open_by_number(pid: int) -> int:
    import ctypes

    global _system_call
    if _system_call is None:
        _system_call = ctypes.CDLL(None, use_errno=True).syscall
    descriptor: int = _system_call(_PIDFD_OPEN, pid, 0)
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    os.set_inheritable(descriptor, False)
    return descriptor


def open_queue(pid: int) -> int:
    """Open a kqueue, and return its descriptor, which becomes readable when the process ``pid`` has ended.

    Raises:
        ProcessLookupError: No such process exists, or it is a zombie.
        OSError: The system has refused it.
    """
    event = getattr(select, "kevent")(  # mypy sees only the names of this platform
        pid,
        filter=getattr(select, "KQ_FILTER_PROC"),
        flags=getattr(select, "KQ_EV_ADD"),
        fflags=getattr(select, "KQ_NOTE_EXIT"),
    )
    queue = getattr(select, "kqueue")()
    try:
        queue.control([event], 0, 0)
        return os.dup(queue.fileno())  # closed by its number, while the object would close that number once more
    finally:
        queue.close()
