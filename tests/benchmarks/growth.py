"""A daemon that has done many tasks costs what a new one does."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING

import psutil
from harness import Row, Target
from workplace import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench


def tasks(bench: Bench) -> Iterator[Row]:
    """Ours alone: ten thousand tasks would take the reference more than an hour."""
    place, count = bench.workplace, 10_000
    ours = place.runtimes[-1]
    tenth = count // 10
    with Session(place, ours) as session:
        daemon = psutil.Process(session.pid)
        seconds: list[float] = []
        held: list[tuple[float, int, int]] = []
        for _ in range(10):
            command = [str(place.python), "-m", "subject.many", str(session.connection_file), str(tenth)]
            seconds += json.loads(place.run(ours, command).output.strip().rpartition("\n")[2])
            held.append((session.status("VmRSS"), daemon.num_threads(), daemon.num_fds()))
    first, last = statistics.median(seconds[:tenth]), statistics.median(seconds[-tenth:])
    many = f"{count:,} tasks in one daemon".replace(",", " ")
    yield Row(f"{many}: a task of the last tenth ÷ one of the first", "", [], [last / first], Target(limit=1.15))
    added = [after - before for before, after in zip(held[0], held[-1])]
    for what, unit, figure, limit in zip(("memory", "threads", "open files"), ("MB", "", ""), added, (1, 2, 2)):
        yield Row(f"{many}: {what} that the last nine tenths added", unit, [], [figure], Target(limit=limit))
