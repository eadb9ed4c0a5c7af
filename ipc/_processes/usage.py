"""What processes use: processor time and memory, the state of each. The one place that chooses between the platforms.

The log of a watchdog, the limit of memory for a restart, the status of a daemon, and the journal all read it here.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from .usage_linux import LOOK_SECONDS, commands, read, tree
else:
    from .usage_portable import LOOK_SECONDS, commands, read, tree

from .process_usage import ProcessUsage, TotalUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LOOK_SECONDS", "ProcessUsage", "TotalUsage", "commands", "of", "read", "total", "tree"]


def of(pids: Iterable[int], *, is_shown: bool = True) -> list[ProcessUsage]:
    """Return what each of these processes uses; one that has ended is left out.

    Args:
        pids: For example those of an application, wherever they are in the tree.
        is_shown: As for ``tree``.
    """
    return [process for process in (read(pid, is_shown=is_shown) for pid in pids) if process is not None]


def total(processes: Iterable[ProcessUsage]) -> TotalUsage:
    """Add up what processes use.

    Args:
        processes: Any processes, for example those of a ``tree``.
    """
    listed = list(processes)
    peaks = [process.peak_bytes for process in listed if process.peak_bytes is not None]
    return TotalUsage(
        len(listed),
        sum(process.cpu_seconds + process.ended_cpu_seconds for process in listed),
        sum(process.resident_bytes for process in listed),
        max(peaks, default=None),
    )
