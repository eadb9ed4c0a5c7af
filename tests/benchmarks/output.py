"""Output of applications: how much of it a second, how soon, and in how much memory."""

from __future__ import annotations

import json
import re
import statistics
import time
from typing import TYPE_CHECKING

from harness import Row, Target, paired
from workplace import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench
    from workplace import Runtime, Workplace


def through_run(bench: Bench) -> Iterator[Row]:
    """Lines a second through ``run``: the whole process, each runtime with as many lines as fill a second or more."""
    yield _through_run(bench, "no pattern", {}, (100_000, 3_000_000), Target(better=15))
    words = {"patterns": 20, "pattern": r"%s\b"}
    yield _through_run(bench, "20 patterns", words, (60_000, 1_000_000), Target(better=10))
    greedy = {"patterns": 20, "pattern": ".*%s.*"}
    yield _through_run(bench, "20 patterns `.*X.*`", greedy, (15_000, 1_000_000), Target(better=20))


def _through_run(bench: Bench, work: str, data: dict[str, object], counts: tuple[int, int], target: Target) -> Row:
    place = bench.workplace
    reference, ours = counts
    lines = {"reference": reference * bench.some(3, 1), "ours": ours * bench.some(2, 1)}
    losses = _Losses()

    def measure(runtime):
        count = lines[runtime.name]
        task = {"application": [*place.emitter, str(count)], **data}
        return losses.rate(
            runtime, count, *place.count_lines(runtime, place.subject("run", "--run-data", json.dumps(task)))
        )

    figures = paired(place.runtimes, bench.some(5, 3), measure)
    return Row(f"output through `run`, lines of 80 characters, {work}", "lines/s", *figures, target, note=losses.note)


def through_daemon(bench: Bench) -> Iterator[Row]:
    """Lines a second through ``daemon run``, the same number of lines for both."""
    place, lines = bench.workplace, 100_000
    losses = _Losses()

    def measure(runtime):
        with Session(place, runtime) as session:
            command = session.task({"application": [*place.emitter, str(lines)]})
            return losses.rate(runtime, lines, *place.count_lines(runtime, command))

    figures = paired(place.runtimes, bench.some(5, 3), measure)
    yield Row("output through `daemon run`, 100 k lines", "lines/s", *figures, Target(better=20), note=losses.note)


def memory(bench: Bench) -> Iterator[Row]:
    """A million lines through ``daemon run``: lines a second, and peak memory of both processes; then ten millions."""
    rate, *peaks = _million(bench, bench.workplace.runtimes, 1)
    yield from (rate, *peaks)
    _, *peaks = _million(bench, bench.workplace.runtimes[-1:], 10)
    yield from peaks


def _million(bench: Bench, runtimes: list[Runtime], millions: int) -> list[Row]:
    place, lines = bench.workplace, millions * 1_000_000
    frontends: dict[str, list[float]] = {"reference": [], "ours": []}
    daemons: dict[str, list[float]] = {"reference": [], "ours": []}
    losses = _Losses()

    def measure(runtime):
        with Session(place, runtime) as session:
            command = session.task({"application": [*place.emitter, str(lines)]})
            peak, *printed = place.peak(runtime, command)
            frontends[runtime.name].append(peak)
            daemons[runtime.name].append(session.status("VmHWM"))
        return losses.rate(runtime, lines, *printed)

    rates, note = paired(runtimes, bench.some(3, 2), measure), losses.note
    return [
        Row(f"output through `daemon run`, {millions} M lines", "lines/s", *rates, Target(better=20), note=note),
        Row(f"peak memory for {millions} M lines, frontend", "MB", *frontends.values(), Target(limit=40), note=note),
        Row(f"peak memory for {millions} M lines, daemon", "MB", *daemons.values(), Target(limit=40), note=note),
    ]


def latency(bench: Bench) -> Iterator[Row]:
    """From the moment a line is printed until it is seen at the frontend of ``daemon run``."""
    place, lines = bench.workplace, bench.some(500, 150)
    figures = {"reference": [], "ours": []}
    for runtime in place.runtimes:
        with Session(place, runtime) as session:
            command = session.task({"application": place.program("stamps", lines)})
            figures[runtime.name] = _delays(place, runtime, command)
        if len(figures[runtime.name]) != lines:
            raise RuntimeError(f"{runtime.name}: {len(figures[runtime.name])} of {lines} lines were seen")
    for percent, limit in ((50, 2), (99, 10)):
        work = f"line printed → seen at the frontend, p{percent} of {lines} lines"
        points = [[statistics.quantiles(delays, n=100)[percent - 1]] if delays else [] for delays in figures.values()]
        yield Row(work, "ms", *points, Target(limit=limit))


def _delays(place: Workplace, runtime: Runtime, command: list[str]) -> list[float]:
    delays, rest = [], b""
    with place.start(runtime, command) as process:
        while block := process.stdout.read1(65536):
            now = time.monotonic_ns()
            whole, _, rest = (rest + block).rpartition(b"\n")
            delays += [(now - int(stamp)) / 1e6 for stamp in re.findall(rb"STAMP (\d+)", whole)]
    return delays


class _Losses:
    """Counts the samples in which the reference lost lines; ours must not lose any."""

    def __init__(self) -> None:
        self._samples = 0
        self._incomplete = 0

    @property
    def note(self) -> str:
        """What is to be said of them."""
        if not self._incomplete:
            return ""
        return f"the reference lost lines in {self._incomplete} of {self._samples} samples: those that came out count"

    def rate(self, runtime: Runtime, lines: int, seconds: float, code: int, seen: int) -> float:
        """Return the lines a second of a command that has printed ``seen`` of ``lines``."""
        if code not in _accepted(runtime) or (runtime.name == "ours" and seen != lines):
            raise RuntimeError(f"{runtime.name}: {seen} of {lines} lines came out, with exit code {code}")
        self._samples += runtime.name == "reference"
        self._incomplete += seen != lines
        return seen / seconds


def _accepted(runtime: Runtime) -> tuple[int, ...]:
    """Return the exit codes of a task that did what it should: the reference fails some that print much."""
    return (0,) if runtime.name == "ours" else (0, 1)
