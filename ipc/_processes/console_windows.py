"""The console of Windows, through which the only event comes that asks a process of another group to end.

Not ``os.kill``: before Python 3.13, it ends the process at once if the event cannot be sent.
"""

from __future__ import annotations

import ctypes
import sys
import threading

assert sys.platform == "win32"

_CTRL_BREAK_EVENT = 1

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_attaching = threading.Lock()  # a process has one console


def has_console() -> bool:
    """Return whether this process has a console, which its children share, visible or not."""
    return bool(_kernel.GetConsoleCP())


def send_break(group: int) -> bool:
    """Send CTRL_BREAK to a process group; return whether it was sent.

    Args:
        group: The process id of its leader, which shares our console or, if we have none, has one of its own.
    """
    with _attaching:
        if has_console():
            return _generate(group)
        if not _kernel.AttachConsole(group):
            return False
        try:
            return _generate(group)
        finally:
            _kernel.FreeConsole()


def _generate(group: int) -> bool:
    return bool(_kernel.GenerateConsoleCtrlEvent(_CTRL_BREAK_EVENT, group))
