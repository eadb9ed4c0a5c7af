"""How often and how long a machine was in each state, and how long the hooks took that moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._history import Record


class Visits(NamedTuple):
    """All visits of one state together."""

    times: int
    seconds: float | None
    """How long they took; ``None`` if no visit has ended."""


def visits_of(records: Sequence[Record]) -> dict[str, Visits]:
    """Return the visits of each state that a machine was in.

    The state at the end counts as visited; how long it lasts, no record says. Where another session begins in the
    records, its clock is another one, so nothing is counted across.

    Args:
        records: The records of one machine, oldest first.

    >>> from adaptor_runtime.statemachine import Record
    >>> start = Record(1, "transition", "start", "idle", "started", seconds=2.0, time=10.0)
    >>> visits_of([start, Record(2, "transition", "run", "started", "running", time=10.5)])["started"]
    Visits(times=1, seconds=0.5)
    """
    counts: dict[str, int] = {}
    seconds: dict[str, float] = {}
    former: Record | None = None
    for record in records:
        if former is None or record.sequence <= former.sequence:
            counts[record.source] = counts.get(record.source, 0) + 1
            since: float | None = None
            if record.hook is not None and record.seconds is not None:
                since = record.time - record.seconds  # the hook was called in the first state
        if record.kind == "transition":
            counts[record.target] = counts.get(record.target, 0) + 1
            if since is not None:
                seconds[record.source] = seconds.get(record.source, 0.0) + max(0.0, record.time - since)
            since = record.time
        elif since is None:
            since = record.time
        former = record
    return {state: Visits(count, seconds.get(state)) for state, count in counts.items()}


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
