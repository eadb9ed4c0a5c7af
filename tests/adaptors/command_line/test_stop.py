"""``daemon stop`` always ends, and so does the daemon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import psutil
import pytest
from guardians import is_guardian
from held_interpreter import HOLD
from patience import SECONDS
from process_signal import send_signal

CYCLES = 10 if os.name == "posix" else 3  # a start takes long on Windows
HOOKS_IN_ORDER = ["constructor", "on_start", "on_stop", "on_cleanup"]


def _limits(command_line, **deadlines):
    """Return the environment of a command whose phases may take so many seconds."""
    path = command_line.directory / "configuration.json"
    path.write_text(json.dumps({"deadlines": deadlines}))
    return {"RUNTIME_CONFIG_PATH": str(path)}


@pytest.mark.posix("only there is a signal that suspends")
def test_a_halted_daemon_is_continued_and_stopped(command_line):
    command_line.start()
    os.kill(command_line.daemon.pid, signal.SIGSTOP)
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "SIGCONT" in stop.text
    assert command_line.calls == HOOKS_IN_ORDER


def test_stop_of_a_killed_daemon_also_waits_for_an_application_that_ignores_signals(command_line):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
    command_line.start({"on_start": {"open_application": deaf}})
    command_line.daemon.kill()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "is dead" in stop.text
    assert command_line.left() == []


def test_stop_while_the_daemon_is_not_ready_yet_ends_the_start(command_line):
    gate = command_line.gate("import")
    start = command_line.begin_start(adaptor="slow_import:Scripted", GATE=gate)
    start.wait_for("importing")
    stop = command_line.stop()
    assert (start.finish().exit_code, stop.exit_code) == (143, 0)
    assert command_line.left() == []
    assert command_line.calls == []


def test_stop_while_the_application_is_loaded_ends_the_start(command_line):
    start = command_line.begin_start({"on_start": {"expect": "loading"}})
    start.wait_for("loading")
    stop = command_line.stop()
    assert (start.finish().exit_code, stop.exit_code) == (143, 0)
    assert command_line.calls == ["constructor", "on_start", "on_cancel", "on_cleanup"]
    command_line.stop()


@pytest.mark.parametrize("phase", ["on_stop", "on_cleanup"])
def test_a_hook_that_hangs_at_the_end_does_not_keep_the_daemon(command_line, phase):
    gate = command_line.gate("for ever")
    command_line.start({phase: {"wait_at": gate}}, **_limits(command_line, stop=1))
    stop = command_line.stop()
    assert stop.exit_code == 5
    assert phase in stop.failures[0]
    assert command_line.calls == HOOKS_IN_ORDER


def test_a_task_that_hangs_does_not_keep_the_daemon(command_line):
    gate = command_line.gate("for ever")
    command_line.start(**_limits(command_line, stop=2, cancel=1))
    task = command_line.begin_task({"on_run": {"wait_at": gate}})
    task.wait_for("waiting at")
    stop = command_line.stop()
    assert (task.finish().exit_code, stop.exit_code) == (143, 0)
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


def test_stop_after_a_failure_of_the_application_still_cleans_up(command_line):
    program = "print('ready')\nimport sys\nsys.stdin.read()"
    command_line.start({"on_start": {"open_application": program}, "on_stop": {"raise": "OSError('no')"}})
    stop = command_line.stop()
    assert stop.exit_code == 1
    assert command_line.calls == HOOKS_IN_ORDER


def test_of_two_stops_at_the_same_time_both_end_well(command_line, release):
    gate = command_line.gate("gate")
    command_line.start({"on_stop": {"wait_at": gate}})
    first = command_line.begin_stop()
    first.wait_for("waiting at")
    second = command_line.begin_stop()
    release(gate)
    assert first.finish().exit_code == 0
    assert second.finish().exit_code in {0, 4}  # 4: it came when not even the file was left
    assert command_line.calls == HOOKS_IN_ORDER


@pytest.mark.timeout(400)  # many sessions, each of several processes
def test_stop_and_start_follow_each_other_with_one_connection_file(command_line):
    for _ in range(CYCLES):
        assert command_line.start().exit_code == 0
        daemon = command_line.daemon
        assert command_line.stop().exit_code == 0
        assert not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE
    assert command_line.calls == HOOKS_IN_ORDER * CYCLES


@pytest.mark.posix("a named pipe is no file that can be removed")
def test_a_daemon_whose_socket_was_removed_stops_in_order(command_line):
    command_line.start()
    os.unlink(json.loads(command_line.connection_file.read_text())["socket"])
    stop = command_line.stop()
    assert stop.exit_code == 0, stop
    assert command_line.calls == HOOKS_IN_ORDER


@pytest.mark.parametrize("hook", ["on_start", "on_stop"])
def test_a_failure_of_any_length_leaves_a_connection_file_that_can_be_read(command_line, hook):
    start = command_line.start({hook: {"raise": "RuntimeError('x' * 5_000_000)"}})
    if hook == "on_start":
        assert start.exit_code == 1
        assert command_line.stop().exit_code == 0
        return
    daemon = command_line.daemon
    send_signal(daemon, signal.SIGTERM)
    daemon.wait(SECONDS)
    stop = command_line.stop()
    assert stop.exit_code == 1
    assert len(stop.failures[0]) < 20_000


@pytest.mark.posix("only there does a lock of one program not keep the others from reading")
def test_a_foreign_lock_on_the_connection_file_does_not_block_the_end(command_line):
    import fcntl

    command_line.start()
    with open(command_line.connection_file) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert command_line.stop().exit_code == 0
    assert not command_line.connection_file.exists()


@pytest.mark.posix("only there does a process become another program")
def test_a_hook_that_execs_another_program_has_failed_and_can_be_stopped(command_line):
    command_line.start()
    assert command_line.task({"on_run": {"become": "sleep"}}).exit_code == 1
    assert command_line.stop().exit_code == 0
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


@pytest.mark.parametrize("field", [{"pid": 2**70}, {"stop_seconds": float("nan")}])
def test_a_connection_file_with_impossible_numbers_is_bad_input(command_line, field):
    command_line.start()
    good = command_line.connection_file.read_text()
    command_line.connection_file.write_text(json.dumps({**json.loads(good), **field}))
    stop = command_line.stop()
    assert (stop.exit_code, len(stop.lines)) == (2, 1)
    command_line.connection_file.write_text(good)
    assert command_line.stop().exit_code == 0


def find_guardian(command_line, runtime):
    """Return the guardian of a runtime as soon as it is no child of it any more."""
    while True:
        found = [process for process in command_line.processes() if is_guardian(process, str(runtime.pid))]
        left = [process for process in found if process.is_running() and process.ppid() != runtime.pid]
        if len(found) == len(left) == 1:
            return left[0]
        psutil.wait_procs([psutil.Process(runtime.pid)], timeout=0.01)


@pytest.mark.posix("on Windows a job object takes the place of the guardian")
@pytest.mark.parametrize("journal", [[], ["--journal", "session.jsonl"]], ids=["", "kept journal"])
def test_a_daemon_that_was_killed_with_its_guardian_leaves_no_application(command_line, journal):
    init_data = {"on_start": {"load_application": "import signal; print('ready', flush=True); signal.pause()"}}
    connection = ["--connection-file", command_line.connection_file]
    assert command_line("daemon", "start", *connection, "--init-data", init_data, *journal).exit_code == 0
    daemon = command_line.daemon
    family = [daemon, find_guardian(command_line, daemon), *daemon.children(recursive=True)]
    application = next(process for process in family if "signal.pause" in " ".join(process.cmdline()))
    for process in family:
        if process != application:
            process.kill()
    stop = command_line.stop()
    assert stop.exit_code == 0, stop
    assert not application.is_running() or application.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("command", ["stop", "start"])
def test_a_daemon_whose_start_was_killed_while_it_was_loading_is_ended(command_line, command):
    gate = command_line.gate("import")
    start = command_line.begin_start(adaptor="slow_import:Scripted", GATE=gate)
    start.wait_for("importing")
    [daemon] = [process for process in command_line.processes() if "_serve" in process.cmdline()]
    start.kill()
    start.process.wait()
    ended = command_line.stop() if command == "stop" else command_line.start()
    assert ended.exit_code == 0, ended
    if os.name == "posix":  # elsewhere the system ends it with its start
        assert f"ending the daemon that a killed daemon start left: {daemon.pid}" in ended.text
    assert not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE
    if command == "start":
        assert command_line.stop().exit_code == 0


@pytest.mark.posix("on Windows a job object takes the place of the guardian")
def test_a_halted_guardian_is_gone_after_a_run(command_line, release):
    gate = command_line.gate("gate")
    run = command_line.begin_run({}, {"on_run": {"application": "print('said')", "wait_at": gate}})
    run.wait_for("waiting at")
    guardian = find_guardian(command_line, run.process)
    guardian.suspend()
    release(gate)
    assert run.finish().exit_code == 0
    assert psutil.wait_procs([guardian], timeout=SECONDS)[1] == []


@pytest.mark.posix("on Windows a job object takes the place of the guardian")
def test_a_halted_guardian_is_gone_after_a_stop(command_line):
    assert command_line.start().exit_code == 0
    assert command_line.task({"on_run": {"application": "print('said')"}}).exit_code == 0
    guardian = find_guardian(command_line, command_line.daemon)
    guardian.suspend()
    assert command_line.stop().exit_code == 0
    assert psutil.wait_procs([guardian], timeout=SECONDS)[1] == []


def test_a_stop_ends_a_daemon_in_which_no_thread_can_run(command_line):
    limits = _limits(command_line, stop=1.0, cancel=0.5)
    assert command_line.start(**limits).exit_code == 0
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"open_to_write": gate, "raise": HOLD}})
    command_line.gates.wait_reached(gate)
    daemon = command_line.daemon
    stop = command_line.stop(**limits)
    assert stop.exit_code == 5
    assert daemon not in command_line.processes()  # its parent may not have reaped it yet
    assert task.finish().exit_code == 4


STUCK_CALLBACK = """
import re, sys, threading
from adaptor_runtime.adaptors import CommandAdaptor, ManagedProcess, RegexCallback, RegexHandler, SemanticVersion

class Application(ManagedProcess):
    def __init__(self):
        stuck = RegexCallback([re.compile("hello")], lambda match: threading.Event().wait())
        super().__init__({}, stdout_handler=RegexHandler([stuck]))

    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-S", "-c", "print('hello')"]

class Stuck(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data):
        return Application()
"""


def test_a_callback_that_never_returns_delays_a_stop_within_its_deadline_and_is_reported_once(command_line):
    (command_line.directory / "stuck.py").write_text(STUCK_CALLBACK)
    limits = [word for limit in ("cancel=0.3", "stop=3") for word in ("--deadline", limit)]
    connection = ["--connection-file", command_line.connection_file]
    command_line("daemon", "start", *connection, *limits, adaptor="stuck:Stuck")
    task = command_line.begin_task()
    task.wait_for("STDOUT: hello")
    task.signal(signal.SIGTERM)
    assert task.finish().exit_code == 143
    began = time.monotonic()
    stop = command_line.stop()
    assert time.monotonic() - began < 10  # as long as the output of an application may take otherwise
    assert stop.exit_code == 0
    assert stop.count("a callback is still processing its output") == 1
    assert stop.count("WARNING") == 1


@pytest.fixture
def mounted(command_line):
    """A directory that the test can make read-only, also for root."""
    place = command_line.directory / "mounted"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=False, capture_output=True).returncode != 0:
        pytest.skip("a file system can be mounted by root only")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.posix("a folder that becomes read-only, also for root")
def test_a_stop_that_cannot_remove_the_connection_file_says_so(command_line, mounted):
    command_line.connection_file = mounted / "connection.json"
    command_line.start()
    daemon = command_line.daemon
    daemon.kill()
    command_line.wait_gone(SECONDS)
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "removed its files" not in stop.text
    assert stop.count(f"the connection file {command_line.connection_file} cannot be removed") == 1
    subprocess.run(["mount", "-o", "remount,rw", mounted], check=True)
    assert "removed its files" in command_line.stop().text
