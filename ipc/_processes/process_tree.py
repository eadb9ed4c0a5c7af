"""End the process groups of applications, and a daemon that does not end by itself: the one place that kills.

An application is started with ``popen_options()`` and ``lead_group()``, which make it the leader of its own session and
process group; on Windows, of its own job. Every function here takes the process id of that leader and acts on all that
belongs to it, even after the leader has exited. Killing only the direct child would leave behind a renderer that a
wrapper script started. ``end_group`` and ``end_groups`` also reach descendants with their own session and, by a mark in
their environment, those that made themselves independent. A pid is used only while it cannot belong to another process.
"""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

if sys.platform == "win32":  # the twins share their function names; this is where one of them is chosen
    from .process_tree_windows import (
        ASKING,
        CONTINUING,
        KILL,
        TERMINATE,
        activity,
        children_peak,
        ended_cpu_seconds,
        group_alive,
        holds,
        in_own_session,
        inherited_peak,
        is_dying,
        kill_group,
        kill_one,
        lead_group,
        marked_processes,
        members,
        own_children,
        peak_memory,
        peek_exit,
        popen_command,
        popen_environment,
        popen_options,
        process_name,
        reap,
        session_of,
        sessions_below,
        stop_signal,
        terminate_group,
        terminate_one,
        wait_group,
        wait_guardian,
        wait_none,
    )
else:
    from .process_tree_posix import (
        ASKING,
        CONTINUING,
        KILL,
        TERMINATE,
        activity,
        children_peak,
        ended_cpu_seconds,
        group_alive,
        holds,
        in_own_session,
        inherited_peak,
        is_dying,
        kill_group,
        kill_one,
        lead_group,
        marked_processes,
        members,
        own_children,
        peak_memory,
        peek_exit,
        popen_command,
        popen_environment,
        popen_options,
        process_name,
        reap,
        session_of,
        sessions_below,
        stop_signal,
        terminate_group,
        terminate_one,
        wait_group,
        wait_guardian,
        wait_none,
    )

from .end_request import request_end, request_end_of_child
from .exit_codes import UNKNOWN_EXIT
from .process_identity import start_time, wait_gone

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection, Mapping, Sequence
    from typing import Callable

    import psutil

    Told = Callable[[str], object]

__all__ = [
    "ASKING",
    "CONTINUING",
    "TERMINATE",
    "UNKNOWN_EXIT",
    "activity",
    "children_peak",
    "continue_process",
    "describe_exit",
    "end_children",
    "end_group",
    "end_groups",
    "ended_cpu_seconds",
    "group_alive",
    "has_crashed",
    "holds",
    "inherited_peak",
    "is_dying",
    "kill_group",
    "kill_tree",
    "lead_group",
    "marked_processes",
    "members",
    "peak_memory",
    "peek_exit",
    "popen_command",
    "popen_environment",
    "popen_options",
    "process_name",
    "reap",
    "session_of",
    "sessions_below",
    "stop_signal",
    "terminate_child",
    "terminate_group",
    "terminate_process",
    "wait_group",
    "wait_guardian",
    "wait_none",
]

#: Seconds that killed processes have to disappear. A process that hangs in the kernel (a dead file server) survives.
KILL_SECONDS = 10.0

_SERVERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")

_SIGNALS_OF_POSIX = {1: "SIGHUP", 3: "SIGQUIT", 6: "SIGABRT", 9: "SIGKILL", 13: "SIGPIPE", 14: "SIGALRM"}
"""The numbers that all POSIX systems share, for a journal that is read on Windows."""

_SHELL_SIGNAL_BASE = 128  # a POSIX shell reports the end of a program by signal n as exit code 128 + n
_WINDOWS_STATUS_BASE = 0x8000_0000  # NTSTATUS codes are known by their hexadecimal form


class _Session:
    """A session or group, tracked by its members: once all have ended, its id may belong to another one.

    Args:
        leader: Its id.
        pinned: Whether no other process can have the id, because the leader is not reaped yet.
        mark: The mark in the environment of its processes, if any.
    """

    def __init__(self, leader: int, *, pinned: bool, mark: str | None) -> None:
        self._leader = leader
        self._pinned = pinned
        self._mark = mark
        self._known = _identities(members(leader))

    def alive(self) -> list[int]:
        """List its living processes."""
        if not self._pinned and not self._known:
            return []
        now = _identities(members(self._leader))
        if not self._pinned and not self._continues(now):
            now = {}
        self._known = now
        return list(now)

    def _continues(self, now: dict[int, float | None]) -> bool:
        if any(pid in now and now[pid] == started for pid, started in self._known.items()):
            return True
        return self._mark is not None and bool(now.keys() & set(marked_processes(self._mark)))

    def send(self, *, kill: bool, ask: str = TERMINATE, beside: Collection[int] = ()) -> bool:
        """Terminate or kill the processes that ``alive`` last listed, but for those that are ``beside``.

        Returns:
            Whether one of them was reached.
        """
        if not self._pinned:
            return _send(self._known, kill=kill, ask=ask, beside=beside)
        if not kill:
            return terminate_group(self._leader, ask)
        kill_group(self._leader)
        return True


class _Marked:
    """The processes that carry a mark in their environment, wherever they are."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._known: dict[int, float | None] = {}

    def alive(self) -> list[int]:
        """List them."""
        self._known = _identities(marked_processes(self._mark))
        return list(self._known)

    def send(self, *, kill: bool, ask: str = TERMINATE, beside: Collection[int] = ()) -> bool:
        """Terminate or kill the processes that ``alive`` last listed, but for those that are ``beside``."""
        return _send(self._known, kill=kill, ask=ask, beside=beside)


def _identities(pids: Sequence[int]) -> dict[int, float | None]:
    return {pid: _started(pid) for pid in pids}


def _started(pid: int) -> float | None:
    try:
        return start_time(pid)
    except ImportError:  # it needs a library on this platform, which the guardian cannot import
        return None


def _send(processes: dict[int, float | None], *, kill: bool, ask: str, beside: Collection[int]) -> bool:
    reached = False
    for pid, started in processes.items():
        if pid in beside:
            continue
        is_meant = partial(_has_begun, pid, started)
        if kill:
            kill_one(pid, is_meant)
            reached = True
        else:
            reached = terminate_one(pid, is_meant, ask) or reached
    return reached


def _has_begun(pid: int, started: float | None) -> bool:
    return _started(pid) == started


def end_group(
    pid: int, grace_seconds: float, *, mark: str | None = None, told: Told | None = None, ask: str | None = TERMINATE
) -> bool:
    """End the group led by ``pid``, which is not reaped yet; see ``end_groups``."""
    return end_groups([pid], grace_seconds, mark=mark, told=told, ask=ask)


def end_groups(
    pids: Sequence[int],
    grace_seconds: float,
    *,
    mark: str | None = None,
    told: Told | None = None,
    pinned: bool = True,
    ask: str | None = TERMINATE,
) -> bool:
    """End several groups in parallel: ask, wait ``grace_seconds`` in total, then kill. Zero seconds kill at once.

    This includes the sessions that their members' descendants opened: everything that the application started.

    Args:
        pids: Their leaders.
        grace_seconds: The time between asking and killing.
        mark: The mark of other processes that belong to them, in their environment.
        told: Called with the name of the signal if it is sent to a process.
        pinned: Whether the leaders are children that are not reaped yet, so that no other process has their ids.
        ask: The signal that asks, as ``stop_signal`` returns it; None if they have already been asked.

    Returns:
        Whether nothing of them is left. False only if a process is still there after it was killed.
    """
    found: list[_Session | _Marked] = [_Session(pid, pinned=pinned, mark=mark) for pid in pids]
    found += [_Session(session, pinned=False, mark=mark) for pid in pids for session in sessions_below(pid)]
    if mark is not None:
        found.append(_Marked(mark))
    if grace_seconds > 0 and (ask is None or _tell(found, kill=False, told=told, ask=ask)):
        wait_none(lambda: _alive(found), grace_seconds)
    deadline = time.monotonic() + KILL_SECONDS
    while _tell(found, kill=True, told=told):
        # Repeat: a process may have forked between the listing of the group and the signal.
        told = None
        if time.monotonic() > deadline:
            return False
        wait_none(lambda: _alive(found), 1.0)
    return True


def _alive(found: Sequence[_Session | _Marked]) -> list[int]:
    return [pid for group in found for pid in group.alive()]


def _tell(found: Sequence[_Session | _Marked], *, kill: bool, told: Told | None, ask: str = TERMINATE) -> bool:
    """Send the signal to each living process once, whatever it belongs to; return whether any was reached."""
    listed = [(group, group.alive()) for group in found]
    done: set[int] = set()
    is_reached = False
    for group, alive in listed:
        if alive:
            is_reached = group.send(kill=kill, ask=ask, beside=done) or is_reached
            done.update(alive)
    if is_reached and told is not None:
        told(KILL if kill else ask)
    return is_reached


def terminate_process(pid: int, started: float) -> None:
    """Ask the process ``pid`` that began at ``started`` to end; a stranger that has the number by now hears nothing."""
    process = _identified(pid, started)
    if process is not None and not request_end(pid):
        _signal(process, "terminate")


def terminate_child(
    process: subprocess.Popen[bytes], environment: Mapping[str, str], *, is_patient: bool = False
) -> None:
    """Ask a child with a command line of ours to end, as a signal asks.

    Args:
        process: The child, which is not reaped yet, or the launcher that has it as its own child.
        environment: Its variables, as ``askable`` has returned them.
        is_patient: Whether the request waits in a child that cannot heed it yet, which otherwise ends at once.
    """
    if not request_end_of_child(environment, is_patient=is_patient):
        process.terminate()


def continue_process(pid: int, started: float) -> bool:
    """Have the process ``pid`` that began at ``started`` go on, if somebody has halted it; return whether it was."""
    import psutil

    process = _identified(pid, started)
    try:
        if process is None or process.status() != psutil.STATUS_STOPPED:
            return False
    except psutil.Error:
        return False
    _signal(process, "resume")
    return True


def kill_tree(pid: int, started: float, grace_seconds: float) -> bool:
    """Kill the process ``pid`` that began at ``started``, and then what it had started.

    Args:
        pid: A daemon, or the command that is about to start one.
        started: Its ``start_time``.
        grace_seconds: How long its children may take to end by themselves: a guardian asks applications first.

    Returns:
        Whether nothing of it is left. False only if a process is still there after it was killed.
    """
    root = _identified(pid, started)
    if root is None:
        return True
    _signal(root, "suspend")  # it must start nothing while its children are listed
    tree = {root: started, **_descendants(root)}
    _signal(root, "kill")
    left = _wait_processes(tree, grace_seconds)
    for process in left:
        _signal(process, "kill")
    return not _wait_processes(left, KILL_SECONDS)


def end_children(grace_seconds: float) -> list[str]:
    """End the descendants of this process that belong to its session: ask, wait, kill.

    The servers that ``multiprocessing`` starts for its workers end with this process, and then clean up.

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
    """Return whether a child serves workers; workers of a fork server have its command line but are not children."""
    return process.pid in own_children() and any(name in _command_line(process) for name in _SERVERS)


def _command_line(process: psutil.Process) -> str:
    import psutil

    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return ""


def _identified(pid: int, started: float) -> psutil.Process | None:
    """Return the process, which psutil distinguishes from a later one with the same pid; None if it is gone."""
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
    except psutil.Error:  # it has ended meanwhile, or is not ours to end
        pass


def _descendants(root: psutil.Process) -> dict[psutil.Process, float]:
    import psutil

    try:
        found = {process: start_time(process.pid) for process in root.children(recursive=True)}
    except psutil.Error:
        return {}
    return {process: started for process, started in found.items() if started is not None}


def _wait_processes(processes: dict[psutil.Process, float], seconds: float) -> dict[psutil.Process, float]:
    """Wait until they have ended, ``seconds`` in total; return those that have not."""
    deadline = time.monotonic() + seconds
    return {
        process: started
        for process, started in processes.items()
        if not wait_gone(process.pid, started, max(0.0, deadline - time.monotonic()))
    }


def describe_exit(returncode: int) -> str:
    """Return how a process ended, as the end of a sentence: "exited with 3", "was ended by SIGKILL (signal 9)".

    Args:
        returncode: As in ``subprocess.Popen.returncode``: negative for a signal.
    """
    if returncode == UNKNOWN_EXIT:
        return (
            "ended with an unknown exit code: other code in this process waited for its children "
            "(os.wait(), os.waitpid(-1), or SIGCHLD is ignored)"
        )
    if returncode < 0:
        return f"was ended by {_signal_name(-returncode)} (signal {-returncode})"
    if returncode >= _WINDOWS_STATUS_BASE:
        return f"exited with {returncode} (0x{returncode:08X})"
    if returncode > _SHELL_SIGNAL_BASE and _is_signal(returncode - _SHELL_SIGNAL_BASE):
        return f"exited with {returncode} (in a shell: {_signal_name(returncode - _SHELL_SIGNAL_BASE)})"
    return f"exited with {returncode}"


def has_crashed(returncode: int | None) -> bool:
    """Return whether a process was ended by a signal or, on Windows, by an exception that nothing caught.

    A program that starts another one in a shell says it as the shell does: 128 and the number of the signal.

    Args:
        returncode: As in ``describe_exit``; None if it has not ended.
    """
    if returncode is None or returncode == UNKNOWN_EXIT:
        return False
    in_shell = returncode > _SHELL_SIGNAL_BASE and _is_signal(returncode - _SHELL_SIGNAL_BASE)
    return returncode < 0 or in_shell or returncode >= _WINDOWS_STATUS_BASE


def _is_signal(number: int) -> bool:
    return any(number == known for known in signal.Signals)


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if _is_signal(number) else _SIGNALS_OF_POSIX.get(number, "a signal")
