"""The link to an application, and path mapping, each in one process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness import Row, Target, paired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench


def actions(bench: Bench) -> Iterator[Row]:
    """Actions that an application takes and performs."""
    cases = (
        ("application actions", "actions/s", ["actions", str(bench.some(10_000, 2000))], Target(better=5)),
        ("action enqueued → performed", "ms", ["latency", str(bench.some(300, 100))], Target(limit=1)),
    )
    for work, unit, arguments, target in cases:
        yield _measure(bench, work, unit, arguments, target)


def client_mapping(bench: Bench) -> Iterator[Row]:
    """Paths that an application asks for, each once."""
    for rules in (1, 100, 1000):
        arguments = ["client-mapping", str(bench.some(2000, 300)), str(rules)]
        yield _measure(bench, f"client `map_path`, {rules} rules", "calls/s", arguments, Target(better=6))


def mapping(bench: Bench) -> Iterator[Row]:
    """Paths that the adaptor maps itself; the last rule fits."""
    for rules in (1, 100, 1000):
        arguments = ["mapping", str(bench.some(2000, 200)), str(rules)]
        yield _measure(bench, f"in-process path mapping, {rules} rules", "µs", arguments, Target(limit=6))


def _measure(bench: Bench, work: str, unit: str, arguments: list[str], target: Target) -> Row:
    place = bench.workplace
    command = [str(place.python), "-m", "subject.link", *arguments]

    def measure(runtime):
        return float(json.loads(place.run(runtime, command).output.strip().rpartition("\n")[2]))

    return Row(work, unit, *paired(place.runtimes, bench.some(5, 3), measure), target)
