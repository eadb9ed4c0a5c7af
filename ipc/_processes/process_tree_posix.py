"""Process groups on POSIX. Standard library only: the guardian also loads this file.

A member is a process of the leader's group or of its session. The session matters: ``timeout 3600 application`` in a
wrapper script, like any shell with job control, moves the application into another group of the same session. Zombies
do not count: they hold nothing, and the process that should reap them may be busy or gone.
"""

from __future__ import annotations

import math
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

assert sys.platform != "win32"

from .application_mark import carries  # noqa: E402  # a type checker for another platform stops above
from .exit_codes import UNKNOWN_EXIT  # noqa: E402
from .pidfd import open_process  # noqa: E402  # a type checker for another platform stops above
from .process_environment import initial_environment  # noqa: E402
from .process_identity import start_time, wait_gone  # noqa: E402

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Callable

TERMINATE, KILL = "SIGTERM", "SIGKILL"
ASKING = "sending SIGTERM, and SIGCONT in case it is suspended"
CONTINUING = "sending SIGCONT"

#: The program that outlives a runtime; its arguments are the process id of the runtime and a grace period.
GUARDIAN_PROGRAM = "_guardian_process.py"

_CANNOT_ASK = ("SIGKILL", "SIGSTOP", "SIGCONT", "SIGCHLD", "SIGCLD")

_EXITING = 0x4  # PF_EXITING, a flag of a process of Linux
_KILL_PENDING = 1 << (signal.SIGKILL - 1)
_PROCESS_TABLE = "/proc"
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
_WATCHED_AT_ONCE = 64  # each costs a descriptor; the others follow when these have ended
_LOOK_AGAIN_SECONDS = 0.02  # only if the kernel offers no event for the end of a foreign child


def popen_options() -> dict[str, Any]:
    """Return the ``subprocess.Popen`` options that make a process the leader of its own session and group."""
    return {"start_new_session": True}


def lead_group(process: subprocess.Popen[bytes], mark: str) -> None:
    """Do nothing: a process that was started with ``popen_options()`` leads its group from the beginning."""


def stop_signal(name: str) -> str:
    """Return the name of the signal that asks an application to end.

    Raises:
        ValueError: No signal of that name can ask.
    """
    if name not in signal.Signals.__members__ or name in _CANNOT_ASK:
        raise ValueError(f"{name!r:.60} is no signal that asks an application to end; write 'SIGINT', for example")
    return name


def terminate_group(pid: int, ask: str = TERMINATE) -> bool:
    """Ask the members to end. Suspended ones are resumed, because otherwise they could not receive it.

    Returns:
        True: a signal can always be sent.
    """
    _signal_groups(pid, signal.Signals[ask])
    _signal_groups(pid, signal.SIGCONT)
    return True


def kill_group(pid: int) -> None:
    """Kill the members (SIGKILL)."""
    _signal_groups(pid, signal.SIGKILL)


def terminate_one(pid: int, is_meant: Callable[[], bool], ask: str = TERMINATE) -> bool:
    """Ask the process ``pid`` to end, as ``terminate_group`` does, and return True.

    Args:
        pid: Its pid, which may belong to another process by now.
        is_meant: Returns whether it is still the right process. Called when no other process can get the pid.
        ask: The name of the signal.
    """
    _signal_one(pid, is_meant, signal.Signals[ask], signal.SIGCONT)
    return True


def kill_one(pid: int, is_meant: Callable[[], bool]) -> None:
    """Kill the process ``pid``; the arguments are those of ``terminate_one``."""
    _signal_one(pid, is_meant, signal.SIGKILL)


def marked_processes(mark: str) -> list[int]:
    """List the living processes of this user that carry ``mark`` in the environment they were started with."""
    found = [pid for pid in _processes() if pid != os.getpid() and carries(initial_environment(pid), mark)]
    return [pid for pid in found if not _has_ended(pid)]


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """Wait for a child that has ended, and return the peak memory of it or one of its children, in bytes.

    The kernel also counts what the child was before it became another program: see ``inherited_peak``.
    """
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except ChildProcessError:  # SIGCHLD is ignored, or a thread of the adaptor waits for any child
        process.returncode = UNKNOWN_EXIT
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    return int(usage.ru_maxrss) * _PEAK_UNIT


def inherited_peak() -> int:
    """Return the peak memory that a child of this process has had when it becomes another program, in bytes.

    Until then it shares the memory of this process, and ``reap`` never returns less. 0 if unknown.
    """
    return peak_memory(os.getpid())


def ended_cpu_seconds() -> float:
    """Return 0: what children that have ended used is told with what their parent uses."""
    return 0.0


def children_peak() -> int:
    """Return the peak memory of the largest child that this process has ever waited for, in bytes."""
    import resource  # most processes never ask

    return int(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * _PEAK_UNIT


def peak_memory(pid: int) -> int:
    """Return the peak memory of a living process, in bytes; 0 if unknown."""
    try:
        with open(f"{_PROCESS_TABLE}/{pid}/status", encoding="utf-8", errors="replace") as file:
            found = next((line.split()[1] for line in file if line.startswith("VmHWM:")), "0")
    except OSError:  # ended meanwhile, or no process file system
        return 0
    return int(found) * 1024


def peek_exit(pid: int) -> int | None:
    """Return how a child ended without reaping it, as in ``Popen.returncode``; None if unknown."""
    waitid = getattr(os, "waitid", None)  # not on macOS before Python 3.13
    try:
        found = None if waitid is None else waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except OSError:
        return None
    if found is None:
        return None
    return int(found.si_status) if found.si_code == os.CLD_EXITED else -int(found.si_status)


def is_dying(pid: int) -> bool:
    """Return whether a signal has ended a child, which is not reaped yet, or is about to; False if unknown."""
    returncode = peek_exit(pid)
    if returncode is not None:
        return returncode < 0
    try:
        with open(f"{_PROCESS_TABLE}/{pid}/status", encoding="utf-8", errors="replace") as file:
            pending = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd:", "ShdPnd:"))]
        return bool(int(_status_fields(pid)[6]) & _EXITING) or any(mask & _KILL_PENDING for mask in pending)
    except (OSError, IndexError, ValueError):  # no process file system
        return False


def holds(pid: int, descriptors: list[int]) -> bool:
    """Return whether a process has one of the files open that ``descriptors`` of this process name; True if unknown."""
    files = {(stat.st_dev, stat.st_ino) for stat in map(os.fstat, descriptors)}
    try:
        names = os.listdir(f"{_PROCESS_TABLE}/{pid}/fd")
    except OSError:  # no process file system, or no access
        return True
    for name in names:
        try:
            found = os.stat(f"{_PROCESS_TABLE}/{pid}/fd/{name}")
        except OSError:  # closed meanwhile
            continue
        if (found.st_dev, found.st_ino) in files:
            return True
    return False


def activity(pids: list[int]) -> object:
    """Return a value that changes while processes work: the processor time of each; None for a blocked one.

    A process that waits for a disk or a file server never equals its former value: it is working.
    """
    seen: dict[int, object] = {}
    for pid in pids:
        try:
            fields = _status_fields(pid)
        except OSError:  # ended meanwhile
            continue
        seen[pid] = object() if fields[0] in ("D", "R") else (fields[11], fields[12])
    return seen


def session_of(pid: int) -> int | None:
    """Return the session id of a process; None if it has ended."""
    try:
        return os.getsid(pid)
    except OSError:
        return None


def process_name(pid: int) -> str:
    """Return the name of the executable of a process; a question mark if unknown."""
    try:
        with open(f"{_PROCESS_TABLE}/{pid}/comm", encoding="utf-8", errors="backslashreplace") as file:
            return file.read().strip()
    except OSError:
        return "?"


def group_alive(pid: int) -> bool:
    """Return whether a process of the group or session led by ``pid`` is alive."""
    return bool(members(pid))


def wait_group(pid: int, seconds: float) -> bool:
    """Wait at most ``seconds`` until no member is alive; return whether none is."""
    return wait_none(lambda: members(pid), seconds)


def wait_none(alive: Callable[[], list[int]], seconds: float) -> bool:
    """Wait at most ``seconds`` until ``alive`` lists no process; return whether it lists none."""
    deadline = time.monotonic() + seconds
    while True:
        pids = alive()
        remaining = deadline - time.monotonic()
        if not pids or remaining <= 0:
            return not pids
        _wait_for_exits(pids[:_WATCHED_AT_ONCE], remaining)


def members(leader: int) -> list[int]:
    """List the living processes of the group or session led by ``leader``."""
    if leader <= 1 or leader == os.getpgrp():
        raise ValueError(f"process {leader} does not lead a group that may be ended: it is the caller's own, or init's")
    return [pid for pid in _processes() if _belongs(pid, leader) and not _has_ended(pid)]


def sessions_below(leader: int) -> list[int]:
    """List the sessions that living descendants of the members have opened; they are led by other processes.

    A process that made itself a daemon, so that its parent has exited, is no longer a descendant.
    """
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    waiting = members(leader)
    sessions = set()
    while waiting:
        found = children.pop(waiting.pop(), [])
        waiting += found
        for pid in found:
            try:
                sessions.add(os.getsid(pid))
            except OSError:  # ended meanwhile
                continue
    return sorted(sessions - {leader, os.getsid(0), os.getpgrp()})


def wait_guardian(runtime_pid: int, seconds: float) -> bool:
    """Wait until the guardian of a dead runtime process has ended what that process left behind.

    Args:
        runtime_pid: The process id of the runtime.
        seconds: Time limit.

    Returns:
        Whether no such guardian runs.
    """
    import psutil

    deadline = time.monotonic() + seconds
    for process in psutil.process_iter(["cmdline"]):
        words: list[str] = process.info["cmdline"] or []
        if str(runtime_pid) in words and any(word.endswith(GUARDIAN_PROGRAM) for word in words):
            started = start_time(process.pid)
            return started is None or wait_gone(process.pid, started, max(0.0, deadline - time.monotonic()))
    return True


def own_children() -> list[int]:
    """List the children of this process, including those that have ended and were not waited for."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"{_PROCESS_TABLE}/self/task"):
            with open(f"{_PROCESS_TABLE}/self/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except OSError:  # the kernel keeps no such list, or a thread has ended meanwhile
        return [pid for pid, parent in _parents() if parent == os.getpid()]
    return found


def popen_command(args: Sequence[str], environment: Mapping[str, str]) -> Sequence[str]:  # noqa: ARG001  as the twin
    """Return a command as ``subprocess.Popen`` takes it: as it is."""
    return args


def popen_environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables of a program as ``subprocess.Popen`` takes them: as they are."""
    return variables


def in_own_session(pid: int) -> bool:
    """Return whether the process ``pid`` is in the session of this process."""
    try:
        return os.getsid(pid) == os.getsid(0)
    except OSError:  # ended meanwhile
        return False


def _signal_groups(leader: int, number: int) -> None:
    groups = {leader}
    for pid in members(leader):
        try:
            groups.add(os.getpgid(pid))
        except ProcessLookupError:  # ended meanwhile
            continue
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):  # ended meanwhile; or only a zombie is left (macOS), or set-uid
            continue


def _signal_one(pid: int, is_meant: Callable[[], bool], *numbers: int) -> None:
    opener = getattr(os, "pidfd_open", None)
    send = getattr(signal, "pidfd_send_signal", None)
    try:
        descriptor = None if opener is None or send is None else opener(pid)
    except OSError as error:
        if isinstance(error, ProcessLookupError):
            return
        descriptor = None  # an older kernel, or no descriptor left
    try:
        for number in numbers if is_meant() else ():
            if descriptor is None:
                os.kill(pid, number)
            else:
                assert send is not None
                send(descriptor, number)
    except OSError:  # ended meanwhile, or we may not end it
        pass
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _processes() -> list[int]:
    try:
        names = os.listdir(_PROCESS_TABLE)
    except OSError:  # no process file system, as on macOS
        names = _ps("-A", "-o", "pid=").split()
    return [int(name) for name in names if name.isdecimal()]


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each process with its parent."""
    if not os.path.isdir(f"{_PROCESS_TABLE}/self"):
        numbers = iter(_ps("-A", "-o", "pid=,ppid=").split())
        yield from ((int(pid), int(parent)) for pid, parent in zip(numbers, numbers))
        return
    for pid in _processes():
        try:
            yield pid, int(_status_fields(pid)[1])
        except OSError:  # ended meanwhile
            continue


def _belongs(pid: int, leader: int) -> bool:
    try:
        return os.getsid(pid) == leader or os.getpgid(pid) == leader
    except OSError:  # ended meanwhile, or no access
        return False


def _has_ended(pid: int) -> bool:
    try:
        fields = _status_fields(pid)
    except OSError:
        return True
    # A process whose first thread has ended looks like a zombie while its other threads live on.
    return fields[0] in ("Z", "X") and int(fields[17]) <= 1


def _status_fields(pid: int) -> list[str]:
    """Read what follows the command name in /proc/PID/stat, see proc(5).

    0 is the state, 1 the parent, 6 the flags, 17 the number of threads.
    """
    if not os.path.isdir(f"{_PROCESS_TABLE}/self"):
        return _status_fields_from_ps(pid)
    with open(f"{_PROCESS_TABLE}/{pid}/stat", "rb") as file:
        return file.read().decode("ascii", "replace").rpartition(")")[2].split()


def _status_fields_from_ps(pid: int) -> list[str]:
    """Build the same list without a process file system; unused fields are empty."""
    state = _ps("-o", "stat=", "-p", str(pid)).strip()
    if not state:
        raise ProcessLookupError(pid)
    return [state[0], *[""] * 16, "1"]


def _ps(*arguments: str) -> str:
    import subprocess  # 10 ms that Linux saves

    return subprocess.run(["ps", *arguments], stdout=subprocess.PIPE, text=True, check=False).stdout


def _wait_for_exits(pids: list[int], seconds: float) -> None:
    """Return when all of ``pids`` have ended or ``seconds`` are over; sooner if the kernel offers no event."""
    descriptors = _exit_descriptors(pids)
    if not descriptors:
        time.sleep(min(seconds, _LOOK_AGAIN_SECONDS))
        return
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    pending = set(descriptors)
    deadline = time.monotonic() + seconds
    try:
        while pending and (remaining := deadline - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(math.ceil(remaining * 1000)):
                poll.unregister(descriptor)
                pending.discard(descriptor)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _exit_descriptors(pids: list[int]) -> list[int]:
    """Open a descriptor for each process that becomes readable at its end (pidfd: Linux 5.3 and newer)."""
    descriptors: list[int] = []
    for pid in pids:
        try:
            descriptor = open_process(pid)
        except ProcessLookupError:  # ended meanwhile
            continue
        if descriptor is not None:
            descriptors.append(descriptor)
    return descriptors
