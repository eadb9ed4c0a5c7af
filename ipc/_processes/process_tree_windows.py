"""Process trees on Windows: the job object of each application is its tree, and the system ends it with this process.

A process cannot leave its job, so nothing has to be searched for by parent ids or by marks. The id of a leader is valid
until it is reaped: the holder of its handle keeps it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

assert sys.platform == "win32"

import _winapi  # noqa: E402  a type checker for another platform stops above

from .console_windows import has_console, send_break  # noqa: E402
from .job_windows import Job, resume  # noqa: E402
from .process_handle_windows import ProcessHandle  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Callable

TERMINATE, KILL = "CTRL_BREAK_EVENT", "TerminateJobObject"
ASKING = "asking it to end, and resuming it in case it is suspended"
CONTINUING = "resuming it"

_CREATE_SUSPENDED = 0x0000_0004
_CONSOLE = "conhost.exe"


class _Group(NamedTuple):
    job: Job
    mark: str
    leader: subprocess.Popen[bytes]


_groups: dict[int, _Group] = {}
"""The groups of this process, by their leaders."""


class _Used:
    """The processor time of the groups that were reaped, in seconds."""

    seconds = 0.0
    turn = threading.Lock()


def popen_options() -> dict[str, Any]:
    """Return the ``subprocess.Popen`` options for a leader, which waits for ``lead_group``.

    It shares our console, through which it can be asked to end. If we have none, it gets one without a window.
    """
    flags = _CREATE_SUSPENDED | subprocess.CREATE_NEW_PROCESS_GROUP
    return {"creationflags": flags if has_console() else flags | subprocess.CREATE_NO_WINDOW}


def lead_group(process: subprocess.Popen[bytes], mark: str) -> None:
    """Make a process that has just been started with ``popen_options()`` a leader, and let it run.

    Args:
        process: The process.
        mark: The mark in its environment.

    Raises:
        OSError: The system has refused the job; then the process is gone.
    """
    handle = _handle(process)
    try:
        job = Job()
        job.add(handle)
    except OSError:
        process.kill()
        process.wait()
        raise
    _groups[process.pid] = _Group(job, mark, process)
    resume(handle)


def _handle(process: subprocess.Popen[bytes]) -> int:
    return int(process._handle)  # type: ignore[attr-defined]  # noqa: SLF001  it has no public name


def sessions_below(_pid: int) -> list[int]:
    """List nothing: everything below a process is in its job."""
    return []


def stop_signal(name: str) -> str:
    """Return the name of the event that asks an application to end: always the same, whatever is asked for.

    Raises:
        ValueError: No signal of that name could ask on any system.
    """
    if not name.startswith("SIG") or name in {"SIG", "SIGKILL", "SIGSTOP"}:
        raise ValueError(f"{name!r:.60} is no signal that asks an application to end; write 'SIGINT', for example")
    return TERMINATE


def terminate_group(pid: int, ask: str = TERMINATE) -> bool:  # noqa: ARG001  # as the twin has it
    """Ask the group to end: CTRL_BREAK_EVENT, the only event that reaches another process group.

    Returns:
        False if it cannot be asked, such as an application without a console.
    """
    return pid in _groups and send_break(pid)


def kill_group(pid: int) -> None:
    """Kill the process and its descendants."""
    if pid in _groups:
        _groups[pid].job.kill()


def group_alive(pid: int) -> bool:
    """Return whether the process or one of its descendants is alive."""
    return bool(members(pid))


def members(leader: int) -> list[int]:
    """List the process and its descendants."""
    return _programs(_groups[leader].job) if leader in _groups else []


def _programs(job: Job) -> list[int]:
    """List the processes of a job, without the one behind its console, which ends with the last of them."""
    return [pid for pid in job.pids() if process_name(pid).lower() != _CONSOLE]


def terminate_one(pid: int, is_meant: Callable[[], bool], ask: str = TERMINATE) -> bool:  # noqa: ARG001  # as above
    """Ask the process ``pid`` to end if ``is_meant`` confirms its identity; return whether it was asked.

    Only a leader can be asked: for the number of another process, some releases ask all processes of the console.
    """
    return pid in _groups and is_meant() and send_break(pid)


def kill_one(pid: int, is_meant: Callable[[], bool]) -> None:
    """Kill the process ``pid`` if ``is_meant`` confirms its identity."""
    import psutil

    try:
        process = psutil.Process(pid)
        if is_meant():
            process.kill()
    except psutil.Error:  # ended meanwhile, or no access
        return


def marked_processes(mark: str) -> list[int]:
    """List the processes of the applications of this process that have the mark ``mark``, or one below it.

    Those of another runtime are not known here: they have ended with it.
    """
    found = [group.job for group in list(_groups.values()) if group.mark == mark or group.mark.startswith(f"{mark}.")]
    return [pid for job in found for pid in _programs(job)]


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """Wait for a process that has ended, and return the peak memory of one process of its group, in bytes."""
    process.wait()
    group = _groups.pop(process.pid, None)
    if group is None:
        return None
    peak_memory = group.job.peak_memory()
    with _Used.turn:
        _Used.seconds += group.job.cpu_seconds()
    group.job.close()
    return peak_memory


def ended_cpu_seconds() -> float:
    """Return the processor time of the groups that were reaped: the system keeps nothing of them with their parent."""
    return _Used.seconds


def inherited_peak() -> int:
    """Return 0: a child begins with memory of its own."""
    return 0


def children_peak() -> int:
    """Return 0: the system keeps nothing about children that have ended."""
    return 0


def peak_memory(pid: int) -> int:
    """Return the peak memory of a living process, in bytes; 0 if unknown."""
    import psutil

    try:
        return int(getattr(psutil.Process(pid).memory_info(), "peak_wset", 0))
    except psutil.Error:  # ended meanwhile, or no access
        return 0


def peek_exit(pid: int) -> int | None:
    """Return how the leader of a group ended without reaping it, as in ``Popen.returncode``; None if unknown."""
    group = _groups.get(pid)
    if group is None:
        return None
    handle = _handle(group.leader)
    if _winapi.WaitForSingleObject(handle, 0) != _winapi.WAIT_OBJECT_0:
        return None
    return _winapi.GetExitCodeProcess(handle)


def is_dying(_pid: int) -> bool:
    """Return False: there are no signals."""
    return False


def holds(_pid: int, _descriptors: list[int]) -> bool:
    """Return True: which processes have a pipe open is unknown."""
    return True


def activity(pids: list[int]) -> object:
    """Return a value that changes while processes work: the processor time of each."""
    seen: dict[int, object] = {}
    for pid in pids:
        try:
            with ProcessHandle(pid) as process:
                seen[pid] = process.processor_time
        except OSError:  # ended meanwhile
            continue
    return seen


def session_of(pid: int) -> int | None:
    """Return the leader of the group of this process that ``pid`` belongs to; None if it belongs to none."""
    return next((leader for leader, group in list(_groups.items()) if pid in group.job.pids()), None)


def process_name(pid: int) -> str:
    """Return the name of the executable of a process; a question mark if unknown."""
    try:
        with ProcessHandle(pid) as process:
            return process.name or "?"
    except OSError:  # ended meanwhile
        return "?"


def wait_none(alive: Callable[[], list[int]], seconds: float) -> bool:
    """Wait at most ``seconds`` until ``alive`` lists no process; return whether it lists none."""
    deadline = time.monotonic() + seconds
    while True:
        pids = alive()
        remaining = deadline - time.monotonic()
        if not pids or remaining <= 0:
            return not pids
        try:
            with ProcessHandle(pids[0]) as process:
                if pids[0] in alive():  # so the handle is not that of a later process with its number
                    process.wait(remaining)
        except OSError:  # ended meanwhile
            continue


def wait_group(pid: int, seconds: float) -> bool:
    """Wait at most ``seconds`` until the process and its descendants have ended."""
    return wait_none(lambda: members(pid), seconds)


def wait_guardian(runtime_pid: int, seconds: float) -> bool:  # noqa: ARG001  # as the twin has it
    """Return True: the system has ended the applications of a runtime that is gone."""
    return True


def own_children() -> list[int]:
    """List none: without sessions, a worker cannot be distinguished from a child detached on purpose."""
    return []


def popen_command(args: Sequence[str], environment: Mapping[str, str]) -> Sequence[str] | str:
    """Return a command as ``subprocess.Popen`` takes it: also a batch file, and a program without its extension.

    Args:
        args: The executable and its arguments.
        environment: The variables of the program, whose ``PATH`` it is looked for in.

    Raises:
        FileNotFoundError: There is no such program.
        ValueError: An argument cannot be passed to a batch file.
    """
    from .batch_file_windows import found_program, is_batch_file, line_of  # few processes start one

    program = found_program(args[0], environment)
    return line_of([program, *args[1:]], environment) if is_batch_file(program) else [program, *args[1:]]


def popen_environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables of a program as ``subprocess.Popen`` takes them.

    Of names that differ in case only, which are one name here, the last one counts.
    """
    return {name.upper(): value for name, value in variables.items()}  # as in os.environ


def in_own_session(pid: int) -> bool:  # noqa: ARG001  # as the twin has it
    """Return False: Windows has no such sessions."""
    return False
