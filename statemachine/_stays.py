"""How often and how long a machine was in each state, and how long the hooks took that moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._history import Record


class Stay(NamedTuple):
    """All visits of one state together."""

    visits: int
    seconds: float | None
    """How long they took; ``None`` if no visit has ended."""


def stays_of(records: Sequence[Record]) -> dict[str, Stay]:
    """Return the stay in each state that a machine was in.

    The state at the end counts as visited; how long it lasts, no record says. Where another session begins in the
    records, its clock is another one, so nothing is counted across.

    Args:
        records: The records of one machine, oldest first.

    >>> from adaptor_runtime.statemachine import Record
    >>> start = Record(1, "transition", "start", "idle", "started", seconds=2.0, time=10.0)
    >>> stays_of([start, Record(2, "transition", "run", "started", "running", time=10.5)])["started"]
    Stay(visits=1, seconds=0.5)
    """
    visits: dict[str, int] = {}
    seconds: dict[str, float] = {}
    former: Record | None = None
    for record in records:
        if former is None or record.sequence <= former.sequence:
            visits[record.source] = visits.get(record.source, 0) + 1
            since: float | None = None
            if record.hook is not None and record.seconds is not None:
                since = record.time - record.seconds  # the hook was called in the first state
        if record.kind == "transition":
            visits[record.target] = visits.get(record.target, 0) + 1
            if since is not None:
                seconds[record.source] = seconds.get(record.source, 0.0) + max(0.0, record.time - since)
            since = record.time
        elif since is None:
            since = record.time
        former = record
    return {state: Stay(count, seconds.get(state)) for state, count in visits.items()}


def hook_seconds(records: Iterable[Record]) -> dict[tuple[str, str, str], float]:
    """Return how long the hooks took whose ends moved the adaptor, by trigger, source, and target.

    Args:
        records: The records of the adaptor.
    """
    total: dict[tuple[str, str, str], float] = {}
    for record in records:
        if record.kind == "transition" and record.hook is not None and record.seconds is not None:
            way = (record.trigger, record.source, record.target)
            total[way] = total.get(way, 0.0) + record.seconds
    return total


def duration(seconds: float) -> str:
    """Return a number of seconds as a person reads it.

    >>> [duration(seconds) for seconds in (0.004, 0.52, 12.34, 83, 3723, 200000)]
    ['4 ms', '0.52 s', '12.3 s', '1 min 23 s', '1 h 02 min', '2 d 07 h']
    """
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02} h"
