"""A session as a journal tells it: its phases, its tasks, the states of its applications, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from ._states import AdaptorState
from ._table import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._history import Record

ON_RUN = "on_run"


class Entry(NamedTuple):
    """One entry of a journal: a record of a machine, or a note."""

    fields: Mapping[str, Any]
    """The entry as a JSON object. Its values are unchecked, except those of the record."""
    record: Record | None = None
    """The record; None for a note."""


class PhaseOutcome(Name):
    """How a phase ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed out"
    UNFINISHED = "unfinished"


@attrs.frozen
class Phase:
    """One call of a hook: ``on_run`` is a task. What is unknown is None.

    Attributes:
        hook: The hook.
        task_id: The task.
        began: When it began, in seconds since 1970.
        seconds: How long it took; until the last entry of the journal if it is unfinished.
        outcome: How it ended.
        cause: Why it did not succeed, in one line.
        exit_code: The exit code of the command that asked for it.
        cpu_seconds: Processor time of the runtime, the adaptor, and all that they started.
        peak_memory: Bytes in RAM of the largest of these processes: its peak if that was in this phase, else what it
            had at the end.
        data: The run data of the task, with its secrets hidden, if the journal has it.
    """

    hook: str
    task_id: str | None = None
    began: float | None = None
    seconds: float | None = None
    outcome: PhaseOutcome = PhaseOutcome.UNFINISHED
    cause: str | None = None
    exit_code: int | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    data: Any = None


@attrs.frozen
class ApplicationStay:
    """One stay of an application in a state.

    Attributes:
        application: The name of the application.
        state: The state.
        began: When it began, in seconds since 1970.
        seconds: How long it took; None if it was the last one.
        cause: What led to it.
    """

    application: str
    state: str
    began: float | None = None
    seconds: float | None = None
    cause: str | None = None


@attrs.frozen
class Refusal:
    """A call that was refused; nothing changed.

    Attributes:
        at: When, in seconds since 1970.
        trigger: The call.
        state: The state in which it was refused.
        cause: Why.
        task_id: The task that was meant.
        application: The application that refused it; None if it was the adaptor's lifecycle.
        exit_code: The exit code of the command that made it.
    """

    at: float | None
    trigger: str
    state: str
    cause: str | None = None
    task_id: str | None = None
    application: str | None = None
    exit_code: int | None = None


@attrs.frozen
class Restart:
    """A restart of an application.

    Attributes:
        at: When, in seconds since 1970.
        application: The name of the application.
        cause: Why it was restarted.
    """

    at: float | None
    application: str
    cause: str | None = None


@attrs.frozen
class ReceivedSignal:
    """A signal that the session received.

    Attributes:
        at: When, in seconds since 1970.
        name: Its name, such as ``SIGTERM``.
    """

    at: float | None
    name: str


@attrs.frozen
class ApplicationProcess:
    """A process that the adaptor started as an application. What is unknown is None.

    Attributes:
        pid: Its process id.
        began: When it was started, in seconds since 1970.
        seconds: How long it ran; None if its end is not in the journal.
        exit_code: Its exit code, negative for a signal.
        asked_by: Who asked for its end; ``nobody`` if it ended by itself.
        peak_memory: Most bytes in RAM that it or one of its children had.
        last_lines: What it wrote last, if it failed.
    """

    pid: int
    began: float | None = None
    seconds: float | None = None
    exit_code: int | None = None
    asked_by: str | None = None
    peak_memory: int | None = None
    last_lines: tuple[str, ...] = ()


@attrs.frozen
class SessionHistory:
    """One session. What the journal does not have is None or empty: journals of earlier releases have less.

    Attributes:
        adaptor: The class of the adaptor.
        mode: How it was run: ``run``, ``daemon``, or ``cleanup after loss``.
        pid: The process.
        start_time: What tells the process from another one with the same pid.
        boot: What tells this boot of the machine from others; empty if the system does not.
        host: The name of the machine.
        system: The operating system of the machine.
        versions: Releases by name: of the runtime, the adaptor, and Python.
        began: When its first entry was written, in seconds since 1970.
        ended: When its last entry was written.
        state: The state that its lifecycle reached.
        cause: Why it was canceled or failed: the first cause counts.
        cause_state: The state that this led to: ``canceled`` or ``failed``.
        phases: The calls of hooks, in the order in which they began.
        stays: The states of its applications, in the order in which they began.
        refusals: The calls that were refused.
        restarts: The restarts of its applications.
        signals: The signals that it received.
        processes: The applications that the adaptor started, as processes.
        defects: Defects of the runtime.
        init_data: The init data, with its secrets hidden, if the journal has it.
        is_cut: Its beginning is missing: the journal grew too large.
        lost_entries: How many entries could not be written, such as on a full disk.
        records: The records of all machines.
    """

    adaptor: str | None = None
    mode: str | None = None
    pid: int | None = None
    start_time: float | None = None
    boot: str | None = None
    host: str | None = None
    system: str | None = None
    versions: Mapping[str, str] = attrs.Factory(dict)
    began: float | None = None
    ended: float | None = None
    state: str = AdaptorState.IDLE.value
    cause: str | None = None
    cause_state: str | None = None
    phases: tuple[Phase, ...] = ()
    stays: tuple[ApplicationStay, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    restarts: tuple[Restart, ...] = ()
    signals: tuple[ReceivedSignal, ...] = ()
    processes: tuple[ApplicationProcess, ...] = ()
    defects: tuple[str, ...] = ()
    init_data: Any = None
    is_cut: bool = False
    lost_entries: int = 0
    records: tuple[Record, ...] = attrs.field(default=(), repr=False)

    @property
    def tasks(self) -> tuple[Phase, ...]:
        """The tasks."""
        return tuple(phase for phase in self.phases if phase.hook == ON_RUN)

    @property
    def failures(self) -> tuple[Phase, ...]:
        """The phases and tasks that did not succeed."""
        return tuple(phase for phase in self.phases if phase.outcome is not PhaseOutcome.SUCCEEDED)

    @property
    def stays_by_application(self) -> dict[str, list[ApplicationStay]]:
        """The stays of each application by its name, in the order in which they began."""
        stays: dict[str, list[ApplicationStay]] = {}
        for stay in self.stays:
            stays.setdefault(stay.application, []).append(stay)
        return stays

    @property
    def is_complete(self) -> bool:
        """Whether it came to its end; else it broke off, or is still running."""
        return self.state == AdaptorState.CLEANED.value

    @property
    def unfinished(self) -> Phase | None:
        """The phase in which it broke off, or is now."""
        return next((phase for phase in self.phases if phase.outcome is PhaseOutcome.UNFINISHED), None)

    @property
    def seconds(self) -> float | None:
        """How long it took, from the first entry to the last one."""
        return None if self.began is None or self.ended is None else max(0.0, self.ended - self.began)

    @property
    def cpu_seconds(self) -> float | None:
        """Processor time of all phases; None if none is known."""
        known = [phase.cpu_seconds for phase in self.phases if phase.cpu_seconds is not None]
        return sum(known) if known else None

    @property
    def peak_memory(self) -> int | None:
        """Most bytes in RAM that one process had; None if unknown."""
        return max((phase.peak_memory for phase in self.phases if phase.peak_memory is not None), default=None)
