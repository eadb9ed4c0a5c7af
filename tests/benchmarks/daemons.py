"""The commands of a daemon, and what it does while nobody asks it for anything."""

from __future__ import annotations

import re
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from harness import Row, Target, paired
from workplace import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench
    from workplace import Runtime, Workplace


def start_and_stop(bench: Bench) -> Iterator[Row]:
    """``daemon start``, and ``daemon stop`` until the daemon is gone."""
    stops: dict[str, list[float]] = {"reference": [], "ours": []}

    def measure(runtime):
        with Session(bench.workplace, runtime) as session:
            stops[runtime.name].append(session.stop() * 1000)
            return session.start_seconds * 1000

    starts = paired(bench.workplace.runtimes, bench.some(9, 7), measure)
    yield Row("`daemon start`", "ms", *starts, Target(better=10))
    yield Row("`daemon stop` until the daemon is gone", "ms", *stops.values(), Target(better=5))


def tasks(bench: Bench) -> Iterator[Row]:
    """``daemon run`` with little to do."""
    place = bench.workplace
    with ExitStack() as stack:
        sessions = {runtime.name: stack.enter_context(Session(place, runtime)) for runtime in place.runtimes}
        samples = bench.some(25, 9)
        figures = paired(place.runtimes, samples, lambda runtime: sessions[runtime.name].run() * 1000)
        yield Row("`daemon run`, no-op, author's entry point", "ms", *figures, Target(better=2.5))

        def bare(runtime):
            return sessions[runtime.name].run(bare=runtime.name == "ours") * 1000

        figures = paired(place.runtimes, samples, bare)
        yield Row("`adaptor-runtime daemon run`, no-op", "ms", *figures, Target(better=5))

        figures = paired(
            place.runtimes, bench.some(9, 7), lambda runtime: sessions[runtime.name].run({"seconds": 0.05}) * 1000
        )
        yield Row("`daemon run`, 50 ms task", "ms", *figures, Target(better=10))


def whole_session(bench: Bench) -> Iterator[Row]:
    """Start, many tasks, stop."""
    count = bench.some(100, 10)

    def measure(runtime):
        began = time.perf_counter()
        with Session(bench.workplace, runtime) as session:
            for _ in range(count):
                session.run()
        return time.perf_counter() - began

    figures = paired(bench.workplace.runtimes, bench.some(3, 1), measure)
    yield Row(f"start + {count} tasks + stop", "s", *figures, Target(better=4))


def cancel(bench: Bench) -> Iterator[Row]:
    """From the signal to the first line of ``on_cancel``."""
    place = bench.workplace
    arguments = place.subject("run", "--run-data", '{"wait": true}')
    figures = paired(place.runtimes, bench.some(11, 3), lambda runtime: _cancel_seconds(place, runtime, arguments))
    yield Row("cancel of `run`: signal → `on_cancel` entered", "ms", *figures, Target(limit=5))

    def in_daemon(runtime):
        with Session(place, runtime) as session:
            return _cancel_seconds(place, runtime, session.task({"wait": True}))

    figures = paired(place.runtimes, bench.some(7, 2), in_daemon)
    yield Row("cancel of `daemon run`: signal → `on_cancel` entered", "ms", *figures, Target(limit=5))


def _cancel_seconds(place: Workplace, runtime: Runtime, command: list[str]) -> float:
    with place.start(runtime, command) as process:
        output = b""
        while b"WAITING" not in output:
            block = process.stdout.read1(65536)
            if not block:
                raise RuntimeError(f"{runtime.name}: the task did not begin to wait:\n{output.decode()}")
            output += block
        time.sleep(0.05)  # the hook has logged, and is to wait by now
        sent = time.monotonic_ns()
        process.send_signal(signal.SIGTERM)
        output += process.stdout.read()
    entered = re.search(rb"CANCELED (\d+)", output)
    if entered is None:
        raise RuntimeError(f"{runtime.name}: on_cancel was not called:\n{output.decode()}")
    return (int(entered[1]) - sent) / 1e6


def idle(bench: Bench) -> Iterator[Row]:
    """Context switches of a daemon without a task, all its threads together."""
    seconds = bench.some(65, 10)
    yield from _idle(bench, seconds, "idle daemon", {})


def idle_with_application(bench: Bench) -> Iterator[Row]:
    """The same while an application waits for an action."""
    seconds = bench.some(65, 10)
    init_data = {"server": True, "application": True}
    yield from _idle(bench, seconds, "idle daemon with an application that waits", init_data)


def _idle(bench: Bench, seconds: int, work: str, init_data: dict[str, object]) -> Iterator[Row]:
    place = bench.workplace
    with ExitStack() as stack:
        sessions = [stack.enter_context(Session(place, runtime, init_data)) for runtime in place.runtimes]
        for session in sessions:
            session.run()
        time.sleep(1)  # what belongs to the task is over
        before = [session.status("voluntary_ctxt_switches") for session in sessions]
        time.sleep(seconds)
        after = [session.status("voluntary_ctxt_switches") for session in sessions]
        memory = [[session.status("VmRSS")] for session in sessions]
    figures = [[(later - earlier) * 60 / seconds] for earlier, later in zip(before, after)]
    missing: list[list[float]] = [[]] * (2 - len(figures))
    yield Row(f"{work}: wake-ups in a minute (looked at for {seconds} s)", "", *missing, *figures, Target(limit=2))
    yield Row(f"{work}: memory", "MB", *missing, *memory, Target(better=1))
