"""The memory of an application is that of all its processes, also of those that its first process has left."""

from __future__ import annotations

import os
import re
import signal
import sys

import pytest
from adaptor_runtime.ipc._processes import usage
from patience import SECONDS

pytestmark = pytest.mark.faults("The application's life")

MEGABYTE = 1024 * 1024

# A worker with much memory: in a session of its own, a child, or twice removed from the first process.
WORKER = "memory = b'1' * (120 * 1024 * 1024); print(flush=True); import time; time.sleep(100)"
CHILD = f"""
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-S", "-c", {WORKER!r}], stdout=subprocess.PIPE)
worker.stdout.readline()
print("ready", flush=True)
time.sleep(100)
"""
DETACHED = """
import os, sys, time
told, tells = os.pipe()
child = os.fork()
if child == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    memory = b"\\1" * (120 * 1024 * 1024)
    os.write(tells, b"1")
    time.sleep(100)
os.waitpid(child, 0)
os.read(told, 1)
print("ready", flush=True)
time.sleep(100)
"""


@pytest.fixture(
    params=[
        pytest.param(CHILD, id="child"),
        pytest.param(DETACHED, id="detached", marks=pytest.mark.posix("there is no fork, and nothing leaves a job")),
    ]
)
def process(request, start, sink):
    process = start([sys.executable, "-S", "-c", request.param])
    sink.wait_for(b"ready")
    yield process
    process.terminate(0)


def test_the_memory_of_all_processes_counts(process):
    pids = process.processes()
    assert process.pid in pids
    assert len(pids) == 2
    assert usage.total(usage.of(pids)).resident_bytes > 120 * MEGABYTE
    assert [process.pid for process in usage.of(pids)] == pids
    process.terminate(0)
    assert process.processes() == []
    assert usage.total(usage.of(pids)).resident_bytes == 0


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells the peak of a living process")
def test_the_peak_in_the_message_is_that_of_all_processes(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait(SECONDS)
    assert int(re.search(r"\bpeak (\d+)(?:\.\d)? MB", process.failure)[1]) > 120


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells the peak of a living process")
def test_the_peak_of_an_application_is_not_that_of_the_process_that_started_it(python, sink):
    ballast = b"\1" * (200 * MEGABYTE)
    small = python("")
    talks = python(f"memory = b'1' * {50 * MEGABYTE}; print('ready', flush=True); input()")
    sink.wait_for(b"ready")
    talks.write_line("")
    assert (small.wait(SECONDS), talks.wait(SECONDS), len(ballast)) == (0, 0, 200 * MEGABYTE)
    assert small.peak_memory is None
    assert 50 * MEGABYTE < talks.peak_memory < 100 * MEGABYTE


@pytest.mark.posix("there are no signals that a shell could tell of")
def test_a_shell_that_says_that_its_program_was_killed_is_no_other_case(shell, sink):
    process = shell("echo ready; sh -c 'read line; kill -9 $$'; exit $?")
    sink.wait_for(b"ready")
    process.write_line("")
    assert process.wait(SECONDS) == 137
    assert "exited with 137 (in a shell: SIGKILL), which the runtime did not send" in process.failure
    assert re.search(r"\bpeak [\d.]+ MB", process.failure)
