"""The resource usage of an application's processes: to restart it, and for the log when it seems to hang."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COMMAND = 200
_MEGABYTE = 1024 * 1024


def described(pids: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yield the identity and resource usage of each process.

    A process that ends meanwhile is skipped; a value that this user may not see is None.

    Args:
        pids: The processes of an application.
    """
    import psutil

    for pid in pids:
        try:
            yield _described(psutil.Process(pid))
        except psutil.Error:
            continue


def memory_of(pids: Iterable[int]) -> int:
    """Return the memory that processes use now, in bytes; a process that ends meanwhile uses none."""
    import psutil

    used = 0
    for pid in pids:
        try:
            used += psutil.Process(pid).memory_info().rss
        except psutil.Error:
            continue
    return used


def _described(process: Any) -> dict[str, Any]:
    seen = process.as_dict(["pid", "ppid", "status", "cpu_times", "memory_info", "num_threads", "cmdline", "name"])
    times, memory = seen["cpu_times"], seen["memory_info"]
    return {
        "pid": seen["pid"],
        "parent": seen["ppid"],
        "status": seen["status"],
        "cpu_seconds": times and times.user + times.system,
        "memory_megabytes": memory and memory.rss // _MEGABYTE,
        "threads": seen["num_threads"],
        "command": (" ".join(seen["cmdline"] or ()) or seen["name"])[:_COMMAND],
    }
