"""What it costs to look at a daemon, and what the journal's usage of each task costs the daemon: ours beside ours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
from harness import Row, Target
from workplace import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench
    from workplace import Runtime, Workplace

_SILENT = b"daemon:       silent"
"""In a status for which the daemon took too long, as on a busy machine: then its files are read, which costs more."""

_READINGS = 300
_READ = f"""
import time
from adaptor_runtime.adaptors._session.phase_usage import PhaseUsage
usage = PhaseUsage()
usage.begin()
began = time.process_time()
for _ in range({_READINGS}):
    usage.end()
print((time.process_time() - began) / {_READINGS})
"""


def looks(bench: Bench) -> Iterator[Row]:
    """Processor time of ``daemon status``, of a daemon that answers, and ``daemon logs``, beside a ``daemon run``."""
    place = bench.workplace
    ours = place.runtimes[-1]
    ratios: dict[str, list[float]] = {"status": [], "logs": []}
    with Session(place, ours) as session:
        for _ in range(bench.some(25, 9)):
            run, _ = _processor_seconds(place, ours, session.task(bare=True))
            for name, found in ratios.items():
                seconds, output = _processor_seconds(place, ours, session.command(name, bare=True))
                if _SILENT not in output:
                    found.append(seconds / run)
    for name, found in ratios.items():
        yield Row(f"`daemon {name}` ÷ `daemon run`, no-op: processor time", "", [], found, Target(limit=1.5))


def usage(bench: Bench) -> Iterator[Row]:
    """Processor time of the reading after each task, beside that of the daemon for the whole task."""
    place = bench.workplace
    ours = place.runtimes[-1]
    count = bench.some(1000, 200)
    shares = []
    with Session(place, ours) as session:
        daemon = psutil.Process(session.pid)
        many = [str(place.python), "-m", "subject.many", str(session.connection_file), str(count)]
        for _ in range(bench.some(5, 3)):
            before = sum(daemon.cpu_times()[:2])
            place.run(ours, many)
            task = (sum(daemon.cpu_times()[:2]) - before) / count
            reading = float(place.run(ours, [str(place.python), "-c", _READ]).output)
            shares.append(reading / task)
    work = (
        "usage in the journal, one or two readings a task: one ÷ all that a no-op task costs the daemon, processor time"
    )
    yield Row(work, "", [], shares, Target(limit=0.1))


def _processor_seconds(place: Workplace, runtime: Runtime, command: list[str]) -> tuple[float, bytes]:
    process = place.start(runtime, command)
    with process.stdout:
        output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, output
