"""What a session takes of its host: processor time, disk, files, and its journal."""

from __future__ import annotations

import json
import os
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Row, Target
from workplace import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench

TASKS = 10


def session(bench: Bench) -> Iterator[Row]:
    """Ours alone: the figures from which `docs/scale.md` is computed."""
    samples = bench.some(9, 3)
    without = [_processor_time(bench, 0) for _ in range(samples)]
    with_tasks = [_processor_time(bench, TASKS) for _ in range(samples)]
    each = [1000 * (after - statistics.median(without)) / TASKS for after in with_tasks]
    yield Row(
        "processor time of a session without a task", "ms", [], [1000 * one for one in without], Target(limit=1000)
    )
    yield Row("processor time that a task adds", "ms", [], each, Target(limit=150))
    (empty, full), (few, many), files, disk = _traces(bench)
    yield Row("journal of a session without a task", "KB", [], [empty / 1024], Target(limit=4))
    yield Row("journal of a session without a task: entries", "", [], [few], Target(limit=20))
    yield Row("journal that a task adds", "KB", [], [(full - empty) / TASKS / 1024], Target(limit=2))
    yield Row("journal that a task adds: entries", "", [], [(many - few) / TASKS], Target(limit=8))
    yield Row("files and folders of a session while it lives", "", [], [files], Target(limit=20))
    yield Row("disk that a session takes while it lives", "KB", [], [disk / 1024], Target(limit=200))


def _processor_time(bench: Bench, tasks: int) -> float:
    place = bench.workplace
    ours = place.runtimes[-1]
    one = Session(place, ours)
    commands = [one.command("start"), *[one.task(bare=True)] * tasks, one.command("stop", bare=True)]
    return float(place.run(ours, place.program("cost", json.dumps(commands))).output)


def _traces(bench: Bench) -> tuple[list[int], list[int], int, int]:
    """Return the bytes and the entries of two journals, and how many files and bytes a session had."""
    place = bench.workplace
    ours = place.runtimes[-1]
    sizes: list[int] = []
    entries: list[int] = []
    files = disk = 0
    for tasks in (0, TASKS):
        journal = place.root / f"footprint-{tasks}.jsonl"
        one = Session(place, ours)
        place.run(ours, one.command("start", "--journal", str(journal)))
        for _ in range(tasks):
            place.run(ours, one.task(bare=True))
        directory = Path(json.loads(one.connection_file.read_text())["session_directory"])
        paths = [one.connection_file, directory, *directory.rglob("*")]
        files, disk = len(paths), sum(os.lstat(path).st_blocks * 512 for path in paths)
        place.run(ours, one.command("stop", bare=True))
        content = journal.read_bytes()
        sizes.append(len(content))
        entries.append(content.count(b"\n"))
    return sizes, entries, files, disk
