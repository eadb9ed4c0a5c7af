"""Commands that do nothing: the price of the runtime itself."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from harness import Row, Target, paired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench
    from workplace import Runtime, Workplace

IMPORT = """
import json, time
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
before, began = resident(), time.perf_counter()
from adaptor_runtime_client import Action, ClientInterface
print(json.dumps([(time.perf_counter() - began) * 1000, resident() - before]))
"""


def whole_process(bench: Bench) -> Iterator[Row]:
    """``--help`` and a ``run`` that does nothing."""
    yield from _whole_process(bench, "`--help`", ["--help"], Target(better=2))
    yield from _whole_process(bench, "`run`, no-op", ["run"], Target(better=1.33))


def _whole_process(bench: Bench, work: str, arguments: list[str], target: Target) -> Iterator[Row]:
    place = bench.workplace
    command = place.subject(*arguments)
    figures = paired(place.runtimes, bench.some(15, 5), lambda runtime: place.run(runtime, command).seconds * 1000)
    yield Row(f"{work}, whole process", "ms", *figures, target)
    figures = paired(place.runtimes, bench.some(5, 2), lambda runtime: _peak(place, runtime, command))
    yield Row(f"{work}, peak memory", "MB", *figures, Target(better=1))


def _peak(place: Workplace, runtime: Runtime, command: list[str]) -> float:
    megabytes, _, code, _ = place.peak(runtime, command)
    if code != 0:
        raise RuntimeError(f"{runtime.name}: {' '.join(command)} exited with {code}")
    return megabytes


def client_import(bench: Bench) -> Iterator[Row]:
    """What importing the client costs an application, which has nothing but the client's folder on its path."""
    place = bench.workplace

    def measure(runtime):
        environment = {**place.environment, "PYTHONPATH": str(runtime.client_folder)}
        command = [place.python, "-S", "-c", IMPORT]
        figures.append(json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))
        return figures[-1][0]

    figures: list[list[float]] = []
    times = paired(place.runtimes, bench.some(25, 9), measure)
    yield Row("client import inside the application", "ms", *times, Target(better=2))
    step = len(place.runtimes)
    memory = [[figure[1] for figure in figures[at::step]] for at in range(step)]
    yield Row("client import, memory", "MB", *([[]] * (2 - step)), *memory, Target(better=2))
