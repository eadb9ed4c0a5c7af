"""Signals in each phase of each command, sent when the phase has said that it is in flight."""

from __future__ import annotations

import signal

import psutil
import pytest
from patience import SECONDS
from process_signal import HANG_UP, INTERRUPT, TERMINATE, send_signal

pytestmark = pytest.mark.faults("Lifecycle")

CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}
SIGNALS = pytest.mark.parametrize("number", [TERMINATE, INTERRUPT])
STUBBORN = """
import signal, subprocess, sys, time
for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
for own in (False, True):
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], start_new_session=own)
print("ready")
time.sleep(600)
"""


@SIGNALS
def test_run_is_canceled_while_the_adaptor_is_constructed(command_line, release, number):
    gate = command_line.gate("constructor")
    run = command_line.begin_run({"constructor": {"wait_at": gate}})
    run.wait_for("waiting at")
    run.signal(number)
    run.wait_for("to=canceled")
    release(gate)
    finished = run.finish()
    assert finished.exit_code == CODES[number]
    assert finished.transitions == [("idle", "canceled"), ("canceled", "cleaned")]
    assert command_line.calls == ["constructor", "on_cleanup"]


@SIGNALS
@pytest.mark.parametrize("step", ["wait_for_cancel", "expect"])
def test_run_is_canceled_during_start_and_the_task_is_not_run(command_line, number, step):
    run = command_line.begin_run({"on_start": {step: "loading"}})
    run.wait_for("loading")
    run.signal(number)
    finished = run.finish()
    assert finished.exit_code == CODES[number]
    returned = step == "wait_for_cancel"
    stop = ["on_stop"] if returned else []
    assert command_line.calls == ["constructor", "on_start", "on_cancel", *stop, "on_cleanup"]


@SIGNALS
@pytest.mark.parametrize("step", ["wait_for_cancel", "expect"])
def test_run_is_canceled_during_the_task(command_line, number, step):
    run = command_line.begin_run({}, {"on_run": {step: "rendering"}})
    run.wait_for("rendering")
    run.signal(number)
    finished = run.finish()
    assert finished.exit_code == CODES[number]
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [("SIGINT", 130), pytest.param("SIGBREAK", 143, marks=pytest.mark.windows("only there is a break"))],
)
def test_an_interrupt_and_a_break_of_the_console_cancel_a_run(command_line, name, exit_code):
    finished = command_line.run({}, {"on_run": {"raise_signal": name, "wait_for_cancel": "rendering"}})
    assert finished.exit_code == exit_code
    assert name in finished.text
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_cancel", "on_stop", "on_cleanup"]


@SIGNALS
@pytest.mark.parametrize("phase", ["on_stop", "on_cleanup"])
def test_run_that_is_about_to_end_is_canceled_without_on_cancel(command_line, release, number, phase):
    gate = command_line.gate("gate")
    run = command_line.begin_run({phase: {"wait_at": gate}})
    run.wait_for("waiting at")
    run.signal(number)
    run.wait_for("trigger=cancel")
    release(gate)
    finished = run.finish()
    assert finished.exit_code == CODES[number]
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


ENDS = {
    "returns": "self.step_wait_at(gate)",
    "raises": "self.step_wait_at(gate); raise ValueError('after the signal')",
    "hangs": "print('waiting at the end of time'); threading.Event().wait()",
    "takes its time": "print('waiting'); time.sleep(0.6 * float(os.environ['ALL']))",
}


@pytest.mark.parametrize("number", [TERMINATE, INTERRUPT, HANG_UP])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("phase", ["on_start", "on_run", "on_stop", "on_cleanup"])
def test_the_exit_code_of_a_signal_counts_regardless_of_what_the_hook_then_does(
    command_line, release, phase, end, number
):
    gate = command_line.gate("gate")
    (command_line.directory / "mine.py").write_text(
        "import os, threading, time\nfrom scripted import Scripted\nclass Mine(Scripted):\n"
        "    def take(self, hook, data):\n        super().take(hook, data)\n        gate = os.environ['GATE']\n"
        f"        if hook == {phase!r}:\n            {ENDS[end]}\n"
    )
    session = {"OPENJD_SESSION_WORKING_DIR": str(command_line.directory)}  # a scheduler gives 4 s
    run = command_line.begin_run(adaptor="mine:Mine", GATE=gate, ALL="4", **session)
    run.wait_for("waiting")
    run.signal(number)
    if end in {"returns", "raises"}:
        run.wait_for("trigger=cancel")
        release(gate)
    finished = run.finish()
    assert finished.exit_code == CODES.get(number, 143), finished
    assert command_line.calls[-1] == "on_cleanup"
    if end == "takes its time" and phase in {"on_stop", "on_cleanup"}:
        assert "did not end" not in finished.text  # it had the whole time, and not a part of it


@SIGNALS
def test_a_failure_before_the_signal_stays_the_cause(command_line, release, number):
    gate = command_line.gate("gate")
    run = command_line.begin_run({"on_stop": {"raise": "ValueError('first')"}, "on_cleanup": {"wait_at": gate}})
    run.wait_for("waiting at")
    run.signal(number)
    run.wait_for("trigger=cancel")
    release(gate)
    assert run.finish().exit_code == 1


def test_a_command_is_ended_by_a_cancel_with_its_whole_group(command_line):
    command_line.adaptor = "commands:Commands"
    run = command_line.begin_run({}, {"program": STUBBORN}, OPENJD_SESSION_WORKING_DIR=str(command_line.directory))
    run.wait_for("ready")
    run.signal(signal.SIGTERM)
    finished = run.finish()
    assert finished.exit_code == 143
    assert command_line.calls == ["on_start", "get_managed_process", "on_stop", "on_cleanup"]
    assert _applications(command_line) == []


@pytest.mark.parametrize("phase", ["on_start", "on_run"])
def test_an_application_that_ignores_sigterm_is_ended_with_its_whole_group(command_line, phase):
    init_data = {"on_start": {"open_application": STUBBORN}}
    waiting = {phase: {"expect": "in flight"}}
    init_data["on_start"].update(waiting.get("on_start", {}))
    directory = {"OPENJD_SESSION_WORKING_DIR": str(command_line.directory)}
    run = command_line.begin_run(init_data, waiting if phase == "on_run" else {}, **directory)
    run.wait_for("in flight")
    run.signal(signal.SIGTERM)
    finished = run.finish()
    assert finished.exit_code == 143
    assert _applications(command_line) == []
    assert command_line.calls.count("on_cleanup") == 1


def _applications(command_line):
    """The sample applications; a guardian needs a moment after the end of the runtime."""
    return [process for process in command_line.processes() if "time.sleep(600)" in " ".join(_arguments(process))]


def _arguments(process):
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended in the meantime
        return []


def test_a_killed_run_ends_its_application(command_line):
    run = command_line.begin_run({"on_start": {"open_application": STUBBORN}}, {"on_run": {"expect": "rendering"}})
    run.wait_for("rendering")
    run.kill()
    run.process.wait()
    _, left = psutil.wait_procs(command_line.processes(), timeout=SECONDS)
    assert not left


@SIGNALS
def test_start_is_canceled_before_the_daemon_is_ready(command_line, number):
    gate = command_line.gate("import")
    start = command_line.begin_start(adaptor="slow_import:Scripted", GATE=gate)
    start.wait_for("importing")
    start.signal(number)
    finished = start.finish()
    assert finished.exit_code == CODES[number]
    assert command_line.left() == []
    assert command_line.calls == []
    assert command_line.stop().exit_code == 0


@SIGNALS
def test_start_is_canceled_while_the_adaptor_is_constructed(command_line, release, number):
    gate = command_line.gate("constructor")
    start = command_line.begin_start({"constructor": {"wait_at": gate}})
    start.wait_for("waiting at")
    start.signal(number)
    start.wait_for("to=canceled")
    release(gate)
    assert start.finish().exit_code == CODES[number]
    assert command_line.left() == []
    assert command_line.calls == ["constructor", "on_cleanup"]
    assert command_line.stop().exit_code == 0


@SIGNALS
@pytest.mark.parametrize("step", ["wait_for_cancel", "expect"])
def test_start_is_canceled_during_on_start(command_line, number, step):
    start = command_line.begin_start({"on_start": {step: "loading"}})
    start.wait_for("loading")
    start.signal(number)
    finished = start.finish()
    assert finished.exit_code == CODES[number]
    assert not any(line.startswith("openjd_env") for line in finished.lines)
    stop = ["on_stop"] if step == "wait_for_cancel" else []
    assert command_line.calls == ["constructor", "on_start", "on_cancel", *stop, "on_cleanup"]
    assert command_line.task().exit_code == 4
    assert command_line.stop().exit_code == 0


@SIGNALS
def test_a_task_is_canceled(command_line, number):
    command_line.start()
    task = command_line.begin_task({"on_run": {"expect": "rendering"}})
    task.wait_for("rendering")
    task.signal(number)
    assert task.finish().exit_code == CODES[number]
    assert command_line.stop().exit_code == 0
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_cancel", "on_stop", "on_cleanup"]


@SIGNALS
@pytest.mark.parametrize("phase", ["on_stop", "on_cleanup"])
def test_stop_that_gets_a_signal_still_ends_the_session(command_line, release, number, phase):
    gate = command_line.gate("gate")
    command_line.start({phase: {"wait_at": gate}})
    stop = command_line.begin_stop()
    stop.wait_for("waiting at")
    stop.signal(number)
    stop.wait_for("trigger=cancel")
    release(gate)
    assert stop.finish().exit_code == 0  # the signal can only hurry it: it has done its own work
    assert command_line.left() == []
    assert command_line.calls == ["constructor", "on_start", "on_stop", "on_cleanup"]


@pytest.mark.parametrize("number", [TERMINATE, INTERRUPT, HANG_UP])
def test_a_signal_ends_an_idle_daemon(command_line, number):
    command_line.start()
    daemon = command_line.daemon
    send_signal(daemon, number)
    _, alive = psutil.wait_procs([daemon], timeout=SECONDS)
    assert not alive
    assert command_line.calls == ["constructor", "on_start", "on_stop", "on_cleanup"]
    stopped = command_line.stop()
    assert stopped.exit_code == 0
    assert f"the session is already over: it was ended by {number.name}" in stopped.text
    assert not command_line.connection_file.exists()


def test_a_signal_to_the_daemon_cancels_the_task_and_ends_it(command_line):
    command_line.start()
    daemon = command_line.daemon
    task = command_line.begin_task({"on_run": {"expect": "rendering"}})
    task.wait_for("rendering")
    send_signal(daemon, signal.SIGTERM)
    canceled = task.finish()
    assert canceled.exit_code == 143
    assert canceled.count("refused") == 0
    _, alive = psutil.wait_procs([daemon], timeout=SECONDS)
    assert not alive
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_cancel", "on_stop", "on_cleanup"]
    assert command_line.stop().exit_code == 0


def test_a_hook_that_does_not_end_is_abandoned_within_the_time_of_the_scheduler(command_line):
    gate = command_line.gate("for ever")
    directory = {"OPENJD_SESSION_WORKING_DIR": str(command_line.directory)}
    run = command_line.begin_run({}, {"on_run": {"wait_at": gate}}, **directory)
    run.wait_for("waiting at")
    run.signal(signal.SIGTERM)
    finished = run.finish()
    assert finished.exit_code == 143
    assert "step_wait_at" in finished.text
    assert [record["kind"] for record in finished.records if record["kind"] == "abandoned"]
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_cancel", "on_stop", "on_cleanup"]


def test_a_scheduler_with_an_unlimited_period_can_cancel_a_task(command_line):
    command_line.start()
    environment = {"OPENJD_SESSION_WORKING_DIR": str(command_line.directory)}
    task = command_line.begin_task({"on_run": {"wait_for_cancel": "here"}}, **environment)
    task.wait_for("here")
    (command_line.directory / "cancel_info.json").write_text('{"NotifyEnd": "9999-12-31T23:59:59Z"}')
    task.signal(signal.SIGTERM)
    assert task.finish().exit_code == 143
    assert command_line.stop().exit_code == 0


BATCH_SYSTEM = pytest.mark.posix("signals of batch systems")
OTHERS = ("SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")


@BATCH_SYSTEM
@pytest.mark.parametrize("name", OTHERS)
def test_a_warning_of_a_batch_system_cancels_a_run(command_line, name):
    run = command_line.begin_run({}, {"on_run": {"wait_for_cancel": "rendering"}})
    run.wait_for("rendering")
    run.signal(getattr(signal, name))
    finished = run.finish()
    assert finished.exit_code == 143
    assert name in finished.text
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


@BATCH_SYSTEM
@pytest.mark.parametrize("name", OTHERS)
def test_a_warning_of_a_batch_system_ends_a_daemon_in_order(command_line, name):
    command_line.start()
    daemon = command_line.daemon
    daemon.send_signal(getattr(signal, name))
    daemon.wait(SECONDS)
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]
    assert command_line.stop().exit_code == 0


def test_a_canceled_start_does_not_wait_for_a_daemon_that_is_suspended(command_line):
    start = command_line.begin_start(
        {"on_start": {"expect": "loading"}}, OPENJD_SESSION_WORKING_DIR=str(command_line.directory)
    )
    start.wait_for("loading")
    command_line.daemon.suspend()
    start.signal(signal.SIGTERM)
    assert start.finish().exit_code == 143
    command_line.daemon.resume()
    stop = command_line.stop()
    assert stop.exit_code == 0, stop
    assert command_line.calls[-1] == "on_cleanup"
