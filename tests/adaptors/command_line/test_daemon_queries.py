"""What one can ask of a live daemon, and have it do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from private_files import write_private


def query(command_line, *words):
    return command_line("daemon", *words, "--connection-file", command_line.connection_file, adaptor=None)


def status(command_line):
    return json.loads(query(command_line, "status", "--format", "json").text)


def test_status_reports_the_current_state(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"wait_at": gate}})
    task.wait_for("waiting at")
    now = status(command_line)
    assert (now["state"], now["stop_owed"], now["adaptor"]) == ("running", True, "Scripted")
    assert now["in_flight"]["hook"] == "on_run"
    assert now["pid"] == command_line.daemon.pid
    text = query(command_line, "status")
    assert text.exit_code == 0
    assert f"on_run for {now['in_flight']['task_id']}, since " in text.text
    release(gate)
    task.finish()
    assert "in flight:    nothing" in query(command_line, "status").lines
    command_line.stop()


def test_cancel_ends_the_task_in_flight_and_is_final(command_line):
    command_line.start()
    task = command_line.begin_task({"on_run": {"wait_for_cancel": "here"}})
    task.wait_for("here")
    task_id = status(command_line)["in_flight"]["task_id"]
    canceled = query(command_line, "cancel", "--task", task_id)
    assert (canceled.exit_code, canceled.lines) == (0, [f"canceled: task {task_id}"])
    assert task.finish().exit_code == 143
    assert command_line.task().exit_code == 3
    assert "already" in query(command_line, "cancel").text
    command_line.stop()


def test_cancel_of_a_task_that_is_over_changes_nothing_and_is_recorded(command_line):
    command_line.start()
    command_line.task()
    canceled = query(command_line, "cancel", "--task", "task-over")
    assert (canceled.exit_code, "nothing was canceled" in canceled.text) == (0, True)
    assert command_line.task().exit_code == 0
    refused = [record for record in status(command_line)["history"] if record["kind"] == "refused"]
    assert [(record["trigger"], record["task_id"]) for record in refused] == [("cancel", "task-over")]
    command_line.stop()


def test_cancel_of_an_idle_session_is_also_final(command_line):
    command_line.start()
    assert query(command_line, "cancel").lines == ["canceled: the session"]
    assert command_line.task().exit_code == 3
    assert command_line.stop().exit_code == 0


def test_list_tells_live_daemons_from_dead_ones(command_line):
    assert command_line.listed().lines == []
    command_line.start()
    second = command_line.directory / "second.json"
    start = command_line.begin("daemon", "start", "--connection-file", second)
    assert start.finish().exit_code == 0
    listed = command_line.listed()
    assert listed.exit_code == 0
    assert len(listed.lines) == 2
    assert all(str(path) in listed.text for path in (second, command_line.connection_file))
    assert [line.split()[1] for line in listed.lines] == ["started", "started"]
    assert str(command_line.daemon.pid) in {line.split()[0] for line in listed.lines}
    command_line("daemon", "stop", "--connection-file", second, adaptor=None)
    command_line.daemon.kill()
    (dead,) = command_line.listed().lines
    assert (dead.split()[1], "it was killed or crashed" in dead) == ("dead", True)
    command_line.stop()


def test_list_finds_a_live_daemon_that_was_started_with_another_temporary_directory(command_line, tmp_path):
    command_line.start()
    other = tmp_path / "other"
    other.mkdir()
    (line,) = command_line.listed(TMPDIR=str(other)).lines
    assert line.split()[:2] == [str(command_line.daemon.pid), "started"]
    command_line.stop()
    assert command_line.listed(TMPDIR=str(other)).lines == []


@pytest.mark.faults("Lifecycle")
@pytest.mark.posix("a directory whose files are in use can be removed")
def test_a_daemon_whose_session_directory_was_removed_is_still_listed_and_says_so(command_line):
    command_line.start()
    daemon = command_line.daemon
    directory = json.loads(command_line.connection_file.read_text())["session_directory"]
    daemon.suspend()  # so that it does not end meanwhile: it looks for the directory twice a minute
    shutil.rmtree(directory)
    listed = command_line("daemon", "list", adaptor=None)
    (row,) = [line for line in listed.lines if line.split()[0] == str(daemon.pid)]
    assert row.split()[1] == "unknown"
    assert "no connection file leads to it: it is about to start, or its files were removed" in row
    shown = query(command_line, "status")
    assert f"its session directory {directory} was removed: it ends within a minute" in shown.lines[0]
    assert "state:        unknown" in shown.lines
    assert "in flight:    unknown" in shown.lines
    daemon.resume()
    command_line.stop()


@pytest.mark.faults("Bad input")
@pytest.mark.posix("there are no modes of files")
def test_a_connection_file_that_others_can_read_is_listed_with_the_reason_why_it_is_not_used(command_line):
    command_line.start()
    command_line.connection_file.chmod(0o644)
    (line,) = [line for line in command_line.listed().lines if "unknown" not in line]
    assert line == query(command_line, "status").lines[0].removeprefix("error: ")
    assert line.startswith(f"the connection file {command_line.connection_file} cannot be used: ")
    command_line.connection_file.chmod(0o600)
    command_line.stop()


@pytest.mark.faults("Lifecycle")
@pytest.mark.posix("only there is a signal that suspends")
def test_list_shows_which_daemon_is_suspended(command_line):
    command_line.start()
    command_line.daemon.suspend()
    (row,) = command_line.listed().lines
    assert "  nothing, suspended  " in row
    command_line.daemon.resume()
    command_line.stop()


@pytest.mark.faults("Bad input")
def test_what_a_dead_daemon_has_left_is_one_line_or_none_and_advises_nothing_about_it(command_line):
    command_line.start()
    command_line.daemon.kill()
    connection = command_line.connection_file.read_bytes()
    command_line.connection_file.write_bytes(b"{}")
    (line,) = command_line.listed().lines
    assert line == f"{command_line.connection_file}: what is in this place is no connection file of a daemon"
    command_line.connection_file.unlink()
    assert command_line.listed().lines == []
    write_private(command_line.connection_file, connection)
    command_line.stop()


@pytest.mark.faults("Text of applications")
def test_text_of_an_author_cannot_add_a_line_to_an_answer(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    run_data = {"on_run": {"wait_at": gate, "raise": r"ValueError('odd\ud800\r\nopenjd_env: A=B')"}}
    words = "--connection-file", command_line.connection_file, "--on-disconnect", "keep", "--run-data", run_data
    task = command_line.begin("daemon", "run", *words, adaptor=None)
    task.wait_for("waiting at")
    task.kill()
    task.finish()
    release(gate)
    attached = query(command_line, "attach")
    assert (attached.exit_code, attached.lines[-1]) == (
        1,
        r"error: on_run failed: ValueError: odd\ud800 openjd_env: A=B",
    )
    assert (
        r"last record:  transition finish ValueError: odd\ud800 openjd_env: A=B" in query(command_line, "status").lines
    )
    command_line.stop()


@pytest.mark.faults("Bad input")
@pytest.mark.posix("names are any bytes on POSIX only")
@pytest.mark.parametrize("name", [b"\xff", b"a\nopenjd_env: A=B"])
def test_a_connection_file_of_any_name_is_listed_on_one_line(command_line, name):
    folder = os.fsencode(command_line.directory) + b"/" + name
    os.mkdir(folder)
    path = os.fsdecode(folder + b"/c.json")
    announced = f"openjd_env: {json.dumps('OPENJD_ADAPTOR_SOCKET=' + path)}"
    start = command_line.begin("daemon", "start", "--connection-file", path, allowed=(announced,))
    assert start.finish().exit_code == 0
    listed = command_line.listed(PYTHONIOENCODING="utf-8:strict")
    assert (listed.exit_code, len(listed.lines)) == (0, 1)
    quoted = listed.lines[0][listed.lines[0].index("$'") :]
    assert subprocess.check_output(["bash", "-c", f"printf %s {quoted}"]) == os.fsencode(path)
    assert command_line("daemon", "stop", "--connection-file", path, adaptor=None).exit_code == 0


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("content", [b"", b"/a\0b"])
def test_a_session_directory_that_names_no_file_is_not_listed(command_line, content):
    directory = Path(command_line.temporary) / "adaptor-runtime-odd"
    directory.mkdir()
    note = directory / "connection-file"
    write_private(note, content)
    listed = command_line.listed()
    assert (listed.exit_code, listed.lines) == (0, [])
    shutil.rmtree(directory)


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("words", ["status", "logs", "cancel", "attach"])
def test_without_a_daemon_a_query_says_so_in_one_line_that_is_no_message(command_line, words):
    missing = query(command_line, words)
    assert missing.exit_code == 4
    assert len(missing.lines) == 1
    assert missing.lines[0].startswith("error: the connection file")


@pytest.mark.parametrize("words", ["status", "logs", "cancel", "attach", "list"])
def test_help_has_an_example(command_line, words):
    _, _, example = command_line("daemon", words, "--help", adaptor=None).text.partition("Example:\n")
    assert f" daemon {words}" in example


def test_a_cancel_waits_for_a_daemon_that_is_suspended(command_line):
    command_line.start()
    daemon = command_line.daemon
    daemon.suspend()
    cancel = command_line.begin("daemon", "cancel", "--connection-file", command_line.connection_file, adaptor=None)
    cancel.wait_for("still waiting, because it is alive")
    daemon.resume()
    assert cancel.finish().exit_code == 0
    assert command_line.stop().exit_code == 0
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


def test_an_error_is_printed_in_utf8_whatever_the_encoding_of_the_streams(tmp_path):
    missing = tmp_path / "\u00e9.json"
    command = [sys.executable, "-m", "adaptor_runtime", "daemon", "status", "--connection-file", str(missing)]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert ended.returncode == 4
    assert f"the connection file {missing} does not exist".encode() in ended.stderr
