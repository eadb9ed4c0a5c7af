"""A session is read from the entries of its journal: what happened, when, for how long, and why it ended."""

from __future__ import annotations

import pytest
from adaptor_runtime.statemachine import (
    ApplicationLife,
    ApplicationTrigger,
    Entry,
    IllegalCallError,
    Lifecycle,
    PhaseOutcome,
    Trigger,
    sessions_of,
)

BEGAN = 1000.0


class Written:
    """The entries that a session leaves, written by a clock that the test sets."""

    def __init__(self):
        self.now = 0.0
        self.entries = []
        self.lifecycle = Lifecycle(clock=lambda: self.now, on_record=self.record)

    def record(self, record):
        self.entries.append(Entry({**record.to_dict(), "at": BEGAN + self.now}, record))

    def note(self, what, **fields):
        self.entries.append(Entry({"kind": "note", "what": what, **fields, "at": BEGAN + self.now}))

    def call(self, trigger, seconds, *, task_id=None, error=None, **usage):
        if trigger is not Trigger.RUN:
            self.note("hook begins", hook=f"on_{trigger}")
        call = self.lifecycle.begin(trigger, task_id=task_id)
        self.now += seconds
        self.lifecycle.settle(call, error=error)
        if usage:
            self.note("usage", hook=call.hook, task_id=task_id, **usage)

    def end(self):
        if self.lifecycle.stop_owed:
            self.call(Trigger.STOP, 0.5)
        self.call(Trigger.CLEANUP, 0.25)

    def read(self):
        (session,) = sessions_of(self.entries)
        return session


@pytest.fixture
def written():
    return Written()


def test_each_phase_has_its_beginning_its_seconds_its_usage_and_its_outcome(written):
    written.call(Trigger.START, 4.0, cpu_seconds=3.5, peak_memory=1000)
    written.call(Trigger.RUN, 2.0, task_id="task-1", cpu_seconds=1.5, peak_memory=5000)
    written.end()
    session = written.read()
    assert [(each.hook, each.task_id, each.began, each.seconds) for each in session.phases] == [
        ("on_start", None, BEGAN, 4.0),
        ("on_run", "task-1", BEGAN + 4, 2.0),
        ("on_stop", None, BEGAN + 6, 0.5),
        ("on_cleanup", None, BEGAN + 6.5, 0.25),
    ]
    assert {each.outcome for each in session.phases} == {PhaseOutcome.SUCCEEDED}
    assert [each.cpu_seconds for each in session.phases] == [3.5, 1.5, None, None]
    assert (session.cpu_seconds, session.peak_memory, session.seconds) == (5.0, 5000, 6.75)
    assert session.tasks == session.phases[1:2]
    assert session.is_complete
    assert session.cause is None


@pytest.mark.parametrize("noted", [False, True])
def test_a_clock_that_is_put_back_makes_nothing_earlier_or_shorter(written, noted):
    written.call(Trigger.START, 4.0)
    written.call(Trigger.RUN, 10.0, task_id="task-1")
    whole = len(written.entries)
    written.note("process started", pid=5)
    written.now += 5
    if noted:
        written.note("process ended", pid=5, exit_code=0)
    written.call(Trigger.RUN, 2.0, task_id="task-2")
    written.end()
    put_back = [
        Entry({**entry.fields, "at": entry.fields["at"] - 7200}, entry.record) for entry in written.entries[whole:]
    ]
    (session,) = sessions_of([*written.entries[:whole], *put_back])
    (expected,) = sessions_of(written.entries)
    assert (session.seconds, session.began) == (expected.seconds, expected.began)
    assert session.phases == expected.phases
    assert session.processes[0].seconds == (5 if noted else None)


def test_time_in_which_the_machine_slept_counts(written):
    written.call(Trigger.START, 4.0)
    awake = len(written.entries)
    written.end()
    later = [
        Entry({**entry.fields, "at": entry.fields["at"] + 3600}, entry.record) for entry in written.entries[awake:]
    ]
    (session,) = sessions_of([*written.entries[:awake], *later])
    assert session.seconds == 3604.75


def test_a_task_that_failed_has_the_cause_of_its_result(written):
    written.call(Trigger.START, 1.0)
    written.call(Trigger.RUN, 2.0, task_id="task-1", error="OSError: no disk")
    (task,) = written.read().tasks
    assert (task.outcome, task.cause, task.exit_code) == (PhaseOutcome.FAILED, "OSError: no disk", None)
    written.note("result", request="task-1", exit_code=1, message="on_run failed: OSError: no disk")
    (task,) = written.read().tasks
    assert (task.cause, task.exit_code) == ("on_run failed: OSError: no disk", 1)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(5, PhaseOutcome.TIMED_OUT), (143, PhaseOutcome.CANCELED), (130, PhaseOutcome.CANCELED), (1, PhaseOutcome.FAILED)],
)
def test_a_canceled_task_has_the_outcome_of_its_exit_code(written, code, outcome):
    written.call(Trigger.START, 1.0)
    call = written.lifecycle.begin(Trigger.RUN, task_id="task-1")
    written.lifecycle.cancel(cause="SIGTERM")
    written.lifecycle.settle(call, error="TaskCanceledError")
    assert written.read().tasks[0].outcome is PhaseOutcome.CANCELED
    written.note("result", request="task-1", exit_code=code, message="on_run was canceled by SIGTERM")
    written.end()
    session = written.read()
    assert session.tasks[0].outcome is outcome
    assert session.cause == "SIGTERM"
    assert session.state == "cleaned"


def test_a_hook_that_was_abandoned_timed_out_and_its_late_end_changes_nothing(written):
    written.call(Trigger.START, 1.0)
    call = written.lifecycle.begin(Trigger.RUN, task_id="task-1")
    written.now += 3
    written.lifecycle.abandon(call, cause="on_run did not end within its deadline of 3 s")
    written.lifecycle.settle(call)
    (task,) = written.read().tasks
    assert (task.outcome, task.seconds) == (PhaseOutcome.TIMED_OUT, 3.0)
    assert task.cause == "on_run did not end within its deadline of 3 s"


def test_a_session_that_broke_off_says_in_which_phase(written):
    written.call(Trigger.START, 1.0)
    written.lifecycle.begin(Trigger.RUN, task_id="task-1")
    written.now += 7
    written.note("process started", pid=7)
    session = written.read()
    assert not session.is_complete
    assert session.unfinished == session.tasks[0]
    assert (session.unfinished.outcome, session.unfinished.seconds) == (PhaseOutcome.UNFINISHED, 7.0)
    assert session.processes[0].seconds is None


def test_a_start_that_had_not_returned_is_unfinished(written):
    written.note("session", pid=5, adaptor="Farm")
    written.note("hook begins", hook="on_start")
    assert written.read().unfinished.hook == "on_start"


def test_a_refused_call_has_its_reason_and_the_exit_code_of_its_command(written):
    written.call(Trigger.START, 1.0)
    with pytest.raises(IllegalCallError):
        written.lifecycle.begin(Trigger.START)
    written.lifecycle.refuse(Trigger.RUN, cause="invalid run data", task_id="task-1")
    written.note("result", request="task-1", exit_code=2, message="frame: expected an integer")
    start, run = written.read().refusals
    assert (start.trigger, start.state, start.exit_code) == ("start", "started", None)
    assert (run.task_id, run.cause, run.exit_code) == ("task-1", "frame: expected an integer", 2)
    assert written.read().tasks == ()


def test_the_stays_and_restarts_of_an_application_are_told_by_its_records(written):
    life = ApplicationLife("blender", clock=lambda: written.now, on_record=written.record)
    for trigger, seconds in (("launch", 2.0), ("ready", 3.0), ("ask", 1.0)):
        life.move(ApplicationTrigger(trigger))
        written.now += seconds
    life.move(ApplicationTrigger.LOSE, cause="it was killed")
    life.move(ApplicationTrigger.LAUNCH)
    with pytest.raises(IllegalCallError):
        life.move(ApplicationTrigger.ASK)
    session = written.read()
    assert [(stay.state, stay.began - BEGAN, stay.seconds) for stay in session.stays] == [
        ("loading", 0.0, 2.0),
        ("ready", 2.0, 3.0),
        ("busy", 5.0, 1.0),
        ("lost", 6.0, 0.0),
        ("loading", 6.0, None),
    ]
    (restart,) = session.restarts
    assert (restart.application, restart.at, restart.cause) == ("blender", BEGAN + 6, "it was killed")
    assert [(refusal.application, refusal.state) for refusal in session.refusals] == [("blender", "loading")]


def test_notes_tell_who_ran_it_and_what_came_from_outside(written):
    written.note("session", pid=5, adaptor="Farm", mode="daemon", host="node17", versions={"Farm": "2.1"}, init_data={})
    written.note("signal", number=15, name="SIGTERM")
    written.note("signal", number=2)
    written.note("process started", pid=7)
    written.now += 3
    written.note("process ended", pid=7, exit_code=-9, asked_by="nobody", peak_memory=10, last_lines=["no licence"])
    written.note("defect", error="KeyError: 1")
    written.note("of a later release", pid=7)
    session = written.read()
    assert (session.adaptor, session.mode, session.pid, session.host) == ("Farm", "daemon", 5, "node17")
    assert (session.versions, session.init_data) == ({"Farm": "2.1"}, {})
    assert [signal.name for signal in session.signals] == ["SIGTERM", "signal 2"]
    (process,) = session.processes
    assert (process.seconds, process.exit_code, process.asked_by) == (3.0, -9, "nobody")
    assert (process.peak_memory, process.last_lines) == (10, ("no licence",))
    assert session.defects == ("KeyError: 1",)


def test_the_run_data_of_a_task_is_with_the_task(written):
    written.call(Trigger.START, 1.0)
    for number in (1, 2):
        written.note("run data", task_id=f"task-{number}", data={"frame": number})
        written.call(Trigger.RUN, 1.0, task_id=f"task-{number}")
    assert [task.data for task in written.read().tasks] == [{"frame": 1}, {"frame": 2}]


def test_a_journal_of_several_sessions_is_several_sessions(written):
    second = Written()
    for session in (written, second):
        session.call(Trigger.START, 1.0)
        session.end()
    assert [one.state for one in sessions_of([*written.entries, *second.entries])] == ["cleaned", "cleaned"]
    cleanup = [Entry({"kind": "note", "what": "session", "pid": 8, "mode": "cleanup after loss"})]
    assert [one.mode for one in sessions_of([*written.entries, *cleanup])] == [None, "cleanup after loss"]


def test_a_beginning_that_is_repeated_in_the_next_file_belongs_to_the_same_session(written):
    written.note("session", pid=5, start_time=1.0, adaptor="Farm")
    written.call(Trigger.START, 1.0)
    written.note("session", pid=5, start_time=1.0, adaptor="Farm", continued=True)
    written.end()
    assert not written.read().is_cut
    del written.entries[:3]
    session = written.read()
    assert session.is_cut
    assert session.adaptor == "Farm"
    assert [phase.hook for phase in session.phases] == ["on_stop", "on_cleanup"]


def test_a_journal_of_the_first_release_has_phases_too(written):
    written.call(Trigger.START, 4.0)
    written.call(Trigger.RUN, 2.0, task_id="task-1")
    written.end()
    records = [Entry(entry.record.to_dict(), entry.record) for entry in written.entries if entry.record is not None]
    (session,) = sessions_of(records)
    assert [phase.seconds for phase in session.phases] == [4.0, 2.0, 0.5, 0.25]
    assert {phase.began for phase in session.phases} == {None}
    assert session.seconds is None


@pytest.mark.parametrize("value", [None, [], {}, "x", 10**400, float("nan"), True, -1])
def test_values_of_another_kind_are_as_unknown(written, value):
    names = ("pid", "host", "adaptor", "versions", "number", "exit_code", "request", "hook", "at", "last_lines")
    for what in (
        "session",
        "hook begins",
        "run data",
        "result",
        "usage",
        "signal",
        "process started",
        "process ended",
        "defect",
    ):
        written.entries.append(Entry({"kind": "note", "what": what, **dict.fromkeys(names, value)}))
    written.note(value)
    assert sessions_of(written.entries)


def test_no_entries_are_no_session():
    assert sessions_of([]) == []
