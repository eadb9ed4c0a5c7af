"""A hook that raises, in each phase, in the foreground and in a daemon."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.faults("Outcome")

ERRORS = ["ValueError('broken on purpose')", "SystemExit(0)", "SystemExit(3)", "KeyboardInterrupt('broken on purpose')"]
SIGNALS = pytest.mark.posix("a signal ends it")
PHASES = ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
CALLS = {
    "constructor": ["constructor"],
    "on_start": ["constructor", "on_start", "on_cleanup"],
    "on_run": ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"],
    "on_stop": ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"],
    "on_cleanup": ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"],
}


def _script(phase, error):
    step = {phase: {"raise": error}}
    return ({}, step) if phase == "on_run" else (step, {})


def _check_log(text, error):
    kind = error.partition("(")[0]
    assert text.count("Traceback (most recent call last)") == 1
    assert text.count(f"ERROR: {kind}") == 1
    assert text.count("raise eval(error)") == 1
    assert os.path.join("adaptors", "_session") not in text


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("phase", PHASES)
def test_a_hook_that_raises_fails_the_run(command_line, phase, error):
    run = command_line.run(*_script(phase, error))
    assert run.exit_code == 1
    assert run.failures[0].count(error.partition("(")[0]) == 1
    assert phase.replace("constructor", "constructor raised") in run.failures[0]
    _check_log(run.text, error)
    assert command_line.calls == CALLS[phase]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("phase", PHASES)
def test_a_hook_that_raises_fails_the_command_of_its_phase(command_line, phase, error):
    init_data, run_data = _script(phase, error)
    start = command_line.start(init_data)
    parts = [start]
    if phase in {"constructor", "on_start"}:
        parts.append(command_line.stop())
        expected = [1, 0]
    else:
        parts += [command_line.task(run_data), command_line.stop()]
        expected = [0, 1, 0] if phase == "on_run" else [0, 0, 1]
    assert [part.exit_code for part in parts] == expected
    _check_log("".join(part.text for part in parts), error)
    assert command_line.calls == CALLS[phase]


@pytest.mark.parametrize("error", ERRORS)
def test_on_cancel_that_raises_changes_nothing_but_the_log(command_line, error):
    command_line.start({"on_cancel": {"raise": error}})
    task = command_line.begin_task({"on_run": {"expect": "rendering"}})
    task.wait_for("rendering")
    stop = command_line.stop()
    canceled = task.finish()
    assert (canceled.exit_code, stop.exit_code) == (143, 0)
    _check_log(canceled.text + stop.text, error)
    assert command_line.calls[2:] == ["on_run", "on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.parametrize("phase", ["on_stop", "on_cleanup"])
def test_of_several_failures_the_first_is_reported(command_line, phase):
    run = command_line.run({phase: {"raise": "OSError('later')"}}, {"on_run": {"raise": "ValueError('first')"}})
    assert run.exit_code == 1
    assert run.failures == ["openjd_fail: on_run failed: ValueError: first"]
    assert command_line.calls == CALLS["on_run"]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print('scene is broken'); raise SystemExit(3)", ["exited with 3", "scene is broken"]),
        pytest.param("import os; os.kill(os.getpid(), 9)", ["SIGKILL", "signal 9"], marks=SIGNALS),
        pytest.param("import os; os.abort()", ["SIGABRT", "signal 6"], marks=SIGNALS),
    ],
)
def test_a_command_that_fails_names_how_it_ended(command_line, program, words):
    command_line.adaptor = "commands:Commands"
    run = command_line.run({}, {"program": program})
    assert run.exit_code == 1
    assert all(word in run.failures[0] for word in words)
    assert command_line.calls == ["on_start", "get_managed_process", "on_stop", "on_cleanup"]


def test_a_daemon_outlives_a_command_that_fails(command_line):
    command_line.adaptor = "commands:Commands"
    command_line.start()
    failed = command_line.task({"program": "raise SystemExit(3)"})
    assert failed.exit_code == 1
    assert "exited with 3" in failed.failures[0]
    assert command_line.task({"program": "print('fine')"}).exit_code == 0
    assert command_line.stop().exit_code == 0
    assert command_line.calls.count("on_cleanup") == 1


def test_a_failure_of_a_command_is_reported_once_without_the_runtime_s_traceback(command_line):
    command_line.adaptor = "commands:Commands"
    run = command_line.run({}, {"program": "raise SystemExit(3)"})
    assert "Traceback" not in run.text


@pytest.mark.parametrize(("end", "words"), [("exit", "exit code 7"), pytest.param("kill", "SIGKILL", marks=SIGNALS)])
def test_a_daemon_that_dies_before_it_is_ready_is_reported(command_line, end, words):
    start = command_line.start(adaptor="dying_import:Scripted", END=end)
    assert start.exit_code == 1
    assert words in start.failures[0]
    assert "the license library gives up" in start.text
    assert command_line.stop().exit_code == 0


@pytest.mark.parametrize("status", [0, 7])
@pytest.mark.parametrize("phase", ["on_start", "on_run", "on_stop"])
def test_a_hook_that_calls_os_exit_has_failed_and_cleanup_follows(command_line, phase, status):
    step = {phase: {"exit": status}}
    data = ({}, step) if phase == "on_run" else (step, {})
    run = command_line.run(*data)
    assert run.exit_code == 1, run
    assert f"os._exit({status}) was called" in run.failures[0]
    assert command_line.calls == CALLS[phase]
    command_line.start(data[0])
    command_line.task(data[1])
    command_line.stop()
    assert command_line.calls[-1] == "on_cleanup"


LOST_IN_CONSTRUCTOR = """
import sys

from adaptor_runtime import Adaptor, LoggingSubprocess, SemanticVersion

PROGRAM = "print('no license'); raise SystemExit(3)"

class Mine(Adaptor):
    data_version = SemanticVersion(1, 0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.application = LoggingSubprocess(args=[sys.executable, "-S", "-c", PROGRAM])
        self.declare_application(self.application)
        self.application.wait()

    def on_run(self, run_data):
        pass
"""


def test_an_application_that_is_lost_in_the_constructor_fails_the_start(command_line):
    (command_line.directory / "mine.py").write_text(LOST_IN_CONSTRUCTOR)
    run = command_line.run(adaptor="mine:Mine")
    assert run.exit_code == 1
    assert "exited with 3; its last line: no license" in run.failures[0]
    assert command_line.start(adaptor="mine:Mine").exit_code == 1
    assert command_line.stop().exit_code == 0
