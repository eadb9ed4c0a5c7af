"""A runtime process of its own starts an application, and then ends in one way or another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from adaptor_runtime.ipc._process_identity import start_time, wait_gone
from adaptor_runtime.ipc._process_tree import kill_group, popen_options, wait_group

pytestmark = pytest.mark.faults("Processes and output")

RUNTIME = """
import os, sys
from adaptor_runtime.adaptors.processes import LoggingSubprocess
from adaptor_runtime.ipc import _guardian
ready = lambda name, block: print(process.pid, _guardian._guardian.pid, flush=True)
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
        process.application, process.guardian = map(int, process.stdout.readline().split())
        process.guardian_start = start_time(process.guardian)
        yield process
        process.kill()
        kill_group(process.application)


def assert_nothing_is_left(runtime):
    assert wait_group(runtime.application, 20) is True
    assert wait_gone(runtime.guardian, runtime.guardian_start, 20)


def test_a_killed_runtime_takes_its_application_along(runtime):
    runtime.kill()
    assert_nothing_is_left(runtime)


def test_a_killed_group_of_the_runtime_takes_the_application_along(runtime):
    os.killpg(runtime.pid, signal.SIGKILL)
    assert_nothing_is_left(runtime)


def test_a_runtime_that_exits_takes_its_application_along(runtime):
    runtime.stdin.write("sys.exit(5)\n")
    runtime.stdin.close()
    assert runtime.wait() == 5
    assert_nothing_is_left(runtime)


def test_a_runtime_that_exits_at_once_takes_its_application_along(runtime):
    runtime.stdin.write("os._exit(6)\n")
    runtime.stdin.close()
    assert runtime.wait() == 6
    assert_nothing_is_left(runtime)


def test_an_orderly_end_leaves_nothing(runtime):
    runtime.stdin.write("process.terminate(); _guardian.close()\n")
    runtime.stdin.close()
    assert runtime.wait() == 0
    assert_nothing_is_left(runtime)
    with pytest.raises(ProcessLookupError):
        os.kill(runtime.guardian, 0)


def test_the_end_of_the_thread_that_started_an_application_ends_nothing(runtime):
    runtime.stdin.write(
        "import threading; sleep = []; thread = threading.Thread(target=lambda: sleep.append("
        "LoggingSubprocess(args=['sleep', '100']))); thread.start(); thread.join(); "
        "print(sleep[0].wait(0.2), flush=True); sleep[0].terminate()\n"
    )
    runtime.stdin.close()
    assert runtime.stdout.readline() == "None\n"
