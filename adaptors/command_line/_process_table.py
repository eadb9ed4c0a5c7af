"""The table of processes in the status of a daemon."""

from __future__ import annotations

import re

from ...ipc._processes import usage
from ...statemachine._amounts import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...ipc._processes.usage import ProcessUsage
    from ._daemon_status import DaemonStatus

MOST_LINES = 24
"""How many lines the table has: of more processes, those are left out that matter least."""

_NARROW = 64
"""Columns that the numbers of a process and its name need."""

_STUCK = {"disk-sleep", "stopped", "tracing-stop"}
_FOLDER = re.compile(r"^\S*[/\\](?=\S)")


def total_text(processes: Sequence[ProcessUsage]) -> str:
    """Return what processes use together, on one line."""
    total = usage.total(processes)
    peak = "" if total.peak_bytes is None else f", the peak of one {size(total.peak_bytes)}"
    count = "1 process" if total.processes == 1 else f"{total.processes} processes"
    return f"{count}, {total.cpu_seconds:.1f} s CPU, {size(total.resident_bytes)} of memory{peak}"


def process_table(
    status: DaemonStatus, former: DaemonStatus | None, lines: int = MOST_LINES, columns: int | None = None
) -> Iterator[str]:
    """Yield the lines of the table: of each process what it uses, in the order of the tree.

    Of too many, it shows the daemon, those that somebody has halted or that wait for a disk, and the largest ones.

    Args:
        status: The status.
        former: The one before, for the processor time between the two.
        lines: How many lines there is room for, with the head.
        columns: How wide the terminal is; None for any width.
    """
    is_narrow = columns is not None and columns < _NARROW
    if is_narrow:
        yield f"{'pid':>7} {'memory':>9} {'CPU %':>5} command"
    else:
        yield f"{'pid':>10}  {'state':<10}  {'CPU':>9}  {'CPU %':>6}  {'memory':>9}  {'peak':>9}  command"
    depths: dict[int, int] = {}
    for process in status.processes:
        depths[process.pid] = depths.get(process.parent, -1) + 1
    before = {process.pid: process for process in former.processes} if former else {}
    seconds = status.at - (former.at if former else status.at)
    shown = _most_important(status, lines - 1)
    for process in shown:
        share = _share(process, before.get(process.pid), seconds)
        memory = size(process.resident_bytes)
        command = "  " * depths[process.pid] + _short(process.command, columns)
        if is_narrow:
            yield f"{process.pid:>7} {memory:>9} {share:>5} {command.strip()}"
            continue
        peak = "-" if process.peak_bytes is None else size(process.peak_bytes)
        yield (
            f"{process.pid:>10}  {process.state:<10}  {process.cpu_seconds:>7.1f} s  {share:>6}  "
            f"{memory:>9}  {peak:>9}  {command}"
        )
    if len(shown) < len(status.processes):
        yield f"and {len(status.processes) - len(shown)} more; --format json has them all"


def _most_important(status: DaemonStatus, most: int) -> list[ProcessUsage]:
    if len(status.processes) <= most:
        return list(status.processes)
    ranked = sorted(
        status.processes,
        key=lambda process: (process.pid == status.pid, process.state in _STUCK, process.resident_bytes),
        reverse=True,
    )
    kept = {process.pid for process in ranked[: max(0, most - 1)]}  # the last line says how many are missing
    return [process for process in status.processes if process.pid in kept]


def _short(command: str, columns: int | None) -> str:
    """Return a command line for a terminal: it has little room, so the folder of the program is left out."""
    return command if columns is None else _FOLDER.sub("", command)


def _share(process: ProcessUsage, before: ProcessUsage | None, seconds: float) -> str:
    """Return how much of one processor a process used since the status before."""
    if before is None or seconds <= 0:
        return "-"
    return f"{max(0.0, process.cpu_seconds - before.cpu_seconds) / seconds * 100:.0f}"
