"""Make the model of each session from the entries of a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, ClassVar

import attrs

from ._application_states import ApplicationState, ApplicationTrigger
from ._history import GREATEST, number_in
from ._session_history import (
    ON_RUN,
    ApplicationProcess,
    ApplicationStay,
    Phase,
    PhaseOutcome,
    ReceivedSignal,
    Refusal,
    Restart,
    SessionHistory,
)
from ._states import ABANDONED, RETURNED, AdaptorState, Trigger
from ._steady_clock import SteadyClock
from ._table import OF_ADAPTOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ._history import Record
    from ._session_history import Entry

_BEGINNING = "session"
_START = "start"
_OUTCOMES = {
    0: PhaseOutcome.SUCCEEDED,
    5: PhaseOutcome.TIMED_OUT,
    130: PhaseOutcome.CANCELED,
    143: PhaseOutcome.CANCELED,
}
_WHEN_MOVED_ON = {AdaptorState.CANCELED.value: PhaseOutcome.CANCELED}
_BREAKS = {Trigger.CANCEL.value, Trigger.FAIL.value}
_GONE = {ApplicationState.LOST.value, ApplicationState.CLOSED.value}


def sessions_of(entries: Iterable[Entry]) -> list[SessionHistory]:
    """Return the sessions in a journal, oldest first. One that was cleaned up after its loss is two.

    Args:
        entries: The entries of the journal, oldest first.
    """
    readings: list[_Reading] = []
    for entry in entries:
        if not readings or readings[-1].is_followed_by(entry):
            readings.append(_Reading())
        readings[-1].take(entry)
    return [reading.session() for reading in readings]


class _Reading:
    """One session while its entries are read."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}
        self._clock = SteadyClock()
        self._state = AdaptorState.IDLE.value
        self._cause: str | None = None
        self._cause_state: str | None = None
        self._identity: tuple[Any, Any] | None = None
        self._sequence = 0
        self._records: list[Record] = []
        self._phases: list[Phase] = []
        self._open: dict[str, int] = {}
        self._by_task: dict[str | None, int] = {}
        self._refused: dict[str | None, int] = {}
        self._stays: list[ApplicationStay] = []
        self._last_stay: dict[str, int] = {}
        self._refusals: list[Refusal] = []
        self._restarts: list[Restart] = []
        self._signals: list[ReceivedSignal] = []
        self._processes: list[ApplicationProcess] = []
        self._running: dict[int, int] = {}
        self._defects: list[str] = []
        self._data: dict[str | None, Any] = {}

    def is_followed_by(self, entry: Entry) -> bool:
        """Return whether the entry begins another session."""
        if entry.record is not None:
            return entry.record.machine == OF_ADAPTOR and entry.record.sequence <= self._sequence
        if entry.fields.get("what") != _BEGINNING:
            return False
        is_same = entry.fields.get("continued") is True and _identity(entry.fields) == self._identity
        return not is_same

    def session(self) -> SessionHistory:
        """Return what was read."""
        ended = self._facts.get("ended")
        for number in self._open.values():
            phase = self._phases[number]
            self._phases[number] = attrs.evolve(phase, seconds=_since(phase.began, ended))
        return SessionHistory(
            **self._facts,
            state=self._state,
            cause=self._cause,
            cause_state=self._cause_state,
            phases=tuple(self._phases),
            stays=tuple(self._stays),
            refusals=tuple(self._refusals),
            restarts=tuple(self._restarts),
            signals=tuple(self._signals),
            processes=tuple(self._processes),
            defects=tuple(self._defects),
            records=tuple(self._records),
        )

    def take(self, entry: Entry) -> None:
        """Read one entry."""
        at = number_in(entry.fields, "at")
        if at is not None:
            at = self._clock.steady(at, None if entry.record is None else entry.record.time)
            self._facts.setdefault("began", at)
            self._facts["ended"] = at
        if entry.record is None:
            note = self._notes.get(str(entry.fields.get("what")))
            if note is not None:
                note(self, entry.fields, at)
            return
        self._records.append(entry.record)
        if entry.record.machine == OF_ADAPTOR:
            self._take_record(entry.record, entry.fields, at)
        else:
            self._take_record_of_application(entry.record, at)

    # Records.

    def _take_record(self, record: Record, fields: Mapping[str, Any], at: float | None) -> None:
        if not self._sequence and record.sequence > 1:
            self._facts["is_cut"] = True
        self._sequence = record.sequence
        if record.kind == "refused":
            self._refused[record.task_id] = len(self._refusals)
            self._refusals.append(Refusal(at, record.trigger, record.source, record.cause, record.task_id))
        elif record.kind == "transition":
            self._state = record.target
            if record.trigger in _BREAKS and self._cause_state is None:
                self._cause, self._cause_state = record.cause, record.target
        if record.hook is None or record.kind in {"refused", "late"}:
            return
        if record.outcome is not None:
            self._end_phase(record, fields, at)
        elif record.trigger == Trigger.RUN.value:
            self._begin_phase(record.hook, record.task_id, at)

    def _begin_phase(self, hook: str, task_id: str | None, at: float | None) -> None:
        self._open[hook] = self._by_task[task_id or hook] = len(self._phases)
        self._phases.append(Phase(hook, task_id, at, data=self._data.pop(task_id, None)))

    def _end_phase(self, record: Record, fields: Mapping[str, Any], at: float | None) -> None:
        assert record.hook is not None
        if record.hook not in self._open:
            began = None if at is None else at - (record.seconds or 0.0)
            self._begin_phase(record.hook, record.task_id, began)
        number = self._open.pop(record.hook)
        outcome = _outcome(record)
        cause = None if outcome is PhaseOutcome.SUCCEEDED else record.cause or self._cause
        self._phases[number] = attrs.evolve(
            self._phases[number],
            seconds=number_in(fields, "seconds"),
            outcome=outcome,
            cause=cause,
        )

    def _take_record_of_application(self, record: Record, at: float | None) -> None:
        name = record.application or "application"
        if record.kind == "refused":
            self._refusals.append(Refusal(at, record.trigger, record.source, record.cause, record.task_id, name))
        if record.kind != "transition":
            return
        last = self._last_stay.get(name)
        if last is not None:
            self._stays[last] = attrs.evolve(self._stays[last], seconds=record.seconds)
        if record.trigger == ApplicationTrigger.LAUNCH.value and record.source in _GONE:
            former = None if last is None else self._stays[last].cause
            self._restarts.append(Restart(at, name, record.cause or former))
        self._last_stay[name] = len(self._stays)
        self._stays.append(ApplicationStay(name, record.target, at, None, record.cause))

    # Notes.

    def _take_beginning(self, fields: Mapping[str, Any], _at: float | None) -> None:
        self._identity = _identity(fields)
        release = _text(fields, "release")
        versions = fields.get("versions")
        known = {} if release is None else {"adaptor_runtime": release}
        if isinstance(versions, dict):
            known = {str(name): str(version) for name, version in versions.items()}
        self._facts.update(
            {name: _text(fields, name) for name in ("adaptor", "mode", "host", "boot", "system")},
            pid=_whole(fields, "pid"),
            start_time=number_in(fields, "start_time"),
            versions=known,
            init_data=fields.get("init_data"),
        )
        if fields.get("continued") is True and not self._records:
            self._facts["is_cut"] = True

    def _take_hook(self, fields: Mapping[str, Any], at: float | None) -> None:
        hook = _text(fields, "hook")
        if hook is not None and hook != ON_RUN:
            self._begin_phase(hook, None, at)

    def _take_loss(self, fields: Mapping[str, Any], _at: float | None) -> None:
        self._facts["lost_entries"] = self._facts.get("lost_entries", 0) + (_whole(fields, "count") or 0)

    def _take_data(self, fields: Mapping[str, Any], _at: float | None) -> None:
        self._data[_text(fields, "task_id")] = fields.get("data")

    def _take_result(self, fields: Mapping[str, Any], _at: float | None) -> None:
        """Read the result of a request: it knows better than the end of the hook why that did not succeed."""
        request, code = _text(fields, "request"), _whole(fields, "exit_code")
        message = _text(fields, "message") or None
        key = "on_start" if request == _START else request
        if code is None:
            return
        if key in self._by_task:
            number = self._by_task[key]
            outcome = _OUTCOMES.get(code, PhaseOutcome.FAILED)
            self._phases[number] = attrs.evolve(self._phases[number], outcome=outcome, cause=message, exit_code=code)
        elif key in self._refused:
            number = self._refused[key]
            former = self._refusals[number]
            self._refusals[number] = attrs.evolve(former, cause=message or former.cause, exit_code=code)

    def _take_usage(self, fields: Mapping[str, Any], _at: float | None) -> None:
        number = self._by_task.get(_text(fields, "task_id") or _text(fields, "hook"))
        if number is not None:
            cpu_seconds, peak_memory = number_in(fields, "cpu_seconds"), _whole(fields, "peak_memory")
            self._phases[number] = attrs.evolve(self._phases[number], cpu_seconds=cpu_seconds, peak_memory=peak_memory)

    def _take_signal(self, fields: Mapping[str, Any], at: float | None) -> None:
        name = _text(fields, "name") or f"signal {fields.get('number')}"
        self._signals.append(ReceivedSignal(at, name))

    def _take_process(self, fields: Mapping[str, Any], at: float | None) -> None:
        pid = _whole(fields, "pid")
        if pid is not None:
            self._running[pid] = len(self._processes)
            self._processes.append(ApplicationProcess(pid, at))

    def _take_exit(self, fields: Mapping[str, Any], at: float | None) -> None:
        pid = _whole(fields, "pid")
        if pid is None:
            return
        if pid not in self._running:
            self._take_process(fields, None)
        number = self._running.pop(pid)
        lines = fields.get("last_lines")
        self._processes[number] = attrs.evolve(
            self._processes[number],
            seconds=_since(self._processes[number].began, at),
            exit_code=_whole(fields, "exit_code"),
            asked_by=_text(fields, "asked_by"),
            peak_memory=_whole(fields, "peak_memory"),
            last_lines=tuple(map(str, lines)) if isinstance(lines, list) else (),
        )

    def _take_defect(self, fields: Mapping[str, Any], _at: float | None) -> None:
        self._defects.append(_text(fields, "error") or "unknown")

    _notes: ClassVar[Mapping[str, Callable[[_Reading, Mapping[str, Any], float | None], None]]] = {
        _BEGINNING: _take_beginning,
        "hook begins": _take_hook,
        "run data": _take_data,
        "lost entries": _take_loss,
        "result": _take_result,
        "usage": _take_usage,
        "signal": _take_signal,
        "process started": _take_process,
        "process ended": _take_exit,
        "defect": _take_defect,
    }
    """What to read from each note. Notes of a later release are skipped."""


def _outcome(record: Record) -> PhaseOutcome:
    """Return how a phase ended as far as the end of its hook tells."""
    if record.outcome == ABANDONED:
        return PhaseOutcome.TIMED_OUT
    if record.kind == "transition":
        return PhaseOutcome.SUCCEEDED if record.outcome == RETURNED else PhaseOutcome.FAILED
    return _WHEN_MOVED_ON.get(record.target, PhaseOutcome.FAILED)


def _identity(fields: Mapping[str, Any]) -> tuple[Any, Any]:
    return fields.get("pid"), fields.get("start_time")


def _since(began: float | None, ended: float | None) -> float | None:
    return None if began is None or ended is None else max(0.0, ended - began)


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _whole(fields: Mapping[str, Any], name: str) -> int | None:
    value: Any = fields.get(name)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -GREATEST < value < GREATEST else None
