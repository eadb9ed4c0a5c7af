"""The figures as a table."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from harness import show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness import Row

HEAD = ("work", "reference", "ours", "ratio", "target", "reached", "samples")

PAGE = """# Performance

The cost of this runtime, compared with openjd-adaptor-runtime {version} (the *reference*) doing the same work.

Figures are medians. Samples alternate between reference and ours, with equivalent adaptors; *ratio* says how many times
better ours was, as the median over these pairs. If one figure comes from many events, such as a percentile, the number
of samples counts the figures. Both are installed from files, not editable. The operating system reports the peak memory
of each process. Absolute figures depend on the machine and its load; ratios much less.

{table}

Measured on {system} with {python} and {processors} processors by `make benchmark`, which ran

    {command}
"""


def cells(row: Row) -> list[str]:
    """Return the cells of one row."""
    if row.skipped:
        return [row.work, "", "", "", row.target.text(row.unit), f"not measured: {row.skipped.replace('|', '¦')}", "0"]
    medians = [show(statistics.median(samples), row.unit) if samples else "" for samples in (row.reference, row.ours)]
    ratio = "" if row.ratio is None else f"{show(row.ratio, '')}"
    reached = {True: "yes", False: "no", None: ""}[row.reached] + (f"; {row.note}" if row.note else "")
    return [row.work, *medians, ratio, row.target.text(row.unit), reached, str(len(row.ours))]


def markdown(rows: Iterable[Row]) -> str:
    """Return the table as Markdown."""
    lines = [HEAD, ["---", "---:", "---:", "---:", "---", "---", "---:"], *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(row: Row) -> str:
    """Return one row for a terminal."""
    work, reference, ours, ratio, target, reached, samples = cells(row)
    return f"{work:72.72} {reference:>16} {ours:>18} {ratio:>7}  {target:36} {reached} ({samples})"
