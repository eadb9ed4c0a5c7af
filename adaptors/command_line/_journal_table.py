"""Sessions as tables for people, and as JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from ...ipc._processes.process_tree import describe_exit
from ...ipc._stream.gauges import local_time
from ...statemachine import PhaseOutcome
from ...statemachine._amounts import duration, size
from ._pasted_path import pasted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...statemachine import Phase, Refusal, SessionHistory

_NO_RECORDS = attrs.filters.exclude("records")
_LONGEST_END = 100
"""How many characters a list shows of the end of a session; ``journal show`` has all of it."""
_DAY, _TIME, _ZONE = "%Y-%m-%d", "%H:%M:%S", "%z"


def session_data(session: SessionHistory, *, is_running: bool) -> dict[str, Any]:
    """Return a session as a JSON object, without its records.

    Args:
        session: The session.
        is_running: Its process is still there.
    """
    totals = ("seconds", "cpu_seconds", "peak_memory", "is_complete")
    return {
        **attrs.asdict(session, filter=_NO_RECORDS),
        **{name: getattr(session, name) for name in totals},
        "is_running": is_running,
    }


def session_lines(session: SessionHistory, *, is_running: bool) -> Iterator[str]:
    """Yield a session as lines of text.

    Args:
        session: The session.
        is_running: Its process is still there.
    """
    yield from _heading(session)
    yield f"end: {_end(session, is_running=is_running)}"
    yield ""
    yield from _table(["phase", "task", "began", "seconds", "CPU s", "memory", "outcome"], map(_row, session.phases))
    yield from _section("run data", (f"{each.task_id}: {_json(each.data)}" for each in session.tasks if each.data))
    yield from _section("refused", map(_refusal, session.refusals))
    yield from _section("applications", _applications(session))
    yield from _section("restarts", (f"{_clock(r.at)}  {r.application}: {r.cause or '?'}" for r in session.restarts))
    yield from _section("signals", (f"{_clock(signal.at)}  {signal.name}" for signal in session.signals))
    yield from _section("processes", _processes(session))
    yield from _section("defects of the runtime", session.defects)


def list_lines(sessions: Sequence[tuple[str, SessionHistory, bool]]) -> Iterator[str]:
    """Yield a line for each session.

    Args:
        sessions: The path of the journal, the session, and whether its process is still there.
    """
    if not sessions:
        yield "no journals"
        return
    rows = []
    for path, session, is_running in sessions:
        failed = sum(task.outcome is not PhaseOutcome.SUCCEEDED for task in session.tasks)
        tasks = f"{len(session.tasks)}, {failed} failed" if failed else str(len(session.tasks))
        began = "?" if session.began is None else f"{local_time(session.began, _DAY)} {_clock(session.began)}"
        end = _shortened(_end(session, is_running=is_running))
        rows.append([began, session.adaptor or "?", _seconds(session.seconds), tasks, pasted(path), end])
    yield from _table(["began", "adaptor", "seconds", "tasks", "journal", "end"], rows, numbers=(2,))


def _heading(session: SessionHistory) -> Iterator[str]:
    mode = "" if session.mode is None else f", {session.mode}"
    process = "" if session.pid is None else f", process {session.pid}"
    host = "" if not session.host else f" on {session.host}"
    system = "" if not session.system else f" ({session.system})"
    yield f"{session.adaptor or 'a session'}{mode}{process}{host}{system}"
    if session.versions:
        yield f"versions: {', '.join(f'{name} {version}' for name, version in session.versions.items())}"
    if session.began is not None:
        began = " ".join(local_time(session.began, each) for each in (_DAY, _TIME, _ZONE))
        took = "" if session.seconds is None else f", {duration(session.seconds)}"
        cpu = "" if session.cpu_seconds is None else f", {duration(session.cpu_seconds)} of processor time"
        memory = "" if session.peak_memory is None else f", at most {_memory(session.peak_memory)}"
        yield f"began: {began}{took}{cpu}{memory}"
    if session.is_cut:
        yield "its beginning is missing: the journal grew too large"
    if session.lost_entries:
        yield f"entries that could not be written, and are missing: {session.lost_entries}"
    if session.init_data is not None:
        yield f"init data: {_json(session.init_data)}"


def _end(session: SessionHistory, *, is_running: bool) -> str:
    cause = "" if session.cause_state is None else f"; {session.cause_state}: {session.cause or '?'}"
    if session.is_complete:
        return f"cleaned{cause}"
    phase = session.unfinished
    where = (
        f"in the state {session.state}"
        if phase is None
        else f"in {phase.hook}{f' of {phase.task_id}' if phase.task_id else ''}"
    )
    since = "" if phase is None or phase.seconds is None else f", last heard {duration(phase.seconds)} after that began"
    return f"none, it is running {where}{cause}" if is_running else f"it broke off {where}{since}{cause}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_END else f"{text[: _LONGEST_END - 3]}..."


def _row(phase: Phase) -> list[str]:
    code = "" if not phase.exit_code else f", exit code {phase.exit_code}"
    cause = "" if phase.cause is None else f": {phase.cause}"
    return [
        phase.hook,
        phase.task_id or "",
        _clock(phase.began),
        _seconds(phase.seconds),
        _seconds(phase.cpu_seconds),
        _memory(phase.peak_memory),
        f"{phase.outcome}{code}{cause}",
    ]


def _refusal(refusal: Refusal) -> str:
    who = f" of {refusal.application}" if refusal.application else f" of {refusal.task_id}" if refusal.task_id else ""
    code = "" if refusal.exit_code is None else f" (exit code {refusal.exit_code})"
    return f"{_clock(refusal.at)}  {refusal.trigger}{who} in {refusal.state}: {refusal.cause or '?'}{code}"


def _applications(session: SessionHistory) -> Iterator[str]:
    """Yield for each application how long it was in which state, and in which one it ended."""
    for name, stays in session.stays_by_application.items():
        sums: dict[str, float] = {}
        for stay in stays:
            sums[stay.state] = sums.get(stay.state, 0.0) + (stay.seconds or 0.0)
        times = ", ".join(f"{state} {duration(seconds)}" for state, seconds in sums.items())
        yield f"{name}: {times}; at last {stays[-1].state}"


def _processes(session: SessionHistory) -> Iterator[str]:
    for process in session.processes:
        ran = "its end is not known" if process.seconds is None else f"ran {duration(process.seconds)}"
        code = "" if process.exit_code is None else f", {describe_exit(process.exit_code)}"
        asked = "" if process.asked_by in (None, "nobody") else f", asked by {process.asked_by}"
        memory = "" if process.peak_memory is None else f", at most {_memory(process.peak_memory)}"
        yield f"{_clock(process.began)}  {process.pid} {ran}{code}{asked}{memory}"
        yield from (f"    {line}" for line in process.last_lines)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    written = [f"  {line}" for line in lines]
    if written:
        yield from ("", f"{title}:", *written)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (3, 4, 5)) -> Iterator[str]:
    cells = [titles, *rows]
    widths = [max(len(row[index]) for row in cells) for index in range(len(titles) - 1)]
    for row in cells:
        padded = [
            cell.rjust(width) if index in numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths))
        ]
        yield "  ".join([*padded, row[-1]])


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _clock(at: float | None) -> str:
    return "?" if at is None else local_time(at, _TIME)


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"


def _memory(count: int | None) -> str:
    return "" if count is None else size(count)
