"""A runtime process of its own starts an application, and then ends in one way or another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from patience import SECONDS

if sys.platform == "win32":
    pytest.skip("needs POSIX: the guardian; on Windows, the system ends applications", allow_module_level=True)

from adaptor_runtime.ipc._processes.process_identity import start_time, wait_gone
from adaptor_runtime.ipc._processes.process_tree import kill_group, popen_options, wait_group
from guardians import guardian_pid

pytestmark = pytest.mark.faults("Processes and output")

RUNTIME = """
import os, sys
from adaptor_runtime.adaptors.processes import LoggingSubprocess
from adaptor_runtime.ipc._processes import guardian, guardian_posix
def ready(name, block):
    guardian_posix._guardian._process.wait()  # its first process
    print(process.pid, guardian.mark(), flush=True)
process = LoggingSubprocess(args=["sh", "-c", "read line; echo ready; while :; do sleep 1; done"], emit_output=ready)
process.write_line("go")
for line in sys.stdin:
    exec(line)
"""


@pytest.fixture
def runtime():
    with subprocess.Popen(
        [sys.executable, "-c", RUNTIME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **popen_options()
    ) as process:
        application, mark = process.stdout.readline().split()
        process.application = int(application)
        process.guardian = guardian_pid(mark)
        process.guardian_start = start_time(process.guardian)
        yield process
        process.kill()
        kill_group(process.application)


def assert_nothing_is_left(runtime):
    assert wait_group(runtime.application, SECONDS) is True
    assert wait_gone(runtime.guardian, runtime.guardian_start, SECONDS)


def test_the_application_of_a_killed_runtime_ends(runtime):
    runtime.kill()
    assert_nothing_is_left(runtime)


def test_the_application_of_a_runtime_whose_group_was_killed_ends(runtime):
    os.killpg(runtime.pid, signal.SIGKILL)
    assert_nothing_is_left(runtime)


def test_the_application_of_a_runtime_that_exits_ends(runtime):
    runtime.stdin.write("sys.exit(5)\n")
    runtime.stdin.close()
    assert runtime.wait() == 5
    assert_nothing_is_left(runtime)


def test_the_application_of_a_runtime_that_exits_at_once_ends(runtime):
    runtime.stdin.write("os._exit(6)\n")
    runtime.stdin.close()
    assert runtime.wait() == 6
    assert_nothing_is_left(runtime)


def test_an_orderly_end_leaves_nothing(runtime):
    runtime.stdin.write("process.terminate(); guardian.close()\n")
    runtime.stdin.close()
    assert runtime.wait() == 0
    assert_nothing_is_left(runtime)


def test_the_end_of_the_thread_that_started_an_application_ends_nothing(runtime):
    runtime.stdin.write(
        "import threading; sleep = []; thread = threading.Thread(target=lambda: sleep.append("
        "LoggingSubprocess(args=['sleep', '100']))); thread.start(); thread.join(); "
        "print(sleep[0].wait(0.2), flush=True); sleep[0].terminate()\n"
    )
    runtime.stdin.close()
    assert runtime.stdout.readline() == "None\n"


STARTING = """
import sys
from adaptor_runtime.adaptors.processes import LoggingSubprocess
LoggingSubprocess(args=["true"]).wait() if sys.argv[1] == "guarded" else None
print(flush=True)
sys.stdin.readline()
LoggingSubprocess(args=["sh", "-c", "echo $$ >> " + sys.argv[2] + "; exec sleep 100"])
sys.stdin.readline()
"""


@pytest.mark.parametrize("guardian", ["guarded", "not yet"])
def test_a_runtime_killed_while_it_starts_an_application_leaves_no_application(tmp_path, guardian):
    pids = tmp_path / "pids"
    for milliseconds in range(0, 20, 2):
        command = [sys.executable, "-c", STARTING, guardian, str(pids)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as runtime:
            runtime.stdout.readline()
            runtime.stdin.write(b"\n")
            runtime.stdin.flush()
            time.sleep(milliseconds / 1000)
            runtime.kill()
    time.sleep(1)  # nothing tells of an application that did not even come to write its number
    started = {int(pid): start_time(int(pid)) for pid in pids.read_text().split()} if pids.exists() else {}
    assert all(wait_gone(pid, begun, SECONDS) for pid, begun in started.items() if begun is not None)


SERVING = """
import sys
from adaptor_runtime.ipc import ActionsQueue, AdaptorServer
server = AdaptorServer(ActionsQueue(), object())
print(server.server_path, flush=True)
sys.stdin.readline()
"""


def test_the_directory_of_a_server_goes_away_with_a_killed_runtime():
    with subprocess.Popen([sys.executable, "-c", SERVING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as runtime:
        directory = os.path.dirname(os.fsdecode(runtime.stdout.readline()))
        assert os.path.isdir(directory)
        runtime.kill()
    due = time.monotonic() + SECONDS
    while os.path.exists(directory):
        assert time.monotonic() < due
        time.sleep(0.05)


def test_a_killed_runtime_also_ends_independent_processes(runtime, tmp_path):
    program = "import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); "
    program += f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()) + chr(10)); time.sleep(100)"
    runtime.stdin.write(f"LoggingSubprocess(args=[sys.executable, '-c', {program!r}])\n")
    runtime.stdin.flush()
    due = time.monotonic() + SECONDS
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().endswith("\n"):
        assert time.monotonic() < due
        time.sleep(0.02)
    pid = int((tmp_path / "pid").read_text())
    started = start_time(pid)
    runtime.kill()
    assert wait_gone(pid, started, SECONDS)


WITHOUT_PROCESS_DESCRIPTORS = """
import os, signal, sys
if hasattr(os, "pidfd_open"):
    del os.pidfd_open
from adaptor_runtime.ipc._processes.guardian_input_posix import RuntimeInput
runtime = os.getpid()
if os.fork() == 0:
    watched = RuntimeInput(runtime)
    print("watching", flush=True)
    for _ in watched.chunks():
        pass
    print("gone", flush=True)
    os._exit(0)
signal.pause()
"""


def test_without_process_descriptors_the_end_of_the_runtime_is_seen_though_a_fork_holds_the_pipe():
    reading, writing = os.pipe()  # this process holds the other end
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_PROCESS_DESCRIPTORS], stdin=reading, stdout=subprocess.PIPE
    ) as runtime:
        assert runtime.stdout.readline() == b"watching\n"
        runtime.kill()
        assert runtime.stdout.readline() == b"gone\n"
    os.close(reading)
    os.close(writing)
