"""What processes use, without /proc: psutil knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .process_usage import ProcessUsage

if TYPE_CHECKING:
    from typing import Callable

    import psutil

_COMMAND = 200


def read(pid: int, hide: Callable[[str], str] = str) -> ProcessUsage | None:
    """Return what the process ``pid`` uses; None if it does not exist. ``hide`` is that of ``tree``."""
    import psutil

    try:
        return _usage(psutil.Process(pid), hide)
    except psutil.Error:
        return None


def tree(pid: int, hide: Callable[[str], str] = str) -> list[ProcessUsage]:
    """Return what the process ``pid`` and its living descendants use, each after its parent; none if it is gone.

    A process that ends meanwhile is left out.

    Args:
        pid: The first process.
        hide: Returns an argument of a command line as it may be shown.
    """
    import psutil

    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return []
    found: list[ProcessUsage] = []
    for process in processes:
        try:
            found.append(_usage(process, hide))
        except psutil.Error:
            continue
    return found


def _usage(process: psutil.Process, hide: Callable[[str], str]) -> ProcessUsage:
    names = ["ppid", "status", "cpu_times", "memory_info", "num_threads", "cmdline", "name"]
    seen = process.as_dict(names)  # what this user may not see is None
    times, memory = seen["cpu_times"], seen["memory_info"]
    name = str(seen["name"] or "?")
    return ProcessUsage(
        pid=process.pid,
        parent=int(seen["ppid"] or 0),
        name=name,
        command=(" ".join(map(hide, seen["cmdline"] or ())) or name)[:_COMMAND],
        state=str(seen["status"]),
        threads=int(seen["num_threads"] or 0),
        cpu_seconds=times.user + times.system if times else 0.0,
        ended_cpu_seconds=times.children_user + times.children_system if times else 0.0,
        resident_bytes=int(memory.rss) if memory else 0,
        peak_bytes=getattr(memory, "peak_wset", None),
    )
