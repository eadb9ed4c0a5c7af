"""What processes use, from /proc: no library to load, and a fraction of a millisecond for each process."""

from __future__ import annotations

import itertools
import os
import re
import sys

assert sys.platform == "linux"

from .process_usage import ProcessUsage  # noqa: E402  # a type checker for another platform stops above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

LOOK_SECONDS = 0.03
"""How long a look at a session may take: its processes are read from /proc."""

_COMMAND = 200
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "t": "tracing-stop",
    "Z": "zombie",
    "X": "dead",
    "I": "idle",
    "P": "parked",
}
_PEAK = re.compile(rb"^VmHWM:\s*(\d+) kB$", re.MULTILINE)

_MOST_THREADS = 256  # to look at: a renderer may have thousands

# Positions in /proc/<pid>/stat after the command name, see proc_pid_stat(5): field 3 and those that follow.
_STATE, _PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM, _THREADS, _RESIDENT = 0, 1, 11, 12, 13, 14, 17, 21


def read(pid: int, hide: Callable[[str], str] = str, *, is_shown: bool = True) -> ProcessUsage | None:
    """Return what the process ``pid`` uses; None if it does not exist. The other arguments are those of ``tree``."""
    try:
        stat = _content(pid, "stat")
        peak = _PEAK.search(_content(pid, "status"))
    except OSError:
        return None
    name = stat[stat.find(b"(") + 1 : stat.rfind(b")")].decode("utf-8", "backslashreplace")
    fields = stat[stat.rfind(b")") + 2 :].decode("ascii", "replace").split()
    tick = os.sysconf("SC_CLK_TCK")
    return ProcessUsage(
        pid=pid,
        parent=int(fields[_PARENT]),
        name=name,
        command=((_command(pid, hide) if is_shown else "") or name)[:_COMMAND],
        state=_state(pid, fields) if is_shown else _STATES.get(fields[_STATE], fields[_STATE]),
        threads=int(fields[_THREADS]),
        cpu_seconds=(int(fields[_USER]) + int(fields[_SYSTEM])) / tick,
        ended_cpu_seconds=(int(fields[_ENDED_USER]) + int(fields[_ENDED_SYSTEM])) / tick,
        resident_bytes=int(fields[_RESIDENT]) * os.sysconf("SC_PAGE_SIZE"),
        peak_bytes=None if peak is None else int(peak[1]) * 1024,
    )


def tree(pid: int, hide: Callable[[str], str] = str, *, is_shown: bool = True) -> list[ProcessUsage]:
    """Return what the process ``pid`` and its living descendants use, each after its parent; none if it is gone.

    A process that ends meanwhile is left out.

    Args:
        pid: The first process.
        hide: Returns an argument of a command line as it may be shown.
        is_shown: Whether to read what is only shown, too: the command line, and whether one of the threads runs, which
            takes longest for a process with many. Otherwise the name stands for the command line.
    """
    processes = (read(each, hide, is_shown=is_shown) for each in _family(pid))
    return [process for process in processes if process is not None]


def commands(pid: int, hide: Callable[[str], str], most: int) -> dict[int, str]:
    """Return the command lines of the process ``pid`` and of its living descendants, by their process ids.

    Args:
        pid: The first process.
        hide: Returns an argument of a command line as it may be shown.
        most: How many to read: one takes as long as it does, and there may be thousands.
    """
    read_now = {each: _command(each, hide)[:_COMMAND] for each in itertools.islice(_family(pid), most)}
    return {each: command for each, command in read_now.items() if command}


def _state(pid: int, fields: list[str]) -> str:
    """Return the state of a process: it runs if one of its threads does. Its own is that of its main thread alone."""
    state = _STATES.get(fields[_STATE], fields[_STATE])
    if fields[_STATE] not in ("S", "Z") or int(fields[_THREADS]) <= 1:
        return state
    try:
        threads = os.listdir(f"/proc/{pid}/task")[:_MOST_THREADS]
        states = [_content(pid, f"task/{thread}/stat").rpartition(b")")[2].split()[0] for thread in threads]
    except (OSError, IndexError):  # a thread has ended meanwhile
        return state
    if b"R" in states:
        return _STATES["R"]
    return _STATES["S"] if fields[_STATE] == "Z" else state


def _content(pid: int, name: str) -> bytes:
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()


def _command(pid: int, hide: Callable[[str], str]) -> str:
    try:
        words = _content(pid, "cmdline")
    except OSError:
        return ""
    return " ".join(hide(word.decode("utf-8", "backslashreplace")) for word in words.rstrip(b"\0").split(b"\0"))


def _family(pid: int) -> Iterator[int]:
    """Yield a process and its living descendants, each after its parent."""
    waiting = [pid]
    parents: dict[int, list[int]] | None = None
    while waiting:
        each = waiting.pop()
        yield each
        try:
            children = _children(each)
        except FileNotFoundError:  # the kernel keeps no such list, or the process or one of its threads has ended
            if not os.path.exists(f"/proc/{each}"):
                continue
            parents = _by_parent() if parents is None else parents
            children = parents.get(each, [])
        except OSError:  # it has ended meanwhile
            continue
        waiting += reversed(children)


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        children += map(int, _content(pid, f"task/{thread}/children").split())
    return children


def _by_parent() -> dict[int, list[int]]:
    """Return the children of each process."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                stat = _content(int(name), "stat")
            except OSError:
                continue
            found.setdefault(int(stat[stat.rfind(b")") + 2 :].split()[_PARENT]), []).append(int(name))
    return found
