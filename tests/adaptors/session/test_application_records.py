"""The life of an application in a session: in the log, in the journal, and in the answer to a status request."""

from __future__ import annotations

import threading

import pytest
from adaptor_runtime.adaptors import Adaptor, SemanticVersion
from adaptor_runtime.adaptors._messages.journal import Journal
from adaptor_runtime.adaptors._messages.journal_reading import read_journal
from adaptor_runtime.adaptors._messages.log_levels import LogLevels
from adaptor_runtime.adaptors._session.private_state import private_state, session_state
from adaptor_runtime.ipc._stream.printer import transition_text
from adaptor_runtime.statemachine import ApplicationTrigger, IllegalCallError, draw, path
from adaptor_runtime_client._messages import LifecycleRecord
from patience import SECONDS
from recorded_session import sessions

LAUNCH, READY, ASK, LOSE, CLOSE = ApplicationTrigger
PATH = ["absent", "loading", "ready", "busy", "lost", "loading", "ready", "closed"]


class Guarded(Adaptor):
    """An adaptor that says what happens to its application, from its hooks and from another thread."""

    data_version = SemanticVersion(1, 0)

    @property
    def life(self):
        return session_state(self).application_life("blender")

    def on_start(self):
        self.life.move(LAUNCH)
        self.life.move(READY, cause="a rule")

    def on_run(self, run_data):
        self.life.move(ASK)
        loss = threading.Thread(target=self.life.move, args=(LOSE,), kwargs={"cause": "exited with 1"})
        loss.start()
        loss.join()
        self.life.move(LAUNCH)
        self.life.move(READY)

    def on_stop(self):
        self.life.move(CLOSE)


@pytest.fixture
def session(stream, tmp_path):
    with sessions(stream) as make:
        yield lambda adaptor: make(adaptor, {"cancel": 1000.0}, journal=Journal(tmp_path / "journal.jsonl"))


@pytest.fixture
def finished(session, tmp_path):
    """Run a session of one task; return its runner and its journal."""
    runner = session(Guarded({}))
    for request in (runner.start, lambda: runner.run({}), runner.stop):
        assert runner.wait(request()).exit_code == 0
    return runner, tmp_path / "journal.jsonl"


def records(stream):
    return [message for message, _ in stream.told if isinstance(message, LifecycleRecord)]


def test_the_journal_has_the_records_of_both_machines_each_with_its_own_numbers(finished):
    runner, journal = finished
    history = read_journal(journal)
    assert (path(history), path(history, "blender")) == (path(runner.lifecycle.history), PATH)
    for machine, count in (("adaptor", 5), ("application", 7)):
        assert [each.sequence for each in history if each.machine == machine] == list(range(1, count + 1))
    assert [each.trigger for each in history] == [
        "launch", "ready", "start", "run", "ask", "lose", "launch", "ready", "finish", "close", "stop", "cleanup",
    ]  # fmt: skip


def test_the_drawing_of_a_journal_has_both_paths(finished):
    _, journal = finished
    drawing = draw("text", history=read_journal(journal)).splitlines()
    assert drawing[-2:] == [
        "path: idle -> started -> running -> started -> stopped -> cleaned",
        f"path of the application blender: {' -> '.join(PATH)}",
    ]
    assert {"> cleaned  (now)  1x", "    > closed  (now)  1x"} <= set(drawing)


def test_the_log_has_the_records_of_the_application_by_name_and_requests_only_for_debugging(finished, stream):
    lines = [transition_text(message.record) for message in records(stream)]
    named = [line for line in lines if "application=blender" in line]
    assert [line.split(" from=")[0] for line in named] == [
        f"INFO: transition application=blender sequence={number} trigger={trigger}"
        for number, trigger in ((1, "launch"), (2, "ready"), (4, "lose"), (5, "launch"), (6, "ready"), (7, "close"))
    ]
    assert "from=loading to=ready cause='a rule' seconds=" in named[1]
    assert [line for line in lines if "machine" in line] == []
    assert stream.transitions[:3] == ["launch", "ready", "start"]


def test_each_record_of_an_application_is_in_the_stream_before_the_result_that_follows_it(finished, stream):
    ends = [index for index, (what, _) in enumerate(stream.told) if what == "end"]
    at = {
        message.record["trigger"]: index
        for index, (message, _) in enumerate(stream.told)
        if isinstance(message, LifecycleRecord)
    }
    assert ends[0] < at["lose"] < ends[1] < at["close"] < ends[2]


def test_a_record_is_in_the_stream_while_the_hook_that_made_it_still_runs(session, stream, monkeypatch):
    emit, is_shown, shown = stream.emit, threading.Event(), []

    def watch(message, body=b""):
        emit(message, body)
        if isinstance(message, LifecycleRecord) and message.record["trigger"] == "lose":
            is_shown.set()

    def on_run(run_data):
        adaptor.life.move(LOSE)
        shown.append(is_shown.wait(SECONDS))

    monkeypatch.setattr(stream, "emit", watch)
    adaptor = Guarded({})
    adaptor.on_run = on_run
    runner = session(adaptor)
    runner.wait(runner.start())
    runner.wait(runner.run({}))
    assert shown == [True]


def test_at_level_debug_the_log_has_each_request(stream, session):
    runner = session(Guarded({}))
    runner._transcript._emitter.set_levels(LogLevels(runtime="DEBUG"))
    runner.wait(runner.start())
    runner.wait(runner.run({}))
    (asked,) = [message for message in records(stream) if message.record["trigger"] == "ask"]
    assert transition_text(asked.record).startswith("DEBUG: transition application=blender sequence=3 ")


def test_a_status_answers_with_the_records_of_applications_apart_from_those_of_the_adaptor(session):
    runner = session(Guarded({}))
    assert runner.status().applications == []
    runner.wait(runner.start())
    now = runner.status()
    assert [record["trigger"] for record in now.history] == ["start"]
    assert [(record["application"], record["target"]) for record in now.applications] == [
        ("blender", "loading"),
        ("blender", "ready"),
    ]


def test_an_illegal_request_to_an_application_fails_the_task_and_is_a_warning_in_the_log(session, stream):
    adaptor = Guarded({})
    adaptor.on_run = lambda run_data: adaptor.life.move(LAUNCH)
    runner = session(adaptor)
    runner.wait(runner.start())
    task = runner.wait(runner.run({}))
    assert task.exit_code == 1
    assert "launch was refused in state ready of the application blender" in task.message
    (refused,) = [message for message in records(stream) if message.record["kind"] == "refused"]
    assert transition_text(refused.record).startswith("WARNING: refused application=blender sequence=3 trigger=launch ")
    assert str(runner.state) == "started"


def test_an_application_has_one_life_also_without_a_session():
    state = private_state(Guarded({}))
    life = state.application_life("blender")
    life.move(LAUNCH)
    assert state.application_life("blender") is life is not state.application_life("maya")
    with pytest.raises(IllegalCallError):
        life.move(ASK)
    assert [record.kind for record in life.history] == ["transition", "refused"]


def test_the_life_of_an_adaptor_s_application_continues_in_the_session_that_takes_the_adaptor(session, stream):
    adaptor = Guarded({})
    adaptor.on_start = lambda: adaptor.life.move(READY)
    private_state(adaptor).application_life("blender").move(LAUNCH)
    runner = session(adaptor)
    assert runner.wait(runner.start()).exit_code == 0
    assert [message.record["sequence"] for message in records(stream) if message.record.get("application")] == [2]


def test_what_happens_to_an_application_after_the_session_is_in_the_log_too(session, stream):
    adaptor = Guarded({})
    runner = session(adaptor)
    runner.wait(runner.start())
    runner.wait(runner.stop())
    adaptor.life.move(LAUNCH)
    runner.close()
    assert records(stream)[-1].record["trigger"] == "launch"


def test_a_record_that_cannot_be_taken_is_a_defect_of_the_runtime_and_not_of_the_application(session, stream):
    adaptor = Guarded({})
    runner = session(adaptor)
    runner.wait(runner.start())
    adaptor.on_run = lambda run_data: adaptor.life.move(ASK)
    take = runner._transcript.take

    def fail_for_applications(record):
        if record.application:
            raise MemoryError("no memory")
        take(record)

    runner._transcript.take = fail_for_applications
    assert runner.wait(runner.run({})).exit_code == 1
    assert "a defect of the runtime" in stream.text
