"""State that a process inherits from its parent, which every command corrects before it does anything else."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    from .inherited_state_windows import CleanSignals, default_signals
else:
    from .inherited_state_posix import CleanSignals, default_signals

__all__ = ["CleanSignals", "default_signals", "open_standard_streams"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def open_standard_streams() -> None:
    """Open closed descriptors among 0 to 2 (``>&-``) on the null device, with Python files for them.

    Otherwise, on POSIX, the next file or socket would get that number, and with it the output of the command.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null == descriptor:  # on POSIX, which gives the lowest number that is free
                os.set_inheritable(null, True)
            else:  # on Windows, where the number of a closed stream is not free
                os.dup2(null, descriptor)
                os.close(null)
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, _file(descriptor))


def _file(descriptor: int) -> Any:
    mode = "w" if descriptor else "r"
    return open(descriptor, mode, encoding="utf-8", errors="backslashreplace", closefd=False)
