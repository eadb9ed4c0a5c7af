"""What a daemon that was killed could not clean up is cleaned up by whoever finds it dead, once."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.faults("Lifecycle")

STARTED = ["constructor", "on_start"]
RECOVERED = [*STARTED, "constructor", "on_cleanup"]


def start(command_line, *words):
    start = "daemon", "start", "--connection-file", command_line.connection_file
    assert command_line(*start, *words, adaptor="scripted:Licensed").exit_code == 0


def test_stop_calls_the_cleanup_of_a_killed_daemon_in_a_new_process(command_line):
    command_line.start({"on_cleanup": {"say": "the license is back"}}, adaptor="scripted:Licensed")
    command_line.daemon.kill()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "calling on_cleanup in a new process" in stop.text
    assert stop.count("the license is back") == 1
    assert "INFO: transition sequence=1 trigger=cleanup from=idle to=cleaned" in stop.text
    assert command_line.calls == RECOVERED


def test_the_next_start_also_calls_it(command_line):
    command_line.start(adaptor="scripted:Licensed")
    command_line.daemon.kill()
    assert command_line.start().exit_code == 0
    assert command_line.calls == [*RECOVERED, *STARTED]
    command_line.stop()


def test_stop_calls_the_cleanup_of_a_start_that_was_killed_with_its_daemon(command_line):
    gate = command_line.gate("gate")
    start = command_line.begin_start({"on_start": {"wait_at": gate}}, adaptor="scripted:Licensed")
    start.wait_for("waiting at gate")
    daemon = command_line.daemon
    start.kill()  # a scheduler that ends the process and all its descendants does so in one moment
    daemon.kill()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert command_line.calls == RECOVERED


def test_a_class_without_cleanup_after_loss_is_left_alone(command_line):
    command_line.start()
    command_line.daemon.kill()
    assert command_line.stop().exit_code == 0
    assert command_line.calls == STARTED


FULL_DISK = pytest.param(
    ("--journal", "/dev/full"), id="a journal on a full disk", marks=pytest.mark.posix("a file that is always full")
)


@pytest.mark.parametrize("journal", [pytest.param((), id="no journal"), FULL_DISK])
def test_a_cleanup_that_the_daemon_had_begun_is_not_begun_again(command_line, journal):
    gate = command_line.gate("gate")
    start(command_line, *journal, "--init-data", {"on_cleanup": {"wait_at": gate}})
    first = command_line.begin_stop()
    first.wait_for("waiting at gate")
    command_line.daemon.kill()
    assert first.finish().exit_code == 4
    assert command_line.calls == [*STARTED, "on_stop", "on_cleanup"]


def test_a_journal_with_an_earlier_session_hides_no_loss(command_line):
    journal = command_line.directory / "journal.jsonl"
    start(command_line, "--journal", journal)
    command_line.stop()
    start(command_line, "--journal", journal)
    command_line.daemon.kill()
    assert command_line.stop().exit_code == 0
    assert command_line.calls == [*STARTED, "on_stop", "on_cleanup", *RECOVERED]


def test_of_two_commands_that_find_the_daemon_dead_at_once_one_cleans_up(command_line, release):
    gate = command_line.gate("gate")
    command_line.start({"on_cleanup": {"wait_at": gate}}, adaptor="scripted:Licensed")
    command_line.daemon.kill()
    stops = [command_line.begin_stop() for _ in range(4)]
    release(gate)
    codes = [stop.finish().exit_code for stop in stops]
    assert 0 in codes
    assert set(codes) <= {0, 4}  # whoever comes when all is done finds no connection file
    assert command_line.calls == RECOVERED


@pytest.mark.parametrize(("command", "exit_code"), [("stop", 0), ("start", 143)])
def test_a_signal_shortens_a_recovery_and_leaves_nothing(command_line, command, exit_code):
    there, gate = command_line.gate("there"), command_line.gate("for ever")
    start(command_line, "--init-data", {"on_cleanup": {"open_to_write": there, "wait_at": gate}})
    command_line.daemon.kill()
    words = "daemon", command, "--connection-file", command_line.connection_file
    adaptor = {"start": "scripted:Licensed", "stop": None}[command]
    found = command_line.begin(*words, adaptor=adaptor, OPENJD_SESSION_WORKING_DIR=str(command_line.directory))
    command_line.gates.wait_reached(there)
    found.signal(signal.SIGTERM)
    assert found.finish().exit_code == exit_code
    assert command_line.calls == RECOVERED
    assert command_line.left() == []
    assert command_line.stop().exit_code == {"start": 0, "stop": 4}[command]


def test_a_signal_as_soon_as_the_plan_is_taken_loses_no_cleanup(command_line):
    deaf = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
    start(command_line, "--init-data", {"on_start": {"load_application": deaf}})
    session = Path(json.loads(command_line.connection_file.read_text())["session_directory"])
    daemon = command_line.daemon
    daemon.kill()
    stop = command_line.begin_stop()
    while (session / "recovery.json").exists():
        psutil.wait_procs([psutil.Process(stop.process.pid)], timeout=0.005)
    stop.signal(signal.SIGTERM)
    assert stop.finish().exit_code == 0
    assert command_line.calls == RECOVERED


HELPING = """
import subprocess, sys
from scripted import Licensed

if sys.argv[-1] == "_cleanup":
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(30)"], start_new_session=True)
"""


def test_a_helper_that_the_cleanup_leaves_behind_does_not_hold_the_stop(command_line):
    (command_line.directory / "helping.py").write_text(HELPING)
    command_line.start({"on_cleanup": {"say": "the license is back"}}, adaptor="helping:Licensed")
    command_line.daemon.kill()
    began = time.monotonic()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert time.monotonic() - began < 20  # as long as the helper holds its output
    assert "the license is back" in stop.text
    command_line.kill(command_line.processes())


def test_output_before_the_hook_cannot_forge_a_message(command_line):
    start(command_line, "--init-data", {"constructor": {"write": "half a line\ropenjd_env: A=B\n"}})
    command_line.daemon.kill()
    assert "STDOUT: openjd_env: A=B" in command_line.stop().lines


def test_a_daemon_that_has_cleaned_up_leaves_nothing_to_recover(command_line):
    command_line.start(adaptor="scripted:Licensed")
    assert command_line.stop().exit_code == 0
    assert command_line.calls == [*STARTED, "on_stop", "on_cleanup"]


@pytest.mark.parametrize("hook", ["constructor", "on_cleanup"])
def test_a_failed_recovery_is_reported_and_stop_succeeds(command_line, hook):
    flag = command_line.directory / "fail"
    command_line.start({hook: {"fail_where": str(flag)}}, adaptor="scripted:Licensed")
    flag.touch()
    command_line.daemon.kill()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "ERROR: cleanup after the loss of the daemon failed with exit code 1" in stop.lines


@pytest.mark.faults("Bad input")
def test_the_hidden_command_cannot_be_typed(command_line):
    finished = command_line("daemon", "_cleanup")
    assert finished.exit_code == 2
    assert finished.lines == ["error: daemon _cleanup is internal; use 'daemon stop'"]
