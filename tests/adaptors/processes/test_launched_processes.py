"""An application whose first process exits with 0 and leaves others."""

from __future__ import annotations

import logging
import os
import re
import signal
import time

import pytest
from adaptor_runtime.adaptors.processes import _launched_processes
from adaptor_runtime.ipc._processes.process_identity import start_time, wait_gone
from adaptor_runtime.ipc._processes.process_tree import group_alive
from adaptor_runtime.testing import FakeApplication
from patience import SECONDS

pytestmark = pytest.mark.faults("The application's life")

OUTSIDE = pytest.mark.posix("there is no fork, and nothing leaves a job")

# Opens a session of its own, twice removed from the application, and has nothing of the application but its pid file.
INDEPENDENT = """
import os, signal, sys, time
ended, alone = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.close(alone)
        os.read(ended, 1)
        with open(sys.argv[1] + ".part", "w") as file:
            file.write(str(os.getpid()))
        os.rename(sys.argv[1] + ".part", sys.argv[1])
        time.sleep(float(sys.argv[2]))
    os._exit(0)
os.close(alone)
os.wait()
"""


LAUNCHER = """
import subprocess, sys
streams = {{}} if {quiet} else dict(stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)
null = subprocess.DEVNULL
subprocess.Popen([sys.executable, "-S", "-c", {program!r}], **(streams or dict(stdin=null, stdout=null, stderr=null)))
"""


@pytest.fixture
def launch(python):
    """Start a launcher that leaves a Python program, which has the output of the launcher unless it is quiet."""
    return lambda program, *, quiet=False, **options: python(LAUNCHER.format(program=program, quiet=quiet), **options)


@pytest.fixture(autouse=True)
def info(caplog):
    caplog.set_level(logging.INFO)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(_launched_processes, "IDLE_SECONDS", 0.3)


def test_the_real_program_behind_a_launcher_is_followed_to_its_end(start, sink, caplog):
    process = start(FakeApplication().daemonizes().waits(1.5).says("rendered").command)
    assert process.wait(SECONDS) == 0
    assert sink.stdout == b"rendered\n"
    assert "exited and left process" in caplog.text
    assert "following them" in caplog.text


def test_it_is_running_as_long_as_the_real_program_is(shell, sink):
    process = shell("(echo loaded; sleep 100) & exit 0")
    sink.wait_for(b"loaded\n")
    assert process.wait(1) is None
    assert process.is_running
    process.terminate(grace_time_s=5)
    assert process.returncode == 0
    assert not group_alive(process.pid)


@pytest.mark.not_wine("GetProcessTimes tells 0.02 s of another process that has worked for 9 s")
def test_a_program_at_work_is_followed_however_long_it_prints_nothing(launch, sink, monkeypatch):
    monkeypatch.setattr(_launched_processes, "IDLE_SECONDS", 3)  # a busy machine may let it wait for a second or two
    launch("import time\nend = time.monotonic() + 7\nwhile time.monotonic() < end: pass\nprint('rendered')").wait(
        SECONDS
    )
    assert sink.stdout == b"rendered\n"


def test_an_idle_helper_that_holds_the_output_does_not_block_forever(shell, caplog, impatient):
    process = shell("sleep 100 & exit 0")
    assert process.wait(SECONDS) == 0
    said = r"ending them after 0\.3 s without activity \(follow_launcher=True waits for it\)"
    assert re.search(rf"\((sleep|sh|python\.exe|\?)\); {said}", caplog.text)
    assert not group_alive(process.pid)


def test_an_idle_program_is_followed_as_long_as_nobody_waits_for_its_end(shell, caplog, impatient):
    process = shell("sleep 100 & exit 0")
    due = time.monotonic() + SECONDS
    while "once their end is awaited, they are ended after 0.3 s without output and processor time" not in caplog.text:
        assert not process.wait_ended(0.05)
        assert time.monotonic() < due
    assert not process.wait_ended(1)
    assert process.wait(SECONDS) == 0


def test_who_begins_to_wait_gives_an_idle_program_the_whole_time(launch, sink, monkeypatch):
    monkeypatch.setattr(_launched_processes, "IDLE_SECONDS", 2)
    process = launch("import sys, time; sys.stdin.read(); time.sleep(1); print('saved')")
    assert not process.wait_ended(1.5)
    assert process.wait(SECONDS) == 0
    assert sink.stdout == b"saved\n"


def test_the_failure_names_the_program_that_ended_and_not_only_its_launcher(shell, impatient):
    process = shell("(sleep 1.5; echo Killed) & exit 0")
    assert process.wait_ended(SECONDS)
    said = re.sub(r"\d+ \([\w.]+\)(, \d+ \([\w.]+\))*", "N", process.failure)
    assert (
        said
        == f"{process.args[0]} exited with 0, and process N, left by this launcher, has ended; its last line: Killed"
    )


def test_the_failure_says_that_an_idle_program_was_ended_and_how_to_prevent_it(shell, impatient):
    process = shell("sleep 100 & exit 0")
    process.wait(SECONDS)
    assert "was ended after 0.3 s without activity (follow_launcher=True waits for it)" in process.failure


@pytest.mark.posix("which processes have a pipe open is unknown there")
def test_a_helper_that_does_not_hold_the_output_is_ended_and_named(shell, caplog):
    process = shell("exec > /dev/null 2>&1; sleep 100 & exit 0")
    assert process.wait(SECONDS) == 0
    # A child of the shell may not have become the other program yet.
    assert re.search(r"\((sleep|sh)\); ending them \(follow_launcher=True waits for it\)", caplog.text)


def test_a_followed_process_may_write_elsewhere_and_be_idle(launch, tmp_path, impatient):
    log = str(tmp_path / "log")
    program = f"import time; time.sleep(1.5); open({log!r}, 'w').write('rendered\\n')"
    process = launch(program, quiet=True, follow_launcher=True)
    assert process.wait(SECONDS) == 0
    assert (tmp_path / "log").read_text() == "rendered\n"


def test_a_process_that_is_not_followed_is_ended_though_it_holds_the_output(shell, caplog):
    process = shell("sleep 100 & exit 0", follow_launcher=False)
    assert process.wait(SECONDS) == 0
    assert "ending them" in caplog.text


def test_processes_that_a_failed_program_left_are_ended_and_named(start, caplog):
    process = start(FakeApplication().spawns().exits(3).command)
    assert process.wait(SECONDS) == 3
    assert "failed and left process" in caplog.text


def independent(start, tmp_path, seconds=100, **options):
    import sys

    pid_file = tmp_path / "pid"
    process = start([sys.executable, "-S", "-c", INDEPENDENT, str(pid_file), str(seconds)], **options)
    due = time.monotonic() + SECONDS
    while not pid_file.exists():
        assert time.monotonic() < due
        time.sleep(0.01)
    pid = int(pid_file.read_text())
    return process, pid, start_time(pid)


@OUTSIDE
def test_a_launcher_that_makes_its_program_independent_can_be_followed(start, tmp_path):
    process, pid, started = independent(start, tmp_path, seconds=1.5, follow_launcher=True)
    assert process.wait(SECONDS) == 0
    assert wait_gone(pid, started, 0)


@OUTSIDE
def test_an_independent_process_outlives_the_application(start, tmp_path):
    process, pid, _ = independent(start, tmp_path)
    assert process.wait(SECONDS) == 0
    os.kill(pid, signal.SIGKILL)


@OUTSIDE
@pytest.mark.parametrize("grace", [0, 5])
def test_terminate_reaches_an_independent_process(start, tmp_path, grace):
    process, pid, started = independent(start, tmp_path, follow_launcher=True)
    process.terminate(grace_time_s=grace)
    assert wait_gone(pid, started, SECONDS)
