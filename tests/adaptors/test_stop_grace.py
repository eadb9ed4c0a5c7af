"""How an application that ignores its stop signal is ended: asked once, and killed when its grace is over."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from adaptor_runtime import (
    Adaptor,
    CommandAdaptor,
    LoggingSubprocess,
    ManagedProcess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
)
from adaptor_runtime.adaptors import ApplicationAdaptor
from adaptor_runtime.adaptors.processes import _registry
from adaptor_runtime.ipc._processes.process_tree import stop_signal
from adaptor_runtime.testing import session
from patience import SECONDS
from program_ends import SAYS_KILLED

pytestmark = [
    pytest.mark.faults("The application's life"),
    pytest.mark.timeout(300),
    pytest.mark.not_wine("GenerateConsoleCtrlEvent fails, so no application can be asked to end"),
]

ASKED = "STDOUT: asked to end"
IGNORES = """
import os, signal, time
asked = getattr(signal, "SIGBREAK", signal.SIGINT)
signal.signal(asked, lambda *_: os.write(1, b"asked to end" + bytes([10])))
print("at work", flush=True)
while True:
    time.sleep(0.1)
"""
COMMAND = [sys.executable, "-S", "-c", IGNORES]
ASKED_FOR_WORK = [sys.executable, "-S", "-c", IGNORES.replace("print(", "input(); print(", 1)]


class Command(ManagedProcess):
    stop_signal = "SIGINT"

    def get_executable(self):
        return COMMAND[0]

    def get_arguments(self):
        return COMMAND[1:]


def with_a_command(grace):
    class Commands(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

        def get_managed_process(self, run_data):
            return type("Patient", (Command,), {"stop_grace": grace})(run_data)

    return Commands


def with_an_application(grace):
    class Kept(ApplicationAdaptor):
        data_version = SemanticVersion(1, 0)
        client_file = None
        stop_signal = "SIGINT"
        stop_grace = grace

        def launch(self):
            return ASKED_FOR_WORK

        def on_run(self, run_data):
            self.application.ask("work", "^never")

    return Kept


def with_hooks(grace):
    class Hooks(Adaptor):
        data_version = SemanticVersion(1, 0)

        def on_run(self, run_data):
            self.process = LoggingSubprocess(args=COMMAND, stop_signal="SIGINT")
            self.expect().result()

        def on_cancel(self):
            self.process.terminate(grace)

    return Hooks


def with_a_grace_of_its_own(grace):
    class Hooks(Adaptor):
        data_version = SemanticVersion(1, 0)

        def on_run(self, run_data):
            process = LoggingSubprocess(args=COMMAND, stop_signal="SIGINT", stop_grace=grace)
            try:
                self.expect().result()
            finally:
                process.terminate()

    return Hooks


EVERY_KIND = [with_a_command, with_an_application, with_hooks, with_a_grace_of_its_own]


def canceled(adaptor, **deadlines):
    """Cancel a task while its application works; return the output of the session, and the seconds until its end."""
    with session(adaptor, deadlines={"stop": 20, **deadlines}) as one:
        task = one.begin_run({})
        one.wait_for("STDOUT: at work")
        (process,) = _registry.live()
        began = time.monotonic()
        one.cancel("SIGINT")
        assert process.wait_ended(SECONDS)
        seconds = time.monotonic() - began
        assert task.result(check=False).exit_code == 130
    assert process.exit_description == SAYS_KILLED
    return one.text, seconds


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_it_is_asked_once_and_has_its_grace_if_the_cancel_lasts_that_long(kind):
    text, seconds = canceled(kind(5.0), cancel=15)
    assert text.count(ASKED) == 1
    assert text.count(f"sending {stop_signal('SIGINT')}") == 1
    assert 4.8 < seconds < 60
    assert "to end, not" not in text


@pytest.mark.parametrize("kind", EVERY_KIND[:3])
def test_it_is_killed_before_the_end_of_the_cancel_and_the_log_says_that_its_grace_was_longer(kind):
    text, seconds = canceled(kind(60), cancel=9)
    assert text.count(ASKED) == 1
    assert re.search(r"INFO: application \d+ has (6|[1-5]\.\d+) s to end, not 60: the cancel leaves no more", text)
    assert 4 < seconds < 60


def test_one_without_a_grace_has_what_a_cancel_leaves():
    text, seconds = canceled(with_a_command(None), cancel=9)
    assert text.count(ASKED) == 1
    assert "to end, not" not in text
    assert 4.5 < seconds < 60


def test_one_that_a_callback_ends_has_its_grace():
    class Fails(Command):
        stop_grace = 0.3

    def fail(match):
        raise ValueError("no good")

    process = Fails({}, stdout_handler=RegexHandler([RegexCallback([re.compile("at work")], fail)]))
    began = time.monotonic()
    with pytest.raises(ValueError, match="no good"):
        process.run()
    assert time.monotonic() - began < 30


def test_one_that_the_hooks_leave_has_its_grace_at_the_end_of_the_session():
    class Leaves(Adaptor):
        data_version = SemanticVersion(1, 0)

        def on_run(self, run_data):
            working = self.expect()
            handler = RegexHandler([RegexCallback([re.compile("at work")], working.set_result)])
            LoggingSubprocess(args=COMMAND, stdout_handler=handler, stop_signal="SIGINT", stop_grace=3.5)
            working.result()

    with session(Leaves, deadlines={"stop": 20}) as one:
        one.run({})
        began = time.monotonic()
    assert time.monotonic() - began > 3.4
    assert one.text.count(ASKED) == 1


# Commands that get a signal.

SIGNALED = pytest.mark.posix("no command can be sent a signal")

PROGRAM = '''
import sys
from adaptor_runtime import CommandAdaptor, EntryPoint, ManagedProcess, SemanticVersion

class Command(ManagedProcess):
    stop_signal, stop_grace = "SIGINT", 60

    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-S", "-c", """%s"""]

class Patient(CommandAdaptor):
    data_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data):
        return Command(run_data)

if __name__ == "__main__":
    EntryPoint(Patient).start()
'''


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run a command of the adaptor; interrupt it as soon as its application works, and return what it printed."""
    program = tmp_path / "patient.py"
    program.write_text(PROGRAM % IGNORES)
    monkeypatch.delenv("OPENJD_SESSION_WORKING_DIR", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def run(*words, interrupt=True):
        process = subprocess.Popen(
            [sys.executable, str(program), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if interrupt and line == "STDOUT: at work\n":
                process.send_signal(signal.SIGINT)
        process.stdout.close()
        process.wait()
        return "".join(lines)

    return run


def seconds_given(text):
    assert text.count(ASKED) == 1
    found = re.search(r"has ([\d.]+) s to end, not 60", text)
    assert found is not None, text
    return float(found[1])


@pytest.fixture(params=["run", "daemon run"])
def task(request, command, tmp_path):
    """Return how long the application of a task may take to end after a signal to the command."""
    connection = ("--connection-file", str(tmp_path / "connection.json"))

    def seconds(cancel):
        limit = ("--deadline", f"cancel={cancel}")
        if request.param == "run":
            return seconds_given(command("run", *limit))
        command("daemon", "start", *connection, *limit, interrupt=False)
        try:
            return seconds_given(command("daemon", "run", *connection))
        finally:
            command("daemon", "stop", *connection, interrupt=False)

    return seconds


@SIGNALED
def test_after_a_signal_the_deadline_of_the_cancel_counts(task):
    assert 0 < task(3) <= 2


@SIGNALED
def test_a_scheduler_that_names_no_time_leaves_less(task, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENJD_SESSION_WORKING_DIR", str(tmp_path))
    assert task(15) < 2.7


@SIGNALED
def test_a_scheduler_that_leaves_more_does_not_lengthen_the_cancel(task, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENJD_SESSION_WORKING_DIR", str(tmp_path))
    told = tmp_path / "cancel_info.json"
    told.write_text(json.dumps({"NotifyEnd": "2999-12-31T23:59:59Z"}))
    os.utime(told, (2**31, 2**31))  # as if it were written after the begin of the command
    assert 0 < task(3) <= 2
