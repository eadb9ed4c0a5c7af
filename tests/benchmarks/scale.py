"""What a day of a farm costs, computed from the figures of `docs/performance.md`: the tables of `docs/scale.md`."""

from __future__ import annotations

from typing import NamedTuple

SESSIONS = 10_000
"""Sessions of one host in a day: one about every nine seconds."""

TASKS = 10
"""Tasks of a session."""

AT_ONCE = 16
"""Sessions of a host at the same time: one for every two processors of a machine with 32."""

HOSTS = 1000

DAY = 86_400
"""Seconds."""

LOOKED_FOR = 2
"""Configuration files that a session looks for in the home directory: the runtime's and the adaptor's."""

FACTORS = {"s": 1000.0, "ms": 1.0, "GB": 1024.0**2, "MB": 1024.0, "KB": 1.0}


class Figures(NamedTuple):
    """Measured figures: milliseconds, KB, and numbers."""

    session_processor: float
    task_processor: float
    session_journal: float
    session_entries: float
    task_journal: float
    task_entries: float
    files: float
    disk: float
    daemon_memory: float


WORKS = Figures(
    "processor time of a session without a task",
    "processor time that a task adds",
    "journal of a session without a task",
    "journal of a session without a task: entries",
    "journal that a task adds",
    "journal that a task adds: entries",
    "files and folders of a session while it lives",
    "disk that a session takes while it lives",
    "peak memory for 1 M lines, daemon",
)
"""The rows of the page in which they stand."""


def figures(page: str) -> Figures | None:
    """Return the figures of a page; None if one of them was not measured."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    found = {row[0]: row[2] for row in rows}
    shown = [found.get(work, "") for work in WORKS]
    return Figures(*map(_number, shown)) if all(shown) else None


def _number(shown: str) -> float:
    number, _, unit = shown.partition(" ")
    return float(number.replace(",", "")) * FACTORS.get(unit, 1.0)


def host(page: str) -> str:
    """Return the table of a day on one host."""
    one = figures(page)
    if one is None:
        return NOT_MEASURED
    processor = SESSIONS * (one.session_processor + TASKS * one.task_processor) / 1000
    journal = one.session_journal + TASKS * one.task_journal
    return _table(
        ("", "of one session", f"of {_many(SESSIONS)} sessions of {TASKS} tasks"),
        [
            (
                "processor time of the runtime",
                f"{processor / SESSIONS:.2f} s",
                f"{processor / 3600:.1f} hours: {processor / DAY:.2f} processors all day",
            ),
            (
                "memory of a daemon",
                _size(one.daemon_memory),
                f"{_size(AT_ONCE * one.daemon_memory)} for {AT_ONCE} at once",
            ),
            (
                "disk while it lives",
                _size(one.disk),
                f"{_size(AT_ONCE * one.disk)} for {AT_ONCE} at once; none is left",
            ),
            (
                "files while it lives",
                f"{one.files:.0f}",
                f"{AT_ONCE * one.files:.0f} for {AT_ONCE} at once; none is left",
            ),
            ("journal that is kept", _size(journal), f"{_size(SESSIONS * journal)} in {_many(SESSIONS)} files"),
            (
                "time until `journal_count` is reached",
                "",
                f"{DAY * 1000 / SESSIONS / 3600:.1f} hours with 1000, a day with {_many(SESSIONS)}",
            ),
        ],
    )


def farm(page: str) -> str:
    """Return the table of a farm whose sessions all use one file server."""
    one = figures(page)
    if one is None:
        return NOT_MEASURED
    sessions = SESSIONS * HOSTS / DAY
    writes = sessions * (one.session_entries + TASKS * one.task_entries)
    volume = sessions * (one.session_journal + TASKS * one.task_journal)
    return _table(
        ("", f"{_many(HOSTS)} hosts"),
        [
            ("sessions", f"{sessions:.0f} in a second"),
            (
                "journals in local folders, copied once a day",
                f"{_size(volume * DAY)} and {_many(SESSIONS * HOSTS)} files a day",
            ),
            ("journals on a file server: writes", f"{_many(round(writes, -1))} in a second, {_size(volume)} in all"),
            ("… of them waiting for its disk (`fsync`)", f"{sessions:.0f} in a second"),
            ("… one common folder with `journal_count` 1000", f"keeps {1000 / sessions:.0f} seconds of the farm"),
            (
                "… asking for the age of each journal, in each session",
                f"{_many(round(1000 * sessions, -3))} requests in a second",
            ),
            ("… in one session in a hundred, as it is now", f"{_many(round(10 * sessions, -1))} requests in a second"),
            (
                "session directories in a shared temp directory",
                f"{_many(round(sessions * one.files * 2, -1))} files made or removed in a second",
            ),
            (
                "configuration in a shared home: files that are looked for",
                f"{_many(round(sessions * LOOKED_FOR, -1))} in a second",
            ),
        ],
    )


NOT_MEASURED = "The figures have not been measured: `make benchmark` measures them."


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    ruled = ("---", *["---:"] * (len(head) - 1))
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ruled, *rows))


def _many(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def _size(kilobytes: float) -> str:
    for unit in ("GB", "MB"):
        if kilobytes >= FACTORS[unit]:
            return f"{kilobytes / FACTORS[unit]:.1f} {unit}"
    return f"{kilobytes:.1f} KB"
