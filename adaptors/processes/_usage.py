"""The resource usage of an application's processes, for the log when an application seems to hang."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND = 200
_MEGABYTE = 1024 * 1024


def processes_of(pid: int) -> Iterator[dict[str, Any]]:
    """Yield the process ``pid`` and its descendants, each with its identity and resource usage.

    A process that ends meanwhile is skipped; a value that this user may not see is None.

    Args:
        pid: The process id of the application.
    """
    import psutil

    try:
        application = psutil.Process(pid)
        processes = [application, *application.children(recursive=True)]
    except psutil.Error:
        return
    for process in processes:
        try:
            yield _described(process)
        except psutil.Error:
            continue


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
