"""Pairs of samples, and what is made of them."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workplace import Runtime, Workplace


class Target(NamedTuple):
    """What ours has to reach.

    Attributes:
        better: So many times better than the reference; None where only ``limit`` counts.
        limit: A figure that must not be exceeded; None where only ``better`` counts.
    """

    better: Optional[float] = None
    limit: Optional[float] = None

    def is_reached(self, ratio: float | None, figure: float) -> bool | None:
        """Tell whether it is; None where that takes a reference that was not measured."""
        if self.limit is not None and figure > self.limit:
            return False
        if self.better is None:
            return True
        return None if ratio is None else ratio >= self.better

    def text(self, unit: str) -> str:
        """Return the target as the table shows it."""
        better = [] if self.better is None else [f"≥ {self.better:g} times better"]
        limit = [] if self.limit is None else [f"≤ {show(self.limit, unit)}"]
        return ", ".join(better + limit)


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        work: What was done.
        unit: Of the samples; one that ends with ``/s`` is better when it is higher.
        reference: The samples of the reference, empty without one.
        ours: Our samples, in the same order.
        target: What ours has to reach.
        skipped: Why there are no samples.
        note: What has to be known to read the figures.
    """

    work: str
    unit: str
    reference: list[float]
    ours: list[float]
    target: Target
    skipped: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better ours is: the median over the pairs in which the reference did anything at all."""
        pairs = [(a, b) for a, b in zip(self.reference, self.ours) if a and b]
        if not pairs:
            return None
        higher_is_better = self.unit.endswith("/s")
        return statistics.median(b / a if higher_is_better else a / b for a, b in pairs)

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None when that is not known."""
        return self.target.is_reached(self.ratio, statistics.median(self.ours)) if self.ours else None


class Bench(NamedTuple):
    """What every measurement is given.

    Attributes:
        workplace: Where the runtimes are.
        quick: Whether fewer samples are enough.
    """

    workplace: Workplace
    quick: bool

    def some(self, full: int, quick: int) -> int:
        """Return how many to take."""
        return quick if self.quick else full


Group = Callable[[Bench], "Iterator[Row]"]


def paired(
    runtimes: Iterable[Runtime], samples: int, measure: Callable[[Runtime], float]
) -> tuple[list[float], list[float]]:
    """Measure reference, ours, reference, ours, …; return the samples of both."""
    figures: dict[str, list[float]] = {"reference": [], "ours": []}
    for _ in range(samples):
        for runtime in runtimes:
            figures[runtime.name].append(measure(runtime))
    return figures["reference"], figures["ours"]


def show(figure: float, unit: str) -> str:
    """Return a figure with three digits and its unit."""
    digits = max(0, 2 - len(str(int(abs(figure)))) + 1) if figure < 100 else 0
    return f"{figure:,.{digits}f} {unit}".rstrip()
