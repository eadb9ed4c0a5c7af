"""What processes use, without /proc: psutil knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .process_tree import process_name
from .process_usage import ProcessUsage

if TYPE_CHECKING:
    from typing import Callable

    import psutil

LOOK_SECONDS = 1.0
"""How long a look at a session may take: who is whose child is known only from a list of all processes."""

_COMMAND = 200


def read(pid: int, hide: Callable[[str], str] = str, *, is_shown: bool = True) -> ProcessUsage | None:
    """Return what the process ``pid`` uses; None if it does not exist. The other arguments are those of ``tree``."""
    import psutil

    try:
        return _usage(psutil.Process(pid), hide, is_shown=is_shown)
    except psutil.Error:
        return None


def tree(pid: int, hide: Callable[[str], str] = str, *, is_shown: bool = True) -> list[ProcessUsage]:
    """Return what the process ``pid`` and its living descendants use, each after its parent; none if it is gone.

    A process that ends meanwhile is left out.

    Args:
        pid: The first process.
        hide: Returns an argument of a command line as it may be shown.
        is_shown: Whether to read what is only shown, too: the command line. Otherwise the name stands for it.
    """
    import psutil

    found: list[ProcessUsage] = []
    for process in _family(pid):
        try:
            found.append(_usage(process, hide, is_shown=is_shown))
        except psutil.Error:
            continue
    return found


def commands(pid: int, hide: Callable[[str], str], most: int) -> dict[int, str]:
    """Return the command lines of the process ``pid`` and of its living descendants, by their process ids.

    Args:
        pid: The first process.
        hide: Returns an argument of a command line as it may be shown.
        most: How many to read: one takes as long as it does, and there may be thousands.
    """
    import psutil

    found: dict[int, str] = {}
    for process in _family(pid)[:most]:
        try:
            words = _seen(process, ["cmdline"])["cmdline"]
        except psutil.Error:
            continue
        if words:
            found[process.pid] = " ".join(map(hide, words))[:_COMMAND]
    return found


def _family(pid: int) -> list[psutil.Process]:
    """Return a process and its living descendants; none if it is gone."""
    import psutil

    try:
        root = psutil.Process(pid)
    except psutil.Error:
        return []
    try:
        return [root, *root.children(recursive=True)]
    except (psutil.Error, OSError):  # one of all processes ended meanwhile, or lets nobody look
        return [root]


def _seen(process: psutil.Process, names: list[str]) -> dict[str, Any]:
    """Return what psutil says; None for what this user may not see, or what the system does not tell."""
    import psutil

    seen: dict[str, Any] = {}
    with process.oneshot():
        for name in names:
            try:
                seen[name] = getattr(process, name)()
            except (psutil.AccessDenied, psutil.ZombieProcess, NotImplementedError, OSError):
                seen[name] = None
    return seen


def _usage(process: psutil.Process, hide: Callable[[str], str], *, is_shown: bool) -> ProcessUsage:
    names = ["ppid", "status", "cpu_times", "memory_info", "num_threads", "name", *(["cmdline"] if is_shown else [])]
    seen = _seen(process, names)
    times, memory = seen["cpu_times"], seen["memory_info"]
    name = str(seen["name"] or process_name(process.pid))
    return ProcessUsage(
        pid=process.pid,
        parent=int(seen["ppid"] or 0),
        name=name,
        command=(" ".join(map(hide, seen.get("cmdline") or ())) or name)[:_COMMAND],
        state=str(seen["status"] or "?"),
        threads=int(seen["num_threads"] or 0),
        cpu_seconds=times.user + times.system if times else 0.0,
        ended_cpu_seconds=times.children_user + times.children_system if times else 0.0,
        resident_bytes=int(memory.rss) if memory else 0,
        peak_bytes=getattr(memory, "peak_wset", None),
    )
