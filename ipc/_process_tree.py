"""End the process groups of applications, and a daemon that does not end by itself: the one place that kills.

An application is started with ``popen_options()``, which makes it the leader of a session and a process group of its
own. Every function here takes the process id of that leader and acts on whatever belongs to it, also when the leader
itself has gone. Killing only the direct child leaves a renderer behind that some wrapper script had started.
``end_group`` and ``end_groups`` also reach descendants that have a session of their own.
"""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

if sys.platform == "win32":  # the twins share their function names; this is where one of them is chosen
    from ._process_tree_windows import (
        group_alive,
        in_own_session,
        kill_group,
        own_children,
        popen_options,
        sessions_below,
        start_detached,
        terminate_group,
        wait_group,
    )
else:
    from ._process_tree_posix import (
        group_alive,
        in_own_session,
        kill_group,
        own_children,
        popen_options,
        sessions_below,
        start_detached,
        terminate_group,
        wait_group,
    )

from ._process_identity import start_time, wait_gone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psutil

__all__ = [
    "UNKNOWN_EXIT",
    "continue_process",
    "describe_exit",
    "end_children",
    "end_group",
    "end_groups",
    "group_alive",
    "kill_group",
    "kill_tree",
    "popen_options",
    "start_detached",
    "terminate_group",
    "terminate_process",
    "wait_group",
    "wait_guardian",
]

#: Seconds that killed processes have to disappear. One that hangs in the kernel (a dead file server) survives.
KILL_SECONDS = 10.0

#: The program that outlives a runtime; its arguments are the process id of the runtime and a grace period.
GUARDIAN_PROGRAM = "_guardian_process.py"

UNKNOWN_EXIT = -255
"""The return code of a process that has ended, of which nobody can say how. It is that of a failure."""

_SERVERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")

_SHELL_SIGNAL_BASE = 128  # a POSIX shell reports a program ended by signal n as exit code 128 + n
_WINDOWS_STATUS_BASE = 0x8000_0000  # NTSTATUS codes are known by their hexadecimal form


def end_group(pid: int, grace_seconds: float) -> bool:
    """End the group led by ``pid``: ask, wait for ``grace_seconds``, then kill. Zero seconds kill at once.

    Returns:
        Whether nothing of the group is left. False only when the kernel did not let go of a process in time.
    """
    return end_groups([pid], grace_seconds)


def end_groups(pids: Sequence[int], grace_seconds: float) -> bool:
    """End several groups side by side; they share one grace period of ``grace_seconds``.

    So do the sessions that their members' descendants have opened: all that the application has started goes with it.
    """
    pids = [*pids, *(session for pid in pids for session in sessions_below(pid))]
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


def terminate_process(pid: int, started: float) -> None:
    """Ask the process ``pid`` that began at ``started`` to end; a stranger that has the number by now hears nothing."""
    process = _identified(pid, started)
    if process is not None:
        _signal(process, "terminate")


def continue_process(pid: int, started: float) -> None:
    """Have the process ``pid`` that began at ``started`` go on, if somebody has halted it (SIGSTOP)."""
    process = _identified(pid, started)
    if process is not None:
        _signal(process, "resume")


def kill_tree(pid: int, started: float, grace_seconds: float) -> bool:
    """Kill the process ``pid`` that began at ``started``, and then what it had started.

    Args:
        pid: A daemon, or the command that is about to start one.
        started: What ``start_time`` said of it.
        grace_seconds: How long what it had started may take to end by itself: a guardian asks applications first.

    Returns:
        Whether nothing of it is left. False only when the kernel did not let go of a process in time.
    """
    root = _identified(pid, started)
    if root is None:
        return True
    _signal(root, "suspend")  # it shall start nothing while its children are counted
    tree = {root: started, **_descendants(root)}
    _signal(root, "kill")
    left = _wait_processes(tree, grace_seconds)
    for process in left:
        _signal(process, "kill")
    return not _wait_processes(left, KILL_SECONDS)


def end_children(grace_seconds: float) -> list[str]:
    """End the children of this process, and theirs, that are of its session: ask, wait, kill.

    The servers that ``multiprocessing`` starts for its workers end with this process, and clean up then.

    Args:
        grace_seconds: How long they may take to end by themselves.

    Returns:
        Their command lines.
    """
    if not any(in_own_session(pid) for pid in own_children()):
        return []
    import psutil

    tree = {each: started for each, started in _descendants(psutil.Process()).items() if in_own_session(each.pid)}
    tree = {each: started for each, started in tree.items() if not _is_server(each)}
    names = [_command_line(process) for process in tree]
    for action, seconds in (("terminate", grace_seconds), ("kill", KILL_SECONDS)):
        for process in tree:
            _signal(process, action)
        tree = _wait_processes(tree, seconds)
    return names


def _is_server(process: psutil.Process) -> bool:
    """Tell whether a child serves workers; those of a fork server have its command line and are not children."""
    return process.pid in own_children() and any(name in _command_line(process) for name in _SERVERS)


def _command_line(process: psutil.Process) -> str:
    import psutil

    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended since
        return ""


def wait_guardian(runtime_pid: int, seconds: float) -> bool:
    """Wait until the guardian of a runtime process that has gone has ended what that left behind.

    Args:
        runtime_pid: The process id that the runtime had.
        seconds: How long to wait at most.

    Returns:
        Whether there is no such guardian, or not any more.
    """
    import psutil

    deadline = time.monotonic() + seconds
    for process in psutil.process_iter(["cmdline"]):
        words: list[str] = process.info["cmdline"] or []
        if str(runtime_pid) in words and any(word.endswith(GUARDIAN_PROGRAM) for word in words):
            started = start_time(process.pid)
            return started is None or wait_gone(process.pid, started, max(0.0, deadline - time.monotonic()))
    return True


def _identified(pid: int, started: float) -> psutil.Process | None:
    """Return the process, which psutil tells from whoever gets its number later; None if it is gone."""
    import psutil

    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return None
    return process if start_time(pid) == started else None


def _signal(process: psutil.Process, action: str) -> None:
    import psutil

    try:
        getattr(process, action)()
    except psutil.Error:  # it has ended since, or is not ours to end
        pass


def _descendants(root: psutil.Process) -> dict[psutil.Process, float]:
    import psutil

    try:
        found = {process: start_time(process.pid) for process in root.children(recursive=True)}
    except psutil.Error:
        return {}
    return {process: started for process, started in found.items() if started is not None}


def _wait_processes(processes: dict[psutil.Process, float], seconds: float) -> dict[psutil.Process, float]:
    """Wait until they have ended, for ``seconds`` in all; return those that have not."""
    deadline = time.monotonic() + seconds
    return {
        process: started
        for process, started in processes.items()
        if not wait_gone(process.pid, started, max(0.0, deadline - time.monotonic()))
    }


def describe_exit(returncode: int) -> str:
    """Say how a process ended, as the end of a sentence: "exited with 3", "was ended by SIGKILL (signal 9)".

    Args:
        returncode: As ``subprocess.Popen.returncode`` has it: negative for a signal.
    """
    if returncode == UNKNOWN_EXIT:
        return (
            "has ended with an exit code that was lost: something else in this process has waited for its children "
            "(os.wait(), os.waitpid(-1), or SIGCHLD is ignored)"
        )
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
