"""The journal of a session tells of its processes and signals too, and outlives the death of the daemon."""

from __future__ import annotations

import json
import os
import signal

import pytest
from private_files import is_private
from program_ends import ASKED

pytestmark = pytest.mark.faults("Lifecycle")


def notes(path):
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    return [(entry["what"], entry) for entry in entries if entry["kind"] == "note"]


def test_the_journal_of_a_killed_daemon_is_readable(command_line):
    journal = command_line.directory / "journal.jsonl"
    command_line("daemon", "start", "--connection-file", command_line.connection_file, "--journal", journal)
    program = "import time; print(1, flush=True); time.sleep(1000)"
    task = command_line.begin_task({"on_run": {"application": program}})
    task.wait_for("STDOUT: ")
    command_line.daemon.kill()
    assert task.finish().exit_code == 4
    assert [what for what, _ in notes(journal)] == ["session", "hook begins", "result", "usage", "process started"]
    drawn = command_line("graph", "--journal", journal, "--format", "text", adaptor=None)
    assert drawn.exit_code == 0
    assert "idle -> started -> running" in drawn.text
    assert command_line.stop().exit_code == 0
    assert journal.exists()


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_a_folder_that_the_configuration_names_keeps_a_journal_of_each_session(command_line, mode):
    folder = command_line.directory / "journals"
    file = command_line.directory / "runtime.json"
    file.write_text(json.dumps({"journal_directory": str(folder)}))
    command_line.environment["RUNTIME_CONFIG_PATH"] = str(file)
    for _ in range(2):
        if mode == "run":
            assert command_line("run").exit_code == 0
        else:
            assert command_line.start().exit_code == 0
            assert command_line.stop().exit_code == 0
    first, second = folder.iterdir()
    assert first.name.startswith("Scripted-")
    for journal in (first, second):
        drawn = command_line("graph", "--journal", journal, "--format", "text", adaptor=None)
        assert "stopped -> cleaned" in drawn.text


def test_a_folder_that_cannot_be_is_bad_configuration_and_nothing_begins(command_line):
    file = command_line.directory / "runtime.json"
    file.write_text(json.dumps({"journal_directory": f"{file}/journals"}))
    command_line.environment["RUNTIME_CONFIG_PATH"] = str(file)
    for arguments in (["run"], ["daemon", "start", "--connection-file", command_line.connection_file]):
        refused = command_line(*arguments)
        assert refused.exit_code == 2
        (failure,) = refused.failures
        why = "Not a directory; " if os.name == "posix" else ""  # Windows says that there is no such path
        assert f"cannot keep a journal in {file}/journals: {why}" in failure
    assert command_line.stop().exit_code == 0
    assert command_line.calls == []


def test_signals_processes_and_the_last_hooks_are_noted(command_line):
    journal = command_line.directory / "journal.jsonl"
    program = "import time; print('here', flush=True); time.sleep(1000)"
    run = command_line.begin("run", "--journal", journal, "--run-data", {"on_run": {"application": program}})
    run.wait_for("here")
    run.signal(signal.SIGTERM)
    run.finish()
    told = dict(notes(journal))
    assert (told["signal"]["number"], told["signal"]["name"]) == (signal.SIGTERM, "SIGTERM")
    assert told["process ended"]["exit_code"] in ASKED
    assert told["process ended"]["pid"] == told["process started"]["pid"]
    begun = [entry["hook"] for what, entry in notes(journal) if what == "hook begins"]
    assert begun == ["on_start", "on_stop", "on_cleanup"]
    assert is_private(journal)
