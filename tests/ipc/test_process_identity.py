from __future__ import annotations

import os
import subprocess
import sys

import pytest
from adaptor_runtime.ipc import _process_identity_portable
from adaptor_runtime.ipc._process_identity import start_time, wait_gone

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.fixture
def process():
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def test_a_process_keeps_its_start_time(process):
    assert start_time(process.pid) is not None
    assert start_time(process.pid) == start_time(process.pid)
    assert start_time(os.getpid()) != start_time(process.pid)


def test_there_is_no_start_time_without_a_process(process):
    process.kill()
    process.wait()
    assert start_time(process.pid) is None
    assert start_time(0) is None
    assert start_time(-1) is None


def test_a_zombie_counts_as_gone(process):
    started = start_time(process.pid)
    process.kill()
    assert wait_gone(process.pid, started, 10) is True
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert start_time(process.pid) is None


def test_waiting_for_a_process_that_lives_ends_in_time(process):
    assert wait_gone(process.pid, start_time(process.pid), 0.01) is False
    assert wait_gone(process.pid, start_time(process.pid), -1) is False


def test_a_stranger_with_the_same_pid_is_not_waited_for(process):
    assert wait_gone(process.pid, start_time(process.pid) - 1, 60) is True


def test_a_process_that_is_gone_is_not_waited_for(process):
    started = start_time(process.pid)
    process.kill()
    process.wait()
    assert wait_gone(process.pid, started, 60) is True


def test_the_command_name_cannot_confuse(tmp_path):
    program = tmp_path / "a ) Z 1 ("
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, *SLEEPER[1:]], stdin=subprocess.PIPE) as child:
        assert start_time(child.pid) >= start_time(os.getpid())


def test_the_portable_twin_agrees(process):
    started = _process_identity_portable.start_time(process.pid)
    assert started is not None
    assert _process_identity_portable.wait_gone(process.pid, started, 0.01) is False
    assert _process_identity_portable.wait_gone(process.pid, started - 1, 60) is True
    process.kill()
    process.wait()
    assert _process_identity_portable.start_time(process.pid) is None
    assert _process_identity_portable.wait_gone(process.pid, started, 60) is True
