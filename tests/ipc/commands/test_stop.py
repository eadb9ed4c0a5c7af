"""A daemon that does not end by itself is ended, with what it has started."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import time

import psutil
import pytest
from adaptor_runtime.ipc._commands.stop import stop_daemon
from adaptor_runtime.ipc._errors import NoDaemonError
from adaptor_runtime.ipc._files import connection_file, session_directory
from adaptor_runtime.ipc._files.connection_file import ConnectionInfo
from adaptor_runtime.ipc._own_process import signals
from adaptor_runtime.ipc._processes.process_identity import start_time

# Each listens at argv[1] and has one child. What it does when it is asked to end, it knows before it is ready.
IGNORES = "def asked(_): pass"
ENDS = """
def asked(_):
    child.kill()
    child.wait()
    os._exit(0)
"""
BEGIN = """
import os, subprocess, sys, threading, time
from adaptor_runtime.ipc._handshake import welcome
from adaptor_runtime.ipc._own_process.signals import SignalRecord
from adaptor_runtime.ipc._processes import guardian
from adaptor_runtime_client._messages import Result
from adaptor_runtime_client._transport import listen
listening = listen(sys.argv[1])
if os.name == "nt":
    guardian.prepare()  # a job of its own, as a daemon has
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(1000)"], start_new_session=True)
record = SignalRecord(asked)
record.__enter__()
print(child.pid, flush=True)
"""
WELCOME = """
channel = welcome(listening.accept(), "key")
channel.receive()
"""
SAYS_NOTHING = IGNORES + BEGIN + "time.sleep(1000)"
HEEDS_SIGTERM = ENDS + BEGIN + "time.sleep(1000)"
NEVER_STOPS = IGNORES + BEGIN + WELCOME + "time.sleep(1000)"
SENDS_RESULT = "\nchannel.send(Result(0, '', 'cleaned'))\n"
STOPS_LATE = IGNORES + BEGIN + WELCOME + "child.kill(); child.wait(); time.sleep(1)" + SENDS_RESULT
IS_SUSPENDED = IGNORES + BEGIN + WELCOME + "os.kill(os.getpid(), 19)" + SENDS_RESULT
HANDS_OVER = ENDS + BEGIN + WELCOME + "time.sleep(1000)"
NEVER_ENDS = IGNORES + BEGIN + WELCOME + SENDS_RESULT + "time.sleep(1000)"
BREAKS_OFF = IGNORES + BEGIN + WELCOME + "child.kill(); child.wait(); os._exit(1)"


class RecordedRender:
    def __init__(self):
        self.text = ""

    def emit(self, message, body=b""):
        self.text += f"{message.text}\n"

    def note(self, text):
        self.text += f"{text}\n"


class Setting:
    """A process in the place of a daemon, with its files."""

    def __init__(self, program, path, state, stop_seconds):
        self.path = path
        self.directory = session_directory.create()
        address = self.directory.socket("daemon")
        self.process = subprocess.Popen([sys.executable, "-c", program, address], stdout=subprocess.PIPE, text=True)
        self.child = psutil.Process(int(self.process.stdout.readline()))
        pid = self.process.pid
        names = (self.directory.path, state, "", stop_seconds)
        connection_file.claim(path, ConnectionInfo(address, "key", pid, start_time(pid), "0", *names))
        self.render = RecordedRender()

    def stop(self, seconds=None):
        return stop_daemon(self.path, self.render, time.time(), seconds)

    def nothing_is_left(self):
        gone = start_time(self.process.pid) is None and start_time(self.child.pid) is None
        return gone and not os.path.exists(self.path) and not os.path.exists(self.directory.path)

    def close(self):
        for process in (self.process, self.child):
            try:
                process.kill()
            except psutil.Error:
                pass
        self.process.wait()
        self.process.stdout.close()
        session_directory.remove(self.directory)


@pytest.fixture
def put(tmp_path, monkeypatch):
    monkeypatch.setattr("adaptor_runtime.ipc._commands.conversation.ANSWER_SECONDS", 2.0)
    monkeypatch.setattr("adaptor_runtime.ipc._commands.stop.MARGIN", 1.0)
    monkeypatch.setattr("adaptor_runtime.ipc._commands.stop.STOP_SECONDS", 4.0)
    monkeypatch.setattr("adaptor_runtime.ipc._commands.recovery.GUARDIAN_SECONDS", 0.5)
    settings = []

    def make(program, state="ready", stop_seconds=None):
        settings.append(Setting(program, str(tmp_path / "connection.json"), state, stop_seconds))
        return settings[-1]

    yield make
    for setting in settings:
        setting.close()


def test_a_daemon_that_does_not_answer_is_killed_with_its_children(put):
    setting = put(SAYS_NOTHING)
    result = setting.stop()
    assert result.exit_code == 5
    assert "gave no result within" in result.message
    assert re.search("does not answer|gave no result", setting.render.text)  # a pipe that nobody serves takes a caller
    assert re.search("SIGTERM, and SIGCONT|asking it to end, and resuming it", setting.render.text)
    assert setting.nothing_is_left()


def test_a_daemon_that_does_not_answer_is_asked_by_a_signal_before_it_is_killed(put):
    setting = put(HEEDS_SIGTERM, stop_seconds=60)
    with pytest.raises(NoDaemonError, match="died before it could stop"):
        setting.stop()
    assert setting.process.wait() == 0
    assert setting.nothing_is_left()


@pytest.mark.parametrize("allowed", [{"stop_seconds": 0.1}, {}])
def test_a_daemon_that_does_not_stop_in_its_time_is_killed(put, monkeypatch, allowed):
    monkeypatch.setattr("adaptor_runtime.ipc._commands.stop.MARGIN", 0.1)
    setting = put(NEVER_STOPS, **allowed)
    result = setting.stop(None if allowed else 0.1)
    assert result.exit_code == 5
    assert "gave no result" in result.message
    assert setting.nothing_is_left()


@pytest.mark.posix("only there is a signal that suspends")
def test_a_daemon_that_is_suspended_while_it_stops_is_resumed(put):
    setting = put(IS_SUSPENDED, stop_seconds=60)
    assert setting.stop().exit_code == 0
    assert "is suspended; sending SIGCONT" in setting.render.text
    assert "SIGTERM" not in setting.render.text


def test_a_command_that_was_suspended_does_not_count_that_time(put, monkeypatch):
    waits = []

    def next_event(events, due):
        waits.append(due)
        if len(waits) > 1:
            return signals.next_event(events, due)
        time.sleep(due + 1.0 - time.monotonic())
        raise queue.Empty

    monkeypatch.setattr("adaptor_runtime.ipc._commands.conversation._SUSPENDED_SECONDS", 0.5)
    monkeypatch.setattr("adaptor_runtime.ipc._commands.conversation.ANSWER_SECONDS", 20.0)
    monkeypatch.setattr("adaptor_runtime.ipc._commands.conversation.next_event", next_event)
    setting = put(STOPS_LATE, stop_seconds=0.1)
    assert setting.stop().exit_code == 0
    assert "SIGTERM" not in setting.render.text


def test_a_daemon_that_does_not_stop_in_its_time_is_asked_by_a_signal_before_it_is_killed(put):
    setting = put(HANDS_OVER, stop_seconds=3)
    with pytest.raises(NoDaemonError, match="died before it could stop"):
        setting.stop()
    assert setting.process.wait() == 0
    assert setting.nothing_is_left()


def test_a_daemon_that_has_stopped_and_does_not_end_is_killed_and_has_stopped_all_the_same(put):
    setting = put(NEVER_ENDS)
    assert setting.stop().exit_code == 0
    assert "killed" in setting.render.text
    assert setting.nothing_is_left()


def test_a_daemon_that_dies_before_it_stops_is_reported_and_leaves_nothing(put):
    setting = put(BREAKS_OFF)
    with pytest.raises(NoDaemonError, match="died before it could stop"):
        setting.stop()
    setting.process.wait()
    assert setting.nothing_is_left()


def test_a_start_that_ignores_sigterm_is_killed_together_with_its_children(put):
    setting = put(SAYS_NOTHING, state="starting")
    assert setting.stop().exit_code == 0
    assert "is starting a daemon" in setting.render.text
    assert setting.nothing_is_left()


def test_a_stranger_who_has_the_number_of_a_dead_daemon_is_left_alone(put):
    setting = put(SAYS_NOTHING)
    connection = connection_file.read(setting.path)
    connection_file.write(setting.path, connection._replace(start_time=1.0))
    assert setting.stop().exit_code == 0
    assert "is dead" in setting.render.text
    assert setting.process.poll() is None
    assert not os.path.exists(setting.path)
