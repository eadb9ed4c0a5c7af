from __future__ import annotations

import os
import subprocess
import sys

import pytest
from adaptor_runtime.ipc._processes import process_identity_portable
from adaptor_runtime.ipc._processes.process_identity import start_time, wait_gone
from patience import SECONDS

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
    assert wait_gone(process.pid, started, SECONDS) is True
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert start_time(process.pid) is None


def test_waiting_for_a_process_that_lives_ends_in_time(process):
    assert wait_gone(process.pid, start_time(process.pid), 0.01) is False
    assert wait_gone(process.pid, start_time(process.pid), -1) is False


def test_a_stranger_with_the_same_pid_is_not_waited_for(process):
    assert wait_gone(process.pid, start_time(process.pid) - 1, SECONDS) is True


def test_a_process_that_is_gone_is_not_waited_for(process):
    started = start_time(process.pid)
    process.kill()
    process.wait()
    assert wait_gone(process.pid, started, SECONDS) is True


@pytest.mark.posix("the name of the program comes before its start time in /proc")
def test_the_command_name_cannot_confuse(tmp_path):
    program = tmp_path / "a ) Z 1 ("
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, *SLEEPER[1:]], stdin=subprocess.PIPE) as child:
        assert start_time(child.pid) >= start_time(os.getpid())


def test_the_portable_twin_agrees(process):
    started = process_identity_portable.start_time(process.pid)
    assert started is not None
    assert process_identity_portable.wait_gone(process.pid, started, 0.01) is False
    assert process_identity_portable.wait_gone(process.pid, started - 1, SECONDS) is True
    process.kill()
    process.wait()
    assert process_identity_portable.start_time(process.pid) is None
    assert process_identity_portable.wait_gone(process.pid, started, SECONDS) is True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pidfd")
@pytest.mark.parametrize("forbidden", [False, True], ids=["built without it", "forbidden by a sandbox"])
def test_waiting_works_without_pidfd_open(process, monkeypatch, forbidden):
    from adaptor_runtime.ipc._processes import pidfd

    monkeypatch.delattr(os, "pidfd_open", raising=False)
    if forbidden:
        monkeypatch.setattr(pidfd, "_open_by_number", _refuse)
    started = start_time(process.pid)
    assert wait_gone(process.pid, started, 0.01) is False
    assert wait_gone(process.pid, started - 1, SECONDS) is True
    process.kill()
    assert wait_gone(process.pid, started, SECONDS) is True
    process.wait()
    assert wait_gone(process.pid, started, SECONDS) is True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pidfd")
def test_the_system_call_is_as_good_as_the_function(process, monkeypatch):
    from adaptor_runtime.ipc._processes.pidfd import open_process

    monkeypatch.delattr(os, "pidfd_open", raising=False)
    descriptor = open_process(process.pid)
    assert descriptor is not None
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    process.kill()
    process.wait()
    with pytest.raises(ProcessLookupError):
        open_process(process.pid)


def _refuse(_pid):
    raise PermissionError


WITHOUT_PROC = """
import os, subprocess, sys
from adaptor_runtime.ipc._processes import pidfd
from adaptor_runtime.ipc._processes.process_identity import check_process_table, start_time, wait_gone
if sys.argv[1] == "True":
    pidfd._open_by_number = os.pidfd_open = lambda pid: os.open("/nowhere", os.O_RDONLY)
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
assert start_time(child.pid) == 0.0
assert not wait_gone(child.pid, 12345.0, 0.01)  # what another process, with /proc, has written down
assert not wait_gone(child.pid, 0.0, 0.01)
child.kill()
child.wait()
assert start_time(child.pid) is None
assert wait_gone(child.pid, 0.0, 90)
try:
    check_process_table()
except Exception as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
@pytest.mark.parametrize("without_pidfd", [False, True])
def test_a_live_process_is_not_gone_where_no_proc_is_mounted(without_pidfd):
    command = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a process without /proc cannot be made here")
    command += [sys.executable, "-c", WITHOUT_PROC, str(without_pidfd)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "mount /proc" in done.stdout, done.stderr
