"""End the process groups of applications: the one place in the runtime that kills.

An application is started with ``popen_options()``, which makes it the leader of a session and a process group of its
own. Every function here takes the process id of that leader and acts on whatever belongs to it, also when the leader
itself has gone. Killing only the direct child leaves a renderer behind that some wrapper script had started.
"""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

if sys.platform == "win32":  # the twins share their function names; this is where one of them is chosen
    from ._process_tree_windows import (
        group_alive,
        kill_group,
        popen_options,
        start_detached,
        terminate_group,
        wait_group,
    )
else:
    from ._process_tree_posix import (
        group_alive,
        kill_group,
        popen_options,
        start_detached,
        terminate_group,
        wait_group,
    )

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "describe_exit",
    "end_group",
    "end_groups",
    "group_alive",
    "kill_group",
    "popen_options",
    "start_detached",
    "terminate_group",
    "wait_group",
]

#: Seconds that killed processes have to disappear. One that hangs in the kernel (a dead file server) survives.
KILL_SECONDS = 10.0

_SHELL_SIGNAL_BASE = 128  # a POSIX shell reports a program ended by signal n as exit code 128 + n
_WINDOWS_STATUS_BASE = 0x8000_0000  # NTSTATUS codes are known by their hexadecimal form


def end_group(pid: int, grace_seconds: float) -> bool:
    """End the group led by ``pid``: ask, wait for ``grace_seconds``, then kill. Zero seconds kill at once.

    Returns:
        Whether nothing of the group is left. False only when the kernel did not let go of a process in time.
    """
    return end_groups([pid], grace_seconds)


def end_groups(pids: Sequence[int], grace_seconds: float) -> bool:
    """End several groups side by side; they share one grace period of ``grace_seconds``."""
    if grace_seconds > 0:
        for pid in pids:
            terminate_group(pid)
        _wait_groups(pids, grace_seconds)
    deadline = time.monotonic() + KILL_SECONDS
    left = [pid for pid in pids if group_alive(pid)]
    while left and time.monotonic() < deadline:
        # Again and again: a process may have forked between the look at the group and the signal.
        for pid in left:
            kill_group(pid)
        _wait_groups(left, 1.0)
        left = [pid for pid in left if group_alive(pid)]
    return not left


def describe_exit(returncode: int) -> str:
    """Say how a process ended, as the end of a sentence: "exited with 3", "was ended by SIGKILL (signal 9)".

    Args:
        returncode: As ``subprocess.Popen.returncode`` has it: negative for a signal.
    """
    if returncode < 0:
        return f"was ended by {_signal_name(-returncode)} (signal {-returncode})"
    if returncode >= _WINDOWS_STATUS_BASE:
        return f"exited with {returncode} (0x{returncode:08X})"
    if returncode > _SHELL_SIGNAL_BASE and _is_signal(returncode - _SHELL_SIGNAL_BASE):
        return f"exited with {returncode} (in a shell: {_signal_name(returncode - _SHELL_SIGNAL_BASE)})"
    return f"exited with {returncode}"


def _wait_groups(pids: Sequence[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for pid in pids:
        wait_group(pid, max(0.0, deadline - time.monotonic()))


def _is_signal(number: int) -> bool:
    return any(number == known for known in signal.Signals)


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if _is_signal(number) else "a signal"
