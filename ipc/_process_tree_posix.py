"""Process groups on POSIX. Standard library only: the guardian loads this file too.

A member is a process of the leader's group or of its session. The session matters: ``timeout 3600 application`` in a
wrapper script, like any shell with job control, moves the application into another group of the same session.
Zombies do not count: they hold nothing, and whoever should reap them may be busy or gone.
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

from ._pidfd import open_process  # noqa: E402  # a type checker for another platform stops above

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_PROCESS_TABLE = "/proc"
_WATCHED_AT_ONCE = 64  # each costs a descriptor; the rest is looked at when these have ended
_LOOK_AGAIN_SECONDS = 0.02  # only where the kernel offers no event for the end of somebody else's child


def popen_options() -> dict[str, Any]:
    """Give the ``subprocess.Popen`` options that make a process the leader of its own session and group."""
    return {"start_new_session": True}


def start_detached(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a helper that outlives the caller's group and holds nothing of the caller but a pipe on standard input.

    The signals that end a runtime are blocked in it from the start: it ignores them as soon as it can.
    """
    import subprocess

    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
            cwd="/",
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def terminate_group(pid: int) -> None:
    """Ask the members to end (SIGTERM). Stopped ones are continued, since they could not hear it otherwise."""
    _signal_groups(pid, signal.SIGTERM)
    _signal_groups(pid, signal.SIGCONT)


def kill_group(pid: int) -> None:
    """Kill the members (SIGKILL)."""
    _signal_groups(pid, signal.SIGKILL)


def group_alive(pid: int) -> bool:
    """Tell whether a process of the group or session led by ``pid`` is alive."""
    return bool(members(pid))


def wait_group(pid: int, seconds: float) -> bool:
    """Wait until no member is alive, for ``seconds`` at most. Returns whether that came true."""
    deadline = time.monotonic() + seconds
    while True:
        alive = members(pid)
        remaining = deadline - time.monotonic()
        if not alive or remaining <= 0:
            return not alive
        _wait_for_exits(alive[:_WATCHED_AT_ONCE], remaining)


def members(leader: int) -> list[int]:
    """List the living processes of the group or session led by ``leader``."""
    if leader <= 1 or leader == os.getpgrp():
        raise ValueError(f"process {leader} does not lead a group that may be ended: it is the caller's own, or init's")
    return [pid for pid in _processes() if _belongs(pid, leader) and not _has_ended(pid)]


def sessions_below(leader: int) -> list[int]:
    """List the sessions that living descendants of the members have opened; they are led by other processes.

    A process that has made itself a daemon, so that its parent has gone, is no descendant any more.
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
            except OSError:  # ended since
                continue
    return sorted(sessions - {leader, os.getsid(0), os.getpgrp()})


def own_children() -> list[int]:
    """List the children of this process, those that have ended and were not waited for too."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"{_PROCESS_TABLE}/self/task"):
            with open(f"{_PROCESS_TABLE}/self/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except OSError:  # the kernel keeps no such list, or a thread has ended since
        return [pid for pid, parent in _parents() if parent == os.getpid()]
    return found


def in_own_session(pid: int) -> bool:
    """Tell whether the process ``pid`` is in the session of this one."""
    try:
        return os.getsid(pid) == os.getsid(0)
    except OSError:  # ended since
        return False


def _signal_groups(leader: int, number: int) -> None:
    groups = {leader}
    for pid in members(leader):
        try:
            groups.add(os.getpgid(pid))
        except ProcessLookupError:  # ended since
            continue
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):  # ended since; or only a zombie is left (macOS), or set-uid
            continue


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
        except OSError:  # ended since
            continue


def _belongs(pid: int, leader: int) -> bool:
    try:
        return os.getsid(pid) == leader or os.getpgid(pid) == leader
    except OSError:  # ended since, or not ours to see
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

    0 is the state, 1 the parent, 17 the number of threads.
    """
    if not os.path.isdir(f"{_PROCESS_TABLE}/self"):
        return _status_fields_from_ps(pid)
    with open(f"{_PROCESS_TABLE}/{pid}/stat", "rb") as file:
        return file.read().decode("ascii", "replace").rpartition(")")[2].split()


def _status_fields_from_ps(pid: int) -> list[str]:
    """Build the same list where there is no process file system; fields that nobody reads are empty."""
    state = _ps("-o", "stat=", "-p", str(pid)).strip()
    if not state:
        raise ProcessLookupError(pid)
    return [state[0], *[""] * 16, "1"]


def _ps(*arguments: str) -> str:
    import subprocess  # 10 ms that Linux does without

    return subprocess.run(["ps", *arguments], stdout=subprocess.PIPE, text=True, check=False).stdout


def _wait_for_exits(pids: list[int], seconds: float) -> None:
    """Return when all of ``pids`` have ended or ``seconds`` are over; sooner where the kernel cannot be asked."""
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
    """Open a descriptor for each process that turns readable at its end (pidfd: Linux 5.3 and newer)."""
    descriptors: list[int] = []
    for pid in pids:
        try:
            descriptor = open_process(pid)
        except ProcessLookupError:  # ended since
            continue
        if descriptor is not None:
            descriptors.append(descriptor)
    return descriptors
