from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from patience import SECONDS

if sys.platform == "win32":
    pytest.skip("needs POSIX: the guardian; on Windows, the system ends applications", allow_module_level=True)

from adaptor_runtime.ipc._processes.guardian_posix import Guardian
from adaptor_runtime.ipc._processes.process_identity import start_time, wait_gone
from adaptor_runtime.ipc._processes.process_tree import group_alive, kill_group, popen_options, wait_group
from guardians import guardian_pid

pytestmark = pytest.mark.faults("Processes and output")

POLITE = "echo ready; while :; do sleep 1; done"
DEAF = f"trap '' TERM; {POLITE}"

# A runtime with one application. It prints the process ids, then does as it is told on standard input.
RUNTIME = """
import os, subprocess, sys
from adaptor_runtime.ipc._processes.guardian_posix import Guardian
from adaptor_runtime.ipc._processes.process_tree import popen_options
guardian = Guardian(grace_seconds=0.3)
guardian.prepare()
application = subprocess.Popen(["sh", "-c", sys.argv[1]], stdout=subprocess.PIPE, **popen_options())
application.stdout.readline()
guardian.protect(application.pid)
guardian._process.wait()  # its first process
print(application.pid, guardian.mark, flush=True)
for line in sys.stdin:
    exec(line)
"""


class Runtime:
    def __init__(self, script):
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNTIME, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **popen_options(),
        )
        application, mark = self.process.stdout.readline().split()
        self.application = int(application)
        self.guardian = guardian_pid(mark)
        self.guardian_start = start_time(self.guardian)

    def tell(self, statement):
        self.process.stdin.write(statement + "\n")
        self.process.stdin.flush()

    def guardian_has_gone(self):
        return wait_gone(self.guardian, self.guardian_start, SECONDS)

    def close(self):
        self.process.kill()
        self.process.wait()
        kill_group(self.application)
        self.process.stdin.close()
        self.process.stdout.close()


def pid_of(guardian):
    guardian._process.wait(SECONDS)  # its first process
    return guardian_pid(guardian.mark)


@pytest.fixture
def start_runtime():
    runtimes = []

    def start(script):
        runtimes.append(Runtime(script))
        return runtimes[-1]

    yield start
    for runtime in runtimes:
        runtime.close()


@pytest.fixture
def guardian():
    guardian = Guardian(grace_seconds=0.3)
    yield guardian
    guardian.close()


@pytest.fixture
def application():
    with subprocess.Popen(["sh", "-c", POLITE], stdout=subprocess.PIPE, **popen_options()) as process:
        process.stdout.readline()
        yield process
        kill_group(process.pid)


@pytest.mark.parametrize("script", [POLITE, DEAF, f"sleep 100 & {DEAF}"])
def test_the_applications_of_a_killed_runtime_are_ended(start_runtime, script):
    runtime = start_runtime(script)
    runtime.process.kill()
    assert wait_group(runtime.application, SECONDS) is True
    assert runtime.guardian_has_gone()


def test_a_kill_of_the_runtimes_group_does_not_reach_the_guardian(start_runtime):
    runtime = start_runtime(POLITE)
    os.killpg(runtime.process.pid, signal.SIGKILL)
    assert wait_group(runtime.application, SECONDS) is True
    assert runtime.guardian_has_gone()


def test_signals_that_end_the_runtime_do_not_end_the_guardian(start_runtime):
    runtime = start_runtime(POLITE)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        os.kill(runtime.guardian, number)
    runtime.process.kill()
    assert wait_group(runtime.application, SECONDS) is True


def test_a_dead_leader_does_not_protect_what_it_left_behind(start_runtime):
    runtime = start_runtime("sleep 100 & echo ready")
    runtime.process.kill()
    assert wait_group(runtime.application, SECONDS) is True


def test_a_fork_that_holds_the_pipe_does_not_hide_the_end_of_the_runtime(start_runtime):
    runtime = start_runtime(POLITE)
    runtime.tell("import signal; forked = os.fork() or signal.pause(); print(forked, flush=True)")
    forked = int(runtime.process.stdout.readline())
    try:
        runtime.process.kill()
        assert wait_group(runtime.application, SECONDS) is True
        os.kill(forked, 0)
    finally:
        os.kill(forked, signal.SIGKILL)


def test_a_released_application_outlives_the_runtime(start_runtime):
    runtime = start_runtime(POLITE)
    runtime.tell("guardian.release(application.pid); print(flush=True)")
    runtime.process.stdout.readline()
    runtime.process.kill()
    assert runtime.guardian_has_gone()
    assert group_alive(runtime.application)


def test_the_guardian_ends_with_the_runtime_when_nothing_is_left(start_runtime):
    runtime = start_runtime(POLITE)
    runtime.tell("guardian.release(application.pid); guardian.close(); print(guardian.running, flush=True)")
    assert runtime.process.stdout.readline() == "False\n"
    assert runtime.guardian_has_gone()


def test_a_fork_of_the_runtime_does_not_end_the_guardian(start_runtime):
    runtime = start_runtime(POLITE)
    runtime.tell("forked = os.fork() or sys.exit()")
    runtime.tell("print(os.waitpid(forked, 0)[1], flush=True)")
    assert runtime.process.stdout.readline() == "0\n"
    assert start_time(runtime.guardian) == runtime.guardian_start
    assert group_alive(runtime.application)


def test_there_is_no_guardian_before_the_first_application():
    guardian = Guardian()
    assert not guardian.running
    guardian.release(12345)
    guardian.close()


def test_who_waits_for_all_children_of_the_runtime_does_not_wait_for_the_guardian(start_runtime):
    runtime = start_runtime(POLITE)
    runtime.tell("application.kill()")
    runtime.tell("print(os.wait()[0], flush=True)")
    assert int(runtime.process.stdout.readline()) == runtime.application
    runtime.tell("import contextlib")
    runtime.tell("with contextlib.suppress(ChildProcessError): print(os.wait(), flush=True)")
    runtime.tell("print('none is left', flush=True)")
    assert runtime.process.stdout.readline() == "none is left\n"
    assert start_time(runtime.guardian) == runtime.guardian_start


def test_the_guardian_ends_when_it_is_closed(guardian, application):
    guardian.protect(application.pid)
    pid = pid_of(guardian)
    started = start_time(pid)
    guardian.release(application.pid)
    guardian.close()
    assert wait_gone(pid, started, SECONDS)


def test_an_application_left_at_close_is_ended(guardian, application):
    guardian.protect(application.pid)
    guardian.close()
    assert wait_group(application.pid, SECONDS) is True


def test_a_guardian_that_was_killed_is_replaced_and_knows_all_applications(guardian, application):
    guardian.protect(application.pid)
    first = pid_of(guardian)
    started = start_time(first)
    os.kill(first, signal.SIGKILL)
    assert wait_gone(first, started, SECONDS)
    guardian.protect(os.getpid() + 1_000_000_000)  # no such process: anything that makes it write
    assert pid_of(guardian) not in {None, first}
    guardian.close()
    assert wait_group(application.pid, SECONDS) is True


def test_a_stranger_with_the_number_of_an_application_is_left_alone(guardian, application, monkeypatch):
    monkeypatch.setattr("adaptor_runtime.ipc._processes.guardian_posix.start_time", lambda pid: 1.0)
    guardian.protect(application.pid)
    guardian.close()
    assert application.poll() is None


def test_an_application_inherits_no_descriptor_of_the_runtime(guardian, application):
    guardian.protect(application.pid)
    listing = subprocess.run(
        ["ls", "-l", "/proc/self/fd"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True
    )
    for number in (0, 1):
        pipe = os.readlink(f"/proc/{pid_of(guardian)}/fd/{number}")
        assert pipe.encode() not in listing.stdout


def test_the_guardian_holds_nothing_of_the_runtime_but_its_pipes(guardian, application):
    guardian.protect(application.pid)
    pid = pid_of(guardian)
    assert os.readlink(f"/proc/{pid}/fd/2") == os.devnull
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    assert os.getsid(pid) not in {os.getsid(0), os.getsid(application.pid)}


def test_without_an_interpreter_applications_run_unguarded(guardian, application, monkeypatch, caplog):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    guardian.protect(application.pid)
    guardian.release(application.pid)
    assert not guardian.running
    assert "not guarded" in caplog.text
