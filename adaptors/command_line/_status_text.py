"""The status of a daemon as text for people: one screen."""

from __future__ import annotations

from ...ipc._processes import usage
from ...ipc._stream import openjd_messages
from ...ipc._stream.gauges import local_time, progress_bar, stopwatch
from ...statemachine._amounts import size
from ._daemon_status import ANSWERS, is_suspended
from ._pasted_path import pasted
from ._process_table import MOST_LINES, process_table, total_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._daemon_status import DaemonStatus

_NAME = 14
_NARROW = 50  # columns, of which the names would take too many
_BAR = 20
_LINES = 8


def screen(
    status: DaemonStatus,
    former: DaemonStatus | None = None,
    height: int | None = None,
    columns: int | None = None,
) -> list[str]:
    """Return the lines of one screen: if it is low, with fewer lines of output, so that the processes are seen.

    Args:
        status: The status.
        former: The one before, for the processor time between the two.
        height: How many lines there is room for; None for any number.
        columns: How wide the terminal is; None for any width.
    """
    rows, table = list(_rows(status, _LINES)), _table(status, former, MOST_LINES, columns)
    over = 0 if height is None else len(rows) + len(table) - height
    if height is not None and over > 0:
        said = sum(not name for name, _ in rows)
        rows = list(_rows(status, max(0, said - over)))
        table = _table(status, former, min(MOST_LINES, height - len(rows)), columns)
    is_narrow = columns is not None and columns < _NARROW
    shown = [_named(name, value, is_narrow=is_narrow) for name, value in rows]
    return [*shown, *table][:height]


def _named(name: str, value: object, *, is_narrow: bool) -> str:
    if is_narrow:
        return f"{name}: {value}" if name else f"  {value}"
    return f"{name + ':' if name else '':<{_NAME}}{value}"


def _table(status: DaemonStatus, former: DaemonStatus | None, lines: int, columns: int | None) -> list[str]:
    return list(process_table(status, former, lines, columns)) if status.processes else []


def row(status: DaemonStatus) -> str:
    """Return the line of a daemon in a list."""
    state = status.state or status.condition if status.is_alive else status.condition
    since = "-" if status.state_seconds is None else stopwatch(status.state_seconds)
    memory = size(usage.total(status.processes).resident_bytes) if status.processes else "-"
    doing = _in_flight(status) if status.is_alive else status.message
    if status.progress is not None and status.is_alive and status.in_flight is not None:
        doing += f", {status.progress:g} %"
    if is_suspended(status.pid, status.processes):  # another one that is silent may only be short of processor time
        doing += ", suspended"
    left = f"  journal {pasted(status.journal)}" if not status.is_alive and status.journal else ""
    name, file = status.adaptor or "-", pasted(status.connection_file)
    return f"{status.pid:>8}  {state:<8}  {since:>8}  {memory:>9}  {name}  {doing}  {file}{left}"


def _rows(status: DaemonStatus, most: int) -> Iterator[tuple[str, object]]:
    if status.condition != ANSWERS:
        yield "daemon", f"{status.condition}: {status.message}"
    yield "adaptor", status.adaptor or "not constructed yet"
    yield "state", (status.state or "unknown") + _since(status)
    if status.cause is not None:
        yield "cause", status.cause
    for name, state, count in _applications(status):
        yield "application", f"{name}, {state}" + (f", started {count} times" if count > 1 else "")
    yield "in flight", _in_flight(status)
    if status.progress is not None:
        yield "progress", f"{progress_bar(status.progress, _BAR)} {status.progress:g} %"
    if status.status_message is not None:
        yield "status", status.status_message
    yield from _output(status, most)
    for name, text in _limits(status):
        yield name, text
    yield "stop owed", "yes" if status.stop_owed else "no"
    last = status.history[-1] if status.history else {}
    yield "last record", " ".join(str(last[key]) for key in ("kind", "trigger", "cause") if last.get(key)) or "none"
    if status.refused:
        refused = status.refused[-1]
        yield "refused", f"{len(status.refused)}; the last one: {refused['trigger']}: {refused.get('cause')}"
    if status.failures:
        last = status.failures[-1]
        yield (
            "failed",
            f"{_counted(len(status.failures), 'task')}; the last one: {last['task_id']}: {last.get('cause')}",
        )
    yield "restarts", status.restarts
    yield "process", status.pid
    yield "release", status.release
    yield "journal", status.journal or "none"
    if status.processes:
        yield "usage", total_text(status.processes)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _since(status: DaemonStatus) -> str:
    if status.state_seconds is None:
        return ""
    until = status.at if status.is_alive or status.last_sign_of_life is None else status.last_sign_of_life
    began = local_time(until - status.state_seconds, "%H:%M:%S")
    return f", since {began} ({stopwatch(status.state_seconds)}{_until(status)})"


def _until(status: DaemonStatus) -> str:
    """Say where a duration ends of a daemon that is gone: nobody knows how long it lived after its last word."""
    return "" if status.is_alive else " until it was last heard"


def _in_flight(status: DaemonStatus) -> str:
    call = status.in_flight
    if call is None:
        return "nothing" if status.state is not None else "unknown"
    task = f" for {call['task_id']}" if call.get("task_id") else ""
    word = "since" if status.is_alive else "for"
    return f"{call['hook']}{task}, {word} {stopwatch(call['seconds'])}{_until(status)}"


def busy_since(status: DaemonStatus) -> str:
    """Say which hook is in flight since when, and may keep the daemon from answering; empty if none is."""
    call = status.in_flight
    if call is None or is_suspended(status.pid, status.processes):
        return ""
    began = local_time(status.at - call["seconds"], "%H:%M:%S")
    task = f" for {call['task_id']}" if call.get("task_id") else ""
    return f"{call['hook']}{task}, in flight since {began} ({stopwatch(call['seconds'])}), may hold the interpreter"


def _applications(status: DaemonStatus) -> list[tuple[str, str, int]]:
    """Return the name and the state of each application, and how often it was started."""
    states = {str(record.get("application")): str(record.get("target")) for record in status.applications}
    launched = [str(each.get("application")) for each in status.applications if each.get("trigger") == "launch"]
    return [(name, state, launched.count(name)) for name, state in states.items()]


def _output(status: DaemonStatus, most: int) -> Iterator[tuple[str, str]]:
    output: dict[str, Any] = status.output or {}
    if output.get("seconds") is None:
        yield "output", "none yet"
        return
    yield "output", f"{stopwatch(output['seconds'])} ago"
    for line in output["lines"][-most:] if most else []:
        is_near = openjd_messages.resembles_message(line.encode("utf-8", "backslashreplace"))
        yield "", f"STDOUT: {line}" if is_near else line


def _limits(status: DaemonStatus) -> Iterator[tuple[str, str]]:
    for limit in status.limits:
        left, seconds = limit["left"], limit["seconds"]
        if left is None:
            continue
        of = "" if seconds is None else f" of {stopwatch(seconds)}"
        text = f"{stopwatch(left)}{of} left" if left > -1 else f"{stopwatch(-left)} more than {stopwatch(seconds or 0)}"
        yield "limit", f"{limit['name']}: {text}"
