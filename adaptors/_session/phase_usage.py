"""What a phase costs: processor time and memory of the runtime, the adaptor, and all that they started."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ...ipc._processes.process_tree import children_peak, ended_cpu_seconds
from ...ipc._processes.usage import total, tree

if TYPE_CHECKING:
    from ...ipc._processes.usage import ProcessUsage

FRESH_SECONDS = 1.0
"""How long a reading at the end of a phase counts as that at the beginning of the next one."""


class PhaseUsage:
    """Measure from the beginning of a phase to its end. Nothing runs in between: no thread, no timer."""

    def __init__(self) -> None:
        self._before: list[ProcessUsage] = []
        self._ended_before = 0.0
        self._read_at = 0.0
        self._largest_ended = 0
        self._children_before = 0

    def begin(self) -> None:
        """Begin a phase."""
        self._largest_ended = 0
        self._children_before = children_peak()
        if not self._before or time.monotonic() - self._read_at > FRESH_SECONDS:
            self._read()

    def application_ended(self, peak_memory: int | None) -> None:
        """Record that an application has ended.

        Args:
            peak_memory: The most bytes in RAM that it had; None if unknown.
        """
        self._largest_ended = max(self._largest_ended, peak_memory or 0)

    def end(self) -> dict[str, float | int]:
        """End a phase; return its ``cpu_seconds``, and its ``peak_memory`` in bytes, as far as the system tells.

        The peak is that of the largest process. A process that was larger before the phase counts with what it has now.
        """
        before, ended_before = self._before, self._ended_before
        self._read()
        now = self._before
        if not before or not now:
            return {}
        former = {process.pid: process.peak_bytes or 0 for process in before}
        ended = self._ended_before - ended_before
        cpu_seconds = max(0.0, total(now).cpu_seconds + ended - total(before).cpu_seconds)
        peaks = [_peak(process, former.get(process.pid, 0)) for process in now]
        peaks += [self._largest_ended, self._peak_of_ended_children(now[0].peak_bytes or 0)]
        return {"cpu_seconds": round(cpu_seconds, 3), "peak_memory": max(peaks)}

    def _peak_of_ended_children(self, inherited: int) -> int:
        """Return the peak of the largest child that ended in this phase; 0 if this process or a former one was larger.

        Args:
            inherited: The peak of this process, which each child has before it becomes another program.
        """
        peak = children_peak()
        return peak if peak > max(self._children_before, inherited) else 0

    def _read(self) -> None:
        self._read_at = time.monotonic()
        try:
            self._before = tree(os.getpid(), is_shown=False)
            self._ended_before = ended_cpu_seconds()
        except (OSError, ImportError):  # no file descriptor is left
            self._before = []


def _peak(process: ProcessUsage, former: int) -> int:
    peak = process.peak_bytes or 0
    return peak if peak > former else process.resident_bytes
