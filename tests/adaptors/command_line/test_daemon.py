from __future__ import annotations

import json
import os
import re
import signal

import psutil
import pytest
from command_line import OUTPUT_OF_ANY_KIND
from patience import SECONDS
from private_files import is_private

LINES = 200_000 if os.name == "posix" else 2_000
"""Of an application. Wine's server takes part in each line, which is not buffered."""


def test_a_session_goes_through_the_lifecycle_one_command_after_the_other(command_line):
    start = command_line.start({"scene": "a.blend"})
    tasks = [command_line.task({"frame": number}) for number in (1, 2)]
    stop = command_line.stop()
    assert [part.exit_code for part in (start, *tasks, stop)] == [0, 0, 0, 0]
    assert start.transitions == [("idle", "started")]
    for task in tasks:
        assert task.transitions == [("started", "running"), ("running", "started")]
    assert stop.transitions == [("started", "stopped"), ("stopped", "cleaned")]
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_run", "on_stop", "on_cleanup"]


def test_each_end_of_a_hook_says_how_long_the_hook_took(command_line):
    parts = [command_line.start(), command_line.task(), command_line.stop()]
    ends = [record for part in parts for record in part.records if record["trigger"] != "run"]
    assert [record["hook"] for record in ends] == ["on_start", "on_run", "on_stop", "on_cleanup"]
    assert all(re.fullmatch(r"\d+(\.\d+)?", record["seconds"]) for record in ends)
    assert [record["sequence"] for part in parts for record in part.records] == list("123456")[:5]


def test_the_connection_file_is_announced_and_found_by_its_variable(command_line):
    start = command_line("daemon", "start")
    line = next(line for line in start.lines if line.startswith("openjd_env: "))
    path = line.partition("OPENJD_ADAPTOR_SOCKET=")[2]
    assert os.path.isabs(path)
    assert is_private(path)
    task = command_line("daemon", "run", adaptor=None, OPENJD_ADAPTOR_SOCKET=path)
    stop = command_line("daemon", "stop", adaptor=None, OPENJD_ADAPTOR_SOCKET=path)
    assert (task.exit_code, stop.exit_code) == (0, 0)


def test_a_relative_connection_file_is_announced_with_its_whole_path(command_line):
    start = command_line("daemon", "start", "--connection-file", "connection.json")
    assert f"openjd_env: OPENJD_ADAPTOR_SOCKET={command_line.connection_file}" in start.lines
    assert command_line.stop().exit_code == 0


def test_a_package_with_an_entry_point_starts_its_own_daemon(command_line):
    assert command_line.start(module="packaged").exit_code == 0
    assert command_line.daemon.cmdline()[-4:] == ["-m", "packaged", "daemon", "_serve"]
    assert command_line.task(module="packaged").exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Secrets")
def test_neither_data_nor_key_is_in_the_arguments_of_the_daemon(command_line):
    command_line.start({"password": "secret-of-the-farm"})
    text = " ".join(command_line.daemon.cmdline())
    key = json.loads(command_line.connection_file.read_text())["key"]
    assert "secret" not in text
    assert key not in text
    assert command_line.stop().exit_code == 0


def test_init_data_of_any_size_reaches_the_daemon(command_line):
    data = command_line.directory / "init_data.json"
    data.write_text(json.dumps({"text": "ü😀" * 500_000, "on_start": {"say": "all there"}}))
    start = command_line(
        "daemon", "start", "--connection-file", command_line.connection_file, "--init-data", f"file://{data}"
    )
    assert "all there" in start.lines
    assert command_line.stop().exit_code == 0


@OUTPUT_OF_ANY_KIND
def test_output_of_any_kind_arrives_with_its_task(command_line, step, line):
    command_line.start()
    task = command_line.task({"on_run": {step: "words"}})
    assert task.lines[1] == line
    assert "trigger=finish" in task.lines[2]
    assert "words" not in command_line.stop().text


@pytest.mark.faults("Processes and output")
def test_all_lines_of_an_application_arrive_in_order(command_line):
    command_line.start()
    task = command_line.task({"on_run": {"application": f"for i in range({LINES}): print('line', i)"}})
    lines = [line for line in task.lines if line.startswith("STDOUT: line")]
    assert lines == [f"STDOUT: line {number}" for number in range(LINES)]
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Processes and output")
def test_a_reader_that_goes_away_changes_only_what_is_shown(command_line):
    command_line.start()
    running = command_line.begin_task({"on_run": {"application": f"for i in range({LINES}): print('line', i)"}})
    running.wait_for("line")
    running.process.stdout.close()
    assert running.process.wait() == 0
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "line" not in stop.text


def test_an_application_stays_from_start_to_stop(command_line):
    program = "print('ready')\nimport sys\nsys.stdin.read()"
    start = command_line.start({"on_start": {"open_application": program}})
    assert start.exit_code == 0
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Outcome")
def test_a_lost_application_fails_the_task_and_stop_still_works(command_line, release):
    gate = command_line.gate("end of the application")
    program = f"print('ready')\nopen({gate!r}).read()\nraise SystemExit(9)"
    command_line.start({"on_start": {"open_application": program, "declare_application": "declared"}})
    task = command_line.begin_task({"on_run": {"expect": "waiting for what never comes"}})
    task.wait_for("waiting for")
    release(gate)
    finished = task.finish()
    assert finished.exit_code == 1
    assert "exited with 9" in finished.failures[0]
    assert finished.transitions == [("started", "running"), ("running", "failed")]
    refused = command_line.task()
    assert refused.exit_code == 3
    assert "failed" in refused.failures[0]
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


@pytest.mark.faults("Outcome")
def test_a_failed_task_leaves_the_next_one_alone(command_line):
    command_line.start()
    failed = command_line.task({"on_run": {"say": "first", "raise": "ValueError('no such frame')"}})
    assert failed.exit_code == 1
    assert failed.failures == ["openjd_fail: on_run failed: ValueError: no such frame"]
    following = command_line.task({"on_run": {"say": "second"}})
    assert following.exit_code == 0
    assert "first" not in following.text
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_a_failed_start_leaves_a_file_that_stop_reports_and_removes(command_line):
    start = command_line.start({"on_start": {"raise": "ValueError('no license')"}})
    assert start.exit_code == 1
    assert start.failures == ["openjd_fail: on_start failed: ValueError: no license"]
    assert command_line.calls == ["constructor", "on_start", "on_cleanup"]
    assert is_private(command_line.connection_file)
    assert command_line.left() == []
    task = command_line.task()
    assert task.exit_code == 4
    assert "no license" in task.failures[0]
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "no license" in stop.text
    assert not command_line.connection_file.exists()


@pytest.mark.faults("Lifecycle")
def test_another_start_takes_over_the_file_of_a_failed_one(command_line):
    assert command_line.start({"on_start": {"raise": "ValueError('no license')"}}).exit_code == 1
    assert command_line.start().exit_code == 0
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_of_two_starts_at_the_same_time_exactly_one_wins(command_line, release):
    gate = command_line.gate("constructor")
    running = [command_line.begin_start({"constructor": {"wait_at": gate}}) for _ in range(2)]
    first_lines = [one.wait_for("") for one in running]
    winner, loser = sorted(running, key=lambda one: first_lines[running.index(one)].startswith("openjd_fail"))
    refused = loser.finish()
    release(gate)
    assert [refused.exit_code, winner.finish().exit_code] == [3, 0]
    assert command_line.calls == ["constructor", "on_start"]
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_a_second_start_on_a_live_daemon_is_refused(command_line):
    command_line.start()
    again = command_line.start()
    assert again.exit_code == 3
    assert "daemon stop" in again.failures[0]
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_a_second_task_while_one_is_in_flight_is_refused(command_line, release):
    gate = command_line.gate("first")
    command_line.start()
    first = command_line.begin_task({"on_run": {"wait_at": gate}})
    first.wait_for("waiting at first")
    second = command_line.task()
    assert second.exit_code == 3
    assert "running" in second.failures[0]
    release(gate)
    assert first.finish().exit_code == 0
    assert command_line.calls.count("on_run") == 1
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_stop_during_a_task_cancels_it_first(command_line):
    command_line.start()
    task = command_line.begin_task({"on_run": {"wait_for_cancel": "rendering"}})
    task.wait_for("rendering")
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert task.finish().exit_code == 143
    assert command_line.calls[2:] == ["on_run", "on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.faults("Lifecycle")
def test_a_lost_frontend_cancels_its_task(command_line):
    command_line.start()
    task = command_line.begin_task({"on_run": {"say": "rendering", "expect": "waiting"}})
    task.wait_for("waiting")
    task.kill()
    task.process.wait()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "loss of its frontend" in stop.text
    assert command_line.calls[2:] == ["on_run", "on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.faults("Lifecycle")
def test_a_lost_frontend_of_start_ends_the_daemon(command_line):
    start = command_line.begin_start({"on_start": {"expect": "loading"}})
    start.wait_for("loading")
    daemon = command_line.daemon
    start.kill()
    psutil.wait_procs([daemon], timeout=SECONDS)
    assert command_line.calls == ["constructor", "on_start", "on_cancel", "on_cleanup"]
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_after_a_cancel_the_next_task_is_refused(command_line):
    command_line.start()
    task = command_line.begin_task({"on_run": {"expect": "rendering"}})
    task.wait_for("rendering")
    task.signal(signal.SIGTERM)
    assert task.finish().exit_code == 143
    following = command_line.task()
    assert following.exit_code == 3
    assert "canceled" in following.failures[0]
    assert command_line.calls.count("on_run") == 1
    assert command_line.stop().exit_code == 0


STUBBORN = """
import os, signal, subprocess, sys, time
for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
command = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
children = [subprocess.Popen(command, start_new_session=own) for own in (False, True)]
print("ready")
time.sleep(600)
"""


@pytest.mark.faults("Lifecycle")
def test_a_killed_daemon_is_reported_and_its_application_ends(command_line):
    command_line.start({"on_start": {"open_application": STUBBORN}})
    task = command_line.begin_task({"on_run": {"expect": "rendering"}})
    task.wait_for("rendering")
    command_line.daemon.kill()
    finished = task.finish()
    assert finished.exit_code == 4
    assert "died" in finished.failures[0]
    _, left = psutil.wait_procs(command_line.processes(), timeout=SECONDS)
    assert not left
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "is dead" in stop.text
    assert not command_line.connection_file.exists()


@pytest.mark.faults("Lifecycle")
def test_the_file_of_a_killed_daemon_is_taken_over_by_start(command_line):
    command_line.start()
    daemon = command_line.daemon
    daemon.kill()
    psutil.wait_procs([daemon], timeout=SECONDS)
    assert command_line.task().exit_code == 4
    assert command_line.start().exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Lifecycle")
def test_stop_returns_when_the_daemon_has_exited(command_line):
    for _ in range(3):
        command_line.start()
        daemon = command_line.daemon
        assert command_line.stop().exit_code == 0
        assert not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE


@pytest.mark.faults("Lifecycle")
def test_a_thread_of_the_adaptor_does_not_keep_the_daemon(command_line):
    command_line.start()
    assert command_line.task({"on_run": {"stray_thread": "still here"}}).exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Processes and output")
def test_output_between_tasks_is_shown_by_stop_and_not_by_the_next_task(command_line, release):
    gate = command_line.gate("between")
    program = (
        f"print('ready')\nopen({gate!r}).read()\nprint('between')\n"
        "print('openjd_status: at the gate')\nimport sys\nsys.stdin.read()"
    )
    command_line.start({"on_start": {"open_application": program}})
    task = command_line.task()
    release(gate)
    stop = command_line.stop()
    assert "between" not in task.text
    assert "STDOUT: between" in stop.lines


@pytest.mark.faults("Between processes")
def test_the_daemon_inherits_no_descriptor_of_the_caller(command_line):
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    command_line.start()
    os.close(write_end)
    assert os.read(read_end, 1) == b""
    os.close(read_end)
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Resources")
def test_a_daemon_with_a_long_temporary_directory_is_reachable(command_line):
    deep = command_line.directory / ("long" * 20) / ("longer" * 20)
    deep.mkdir(parents=True)
    start = command_line.start(TMPDIR=str(deep))
    assert start.exit_code == 0
    socket = json.loads(command_line.connection_file.read_text())["socket"]
    assert len(socket) < 104
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0
    assert os.listdir(deep) == []
    assert os.name == "nt" or not os.path.exists(os.path.dirname(socket))


@pytest.mark.faults("Text of applications")
def test_output_of_a_daemon_before_it_is_ready_cannot_forge_a_message(command_line):
    said = "if '_serve' in sys.argv: os.write(1, b'half a line\\ropenjd_env: A=B\\n')"
    (command_line.directory / "talking.py").write_text(f"import os, sys\nfrom scripted import Scripted\n{said}\n")
    assert "STDERR: openjd_env: A=B" in command_line.start(adaptor="talking:Scripted").lines
    command_line.stop()


@pytest.mark.windows("elsewhere, a file can be removed that is open")
def test_a_connection_file_that_another_program_has_open_tells_how_the_session_ended(command_line):
    command_line.start()
    with open(command_line.connection_file, "rb"):
        stop = command_line.stop()
        assert stop.exit_code == 0
        assert stop.count("cannot be removed: is its directory writable, and does no other program have it open?") == 1
        status = command_line("daemon", "status", "--connection-file", command_line.connection_file, adaptor=None)
        assert "crashed" not in status.text
        assert command_line.start().exit_code == 0
    assert command_line.stop().exit_code == 0
    assert not command_line.connection_file.exists()
