from __future__ import annotations

import subprocess
import sys

import pytest

FORMATS = pytest.mark.parametrize("form", ["mermaid", "dot", "text", "svg"])
GUARDED = """
from adaptor_runtime.adaptors._session.private_state import session_state
from adaptor_runtime.statemachine import ApplicationTrigger as Trigger
from scripted import Scripted


class Guarded(Scripted):
    def move(self, *triggers):
        for trigger in triggers:
            session_state(self).application_life("blender").move(trigger)

    def on_start(self):
        self.move(Trigger.LAUNCH, Trigger.READY)

    def on_run(self, run_data):
        self.move(Trigger.ASK)
        super().on_run(run_data)
        self.move(Trigger.READY)

    def on_stop(self):
        self.move(Trigger.CLOSE)
"""
STATES = {"idle", "started", "running", "canceled", "failed", "stopped", "cleaned"}
BEGINNINGS = {"mermaid": "stateDiagram-v2", "dot": "digraph", "text": "", "svg": "<svg "}


@FORMATS
def test_the_lifecycle_of_every_adaptor_is_drawn(command_line, form):
    drawn = command_line("graph", "--format", form, adaptor=None)
    assert drawn.exit_code == 0
    assert drawn.text.startswith(BEGINNINGS[form])
    assert all(state in drawn.text for state in STATES)


@FORMATS
def test_a_live_daemon_is_drawn_with_its_state_and_its_path(command_line, form):
    of_class = command_line("graph", "--format", form, adaptor=None)
    command_line.start()
    command_line.task()
    live = command_line("graph", "--format", form, "--connection-file", command_line.connection_file, adaptor=None)
    assert live.exit_code == 0
    assert live.text.startswith(BEGINNINGS[form])
    assert live.text != of_class.text
    assert command_line.stop().exit_code == 0


@FORMATS
def test_a_finished_session_is_drawn_from_its_journal(command_line, form):
    journal = command_line.directory / "session.jsonl"
    command_line.start()
    command_line.stop()
    command_line("daemon", "start", "--connection-file", command_line.connection_file, "--journal", journal)
    command_line.task()
    command_line.stop()
    drawn = command_line("graph", "--format", form, "--journal", journal, adaptor=None)
    assert drawn.exit_code == 0
    assert drawn.text.startswith(BEGINNINGS[form])
    assert drawn.text != command_line("graph", "--format", form, adaptor=None).text


class TestSeveralSessionsInOneJournal:
    @pytest.fixture
    def journal(self, command_line):
        """Write a journal of three sessions, the second of which has two tasks."""
        path = command_line.directory / "session.jsonl"
        for tasks in (1, 2, 1):
            command_line("run", "--journal", path, *["--run-data", "{}"] * tasks)
        return path

    def draw(self, command_line, journal, *words):
        return command_line("graph", "--format", "text", "--journal", journal, *words, adaptor=None)

    def test_the_last_one_is_drawn_and_that_is_said(self, command_line, journal):
        drawn = self.draw(command_line, journal)
        assert drawn.exit_code == 0
        assert "+ running  1x" in drawn.text
        assert drawn.lines[-1] == f"{journal} has 3 sessions, and this is the last one; --session NUMBER draws another"

    @pytest.mark.parametrize(("number", "visits"), [("1", "1x"), ("2", "2x"), ("3", "1x")])
    def test_another_one_is_drawn_if_that_is_asked(self, command_line, journal, number, visits):
        drawn = self.draw(command_line, journal, "--session", number)
        assert f"+ running  {visits}" in drawn.text
        assert drawn.lines[-1].startswith("path: ")

    def test_one_that_is_not_there_is_rejected_with_the_numbers_that_are(self, command_line, journal):
        drawn = self.draw(command_line, journal, "--session", "4")
        assert drawn.exit_code == 2
        assert drawn.lines == [
            f"error: there is no session 4 in the journal {journal}: it has only the sessions 1 to 3",
        ]

    def test_the_journal_of_one_session_is_drawn_without_more_words(self, command_line):
        path = command_line.directory / "session.jsonl"
        command_line("run", "--journal", path)
        assert self.draw(command_line, path).lines[-1].startswith("path: ")
        assert self.draw(command_line, path, "--session", "1").exit_code == 0
        assert self.draw(command_line, path, "--session", "2").lines[0].endswith("it has only session 1")


def test_a_daemon_that_is_busy_is_drawn_at_once(command_line, release):
    gate = command_line.gate("task")
    command_line.start()
    task = command_line.begin_task({"on_run": {"wait_at": gate}})
    task.wait_for("waiting at")
    drawn = command_line("graph", "--format", "text", "--connection-file", command_line.connection_file, adaptor=None)
    assert drawn.exit_code == 0
    assert "running" in drawn.text
    release(gate)
    assert task.finish().exit_code == 0
    assert command_line.stop().exit_code == 0


def test_the_life_of_an_application_is_shown_by_a_live_daemon_and_by_its_journal(command_line, release):
    (command_line.directory / "guarded.py").write_text(GUARDED)
    query = ("--connection-file", command_line.connection_file)
    journal, gate = command_line.directory / "session.jsonl", command_line.gate("task")
    start = command_line("daemon", "start", *query, "--journal", journal, adaptor="guarded:Guarded")
    assert start.exit_code == 0
    assert "INFO: transition application=blender sequence=2 trigger=ready from=loading to=ready" in start.text
    task = command_line.begin_task({"on_run": {"wait_at": gate}})
    task.wait_for("waiting at")
    live = command_line("graph", "--format", "text", *query, adaptor=None).lines
    assert {"> running  (now)  1x", "    > busy  (now)  1x", "path: idle -> started -> running"} <= set(live)
    status = command_line("daemon", "status", *query, adaptor=None).lines
    assert {"application:  blender, busy", "last record:  transition run"} <= set(status)
    assert any(line.startswith("state:        running, since ") for line in status)
    release(gate)
    assert task.finish().exit_code == 0
    assert command_line.stop().exit_code == 0
    drawn = command_line("graph", "--format", "text", "--journal", journal, adaptor=None).lines
    assert {"> cleaned  (now)  1x", "    > closed  (now)  1x"} <= set(drawn)
    assert drawn[-2:] == [
        "path: idle -> started -> running -> started -> stopped -> cleaned",
        "path of the application blender: absent -> loading -> ready -> busy -> ready -> closed",
    ]


@FORMATS
def test_an_application_is_drawn_without_a_session_if_that_is_asked(command_line, form):
    drawn = command_line("graph", "--format", form, "--application", adaptor=None)
    assert drawn.exit_code == 0
    assert "an application, from on_start to on_stop" in drawn.text


@pytest.mark.parametrize(
    ("options", "exit_code"),
    [
        (["--format", "png"], 2),
        (["--connection-file", "missing.json"], 4),
        (["--journal", "missing.jsonl"], 2),
        (["--journal", "garbage"], 2),
        (["--journal", "garbage", "--connection-file", "missing.json"], 2),
        (["--session", "1"], 2),
        (["--session", "0", "--journal", "garbage"], 2),
        (["--session", "last", "--journal", "garbage"], 2),
    ],
)
def test_a_session_that_cannot_be_drawn_is_reported_in_one_line(command_line, options, exit_code):
    (command_line.directory / "garbage").write_text("hello\nworld\n")
    finished = command_line("graph", *options, adaptor=None)
    assert finished.exit_code == exit_code
    assert len(finished.lines) == 1


def test_version_info_prints_nothing_but_the_versions(command_line):
    command = [sys.executable, "-m", "adaptor_runtime", "--adaptor", "scripted:Scripted", "version-info"]
    finished = subprocess.run(command, env=command_line.environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0
    assert finished.stdout == "OpenJD Adaptor CLI Version: '0.1'\nScripted Data Interface Version: '1.2'\n"
    assert finished.stderr == ""
    assert command_line.calls == []


@pytest.mark.parametrize(
    "words",
    [[], ["run"], ["daemon"], ["daemon", "start"], ["daemon", "run"], ["daemon", "stop"], ["graph"], ["version-info"]],
    ids=lambda words: " ".join(words) or "none",
)
def test_help_at_each_level_has_an_example(command_line, words):
    finished = command_line(*words, "--help", adaptor=None)
    assert finished.exit_code == 0
    assert "Example:\n" in finished.text
    assert command_line(*words, "-h", adaptor=None).text == finished.text
    assert "_serve" not in finished.text
