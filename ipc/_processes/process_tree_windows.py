"""Process trees on Windows, which has no process groups to wait for: parent ids define the tree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

assert sys.platform == "win32"

if TYPE_CHECKING:
    from typing import Callable

    import psutil

TERMINATE, KILL = "CTRL_BREAK_EVENT", "TerminateProcess"


def popen_options() -> dict[str, Any]:
    """Return the ``subprocess.Popen`` options for sending CTRL_BREAK_EVENT to a process."""
    return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}


def start_detached(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a helper that outlives the caller and its console, with a pipe on standard input."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS,
    )


def wait_detached(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until a helper has ended; return whether it has."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def sessions_below(_pid: int) -> list[int]:
    """List nothing: here, the tree below a process is its group, regardless of its console."""
    return []


def stop_signal(_name: str) -> str:
    """Return the name of the event that asks an application to end: always the same, whatever is asked for."""
    return TERMINATE


def terminate_group(pid: int, ask: str = TERMINATE) -> None:  # noqa: ARG001  # as the twin has it
    """Ask the group to end: CTRL_BREAK_EVENT, the only signal that reaches another process group."""
    try:
        os.kill(pid, signal.CTRL_BREAK_EVENT)
    except OSError:  # ended meanwhile, or it has no console
        return


def kill_group(pid: int) -> None:
    """Kill the process and its descendants."""
    subprocess.run(
        ["taskkill", "/F", "/T", "/PID", str(pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=subprocess.CREATE_NO_WINDOW,
        check=False,
    )
    for process in _tree(pid):  # those whose parent has exited: taskkill does not find them
        _kill(process)


def group_alive(pid: int) -> bool:
    """Return whether the process or one of its descendants is alive."""
    return bool(_tree(pid))


def members(leader: int) -> list[int]:
    """List the process and its descendants."""
    return [process.pid for process in _tree(leader)]


def terminate_one(pid: int, is_meant: Callable[[], bool], ask: str = TERMINATE) -> None:  # noqa: ARG001  # as above
    """Ask the process ``pid`` to end if ``is_meant`` confirms its identity."""
    if is_meant():
        terminate_group(pid)


def kill_one(pid: int, is_meant: Callable[[], bool]) -> None:
    """Kill the process ``pid`` if ``is_meant`` confirms its identity."""
    if is_meant():
        kill_group(pid)


def marked_processes(_mark: str) -> list[int]:
    """List nothing: here, an orphan keeps its parent id, so the tree is complete."""
    return []


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """Wait for a process that has ended. Its peak memory is unknown afterwards."""
    process.wait()
    return None


def peak_memory(pid: int) -> int:
    """Return the peak memory of a living process, in bytes; 0 if unknown."""
    import psutil

    try:
        return int(getattr(psutil.Process(pid).memory_info(), "peak_wset", 0))
    except psutil.Error:  # ended meanwhile, or no access
        return 0


def peek_exit(_pid: int) -> int | None:
    """Return None: the holder of the process handle knows, and nothing reaps the process."""
    return None


def is_dying(_pid: int) -> bool:
    """Return False: there are no signals."""
    return False


def holds(_pid: int, _descriptors: list[int]) -> bool:
    """Return True: which processes have a pipe open is unknown."""
    return True


def activity(pids: list[int]) -> object:
    """Return a value that changes while processes work: the processor time of each."""
    import psutil

    seen: dict[int, object] = {}
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:  # ended meanwhile
            continue
        seen[pid] = (times.user, times.system)
    return seen


def session_of(_pid: int) -> int | None:
    """Return None: Windows has no such sessions."""
    return None


def process_name(pid: int) -> str:
    """Return the name of the executable of a process; a question mark if unknown."""
    import psutil

    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "?"


def wait_none(alive: Callable[[], list[int]], seconds: float) -> bool:
    """Wait at most ``seconds`` until ``alive`` lists no process; return whether it lists none."""
    import time

    import psutil

    deadline = time.monotonic() + seconds
    while True:
        pids = alive()
        remaining = deadline - time.monotonic()
        if not pids or remaining <= 0:
            return not pids
        try:
            psutil.Process(pids[0]).wait(remaining)
        except psutil.Error:  # ended meanwhile, or the time is over
            continue


def wait_group(pid: int, seconds: float) -> bool:
    """Wait at most ``seconds`` until the process and its descendants have ended."""
    import psutil

    psutil.wait_procs(_tree(pid), timeout=seconds)
    return not _tree(pid)


def own_children() -> list[int]:
    """List none: without sessions, a worker cannot be distinguished from a child detached on purpose."""
    return []


def in_own_session(pid: int) -> bool:  # noqa: ARG001  # as the twin has it
    """Return False: Windows has no such sessions."""
    return False


def _tree(root: int) -> list[psutil.Process]:
    import psutil

    parents: dict[int, list[psutil.Process]] = {}
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["ppid"]):
        if process.pid == root:
            found.append(process)
        parents.setdefault(process.info["ppid"], []).append(process)
    waiting = [root]
    while waiting:  # on Windows, an orphan keeps its parent id, so a tree stays connected
        children = parents.pop(waiting.pop(), [])
        found += children
        waiting += [child.pid for child in children]
    return found


def _kill(process: psutil.Process) -> None:
    import psutil

    try:
        process.kill()
    except psutil.Error:  # ended meanwhile, or no access
        return
