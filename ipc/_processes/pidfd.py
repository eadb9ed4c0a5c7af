"""Hold on to a process through a descriptor, on Linux: no pid that another process may get later, and no polling.

Standard library only: the guardian also loads this file.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PIDFD_OPEN = 434
"""The number of the system call, which is the same on every architecture."""

_system_call: Any = None


def open_process(pid: int) -> int | None:
    """Open a descriptor that becomes readable when the process ``pid`` has ended. The caller closes it.

    Returns:
        None if unavailable: another system, a kernel before 5.3, a sandbox that forbids it.

    Raises:
        ProcessLookupError: No such process exists.
    """
    if sys.platform != "linux":
        return None
    opener = getattr(os, "pidfd_open", None) or _open_by_number  # a Python may be built without it, as uv's are
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
