from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from adaptor_runtime.ipc._processes import usage, usage_portable
from adaptor_runtime.ipc._processes.usage import ProcessUsage, TotalUsage
from patience import SECONDS

MEGABYTE = 1024 * 1024
BUSY = """
import subprocess, sys, time
if sys.argv[1:]:
    memory = bytearray(100 * 1024 * 1024)
    until = time.process_time() + 0.3
    while time.process_time() < until: pass
    del memory
    print("used", flush=True)
    sys.stdin.read()
else:
    subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.2: pass"])
    subprocess.run([sys.executable, __file__, "child"])
"""

no_times = pytest.mark.not_wine("GetProcessTimes returns the processor time of the process that asks")
readers = pytest.mark.parametrize("reader", [usage, usage_portable], ids=["system", "portable"])


@pytest.fixture
def family(tmp_path):
    """Start a process that waits for a child of its, which has used processor time and memory."""
    program = tmp_path / "busy work.py"
    program.write_text(BUSY)
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, str(program)], **options) as parent:
        assert parent.stdout.readline() == "used\n"
        until = time.monotonic() + SECONDS
        while sys.platform == "linux" and {process.state for process in usage.tree(parent.pid)} != {"sleeping"}:
            assert time.monotonic() < until  # only then do they use nothing more between two looks
        yield parent
        parent.stdin.close()


@no_times
@readers
def test_a_tree_tells_what_each_process_used(family, reader):
    parent, child = reader.tree(family.pid)
    assert (parent.pid, parent.parent, child.parent) == (family.pid, os.getpid(), family.pid)
    assert child.command.endswith("busy work.py child")
    assert parent.threads == child.threads == 1
    assert 0.25 <= child.cpu_seconds < 20
    assert parent.cpu_seconds < child.cpu_seconds + 2
    assert 1 * MEGABYTE < child.resident_bytes < 90 * MEGABYTE


@readers
def test_what_is_only_shown_can_be_left_out(family, reader):
    shown, plain = reader.tree(family.pid), reader.tree(family.pid, is_shown=False)
    assert [lasting(process._replace(command=process.name)) for process in shown] == [*map(lasting, plain)]
    assert all(process.command != process.name for process in shown)
    assert lasting(reader.read(family.pid, is_shown=False)) == lasting(plain[0])


def lasting(process):
    """Leave out what may have changed from one reading to the next."""
    return process._replace(cpu_seconds=0.0, resident_bytes=0, peak_bytes=0)


@readers
def test_of_many_processes_only_the_first_command_lines_are_read(family, reader):
    parent, child = reader.tree(family.pid)
    told = {parent.pid: parent.command, child.pid: child.command.replace("child", "****")}
    assert reader.commands(family.pid, lambda word: word.replace("child", "****"), 9) == told
    assert reader.commands(family.pid, str, 1) == {parent.pid: parent.command}


@readers
def test_a_process_that_is_gone_has_no_command_line(reader):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert reader.commands(process.pid, str, 9) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count what ended children used")
@readers
def test_the_processor_time_of_ended_children_counts(family, reader):
    parent, _ = reader.tree(family.pid)
    assert 0.15 <= parent.ended_cpu_seconds < 20


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not tell the peak of a living process")
def test_the_peak_of_memory_is_kept(family):
    assert usage.tree(family.pid)[1].peak_bytes > 100 * MEGABYTE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot halt a process")
@readers
def test_the_state_of_a_process_is_told(family, reader):
    assert reader.read(family.pid).state == "sleeping"
    os.kill(family.pid, signal.SIGSTOP)
    until = time.monotonic() + SECONDS
    while reader.read(family.pid).state != "stopped":
        assert time.monotonic() < until
    os.kill(family.pid, signal.SIGCONT)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system tells the state of the process")
def test_a_process_with_a_running_thread_is_running():
    program = "import threading, sys\ndef work():\n  while True: pass\n"
    program += "threading.Thread(target=work, daemon=True).start(); print('works', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        until = time.monotonic() + SECONDS
        seen = [usage.read(process.pid).state for _ in range(50)]
        while seen.count("running") < 40:
            assert time.monotonic() < until, seen
            seen = [usage.read(process.pid).state for _ in range(50)]
        process.kill()


def test_what_the_system_does_not_tell_is_unknown(family, monkeypatch):
    def refuse(_process):
        raise OSError("invalid parameter")

    for name in ("name", "num_threads", "status"):
        monkeypatch.setattr(f"psutil.Process.{name}", refuse)
    used = usage_portable.read(family.pid)
    assert (used.state, used.threads) == ("?", 0)
    assert used.name.startswith("python")
    assert used.command.endswith("busy work.py")


@pytest.mark.parametrize("error", [psutil.AccessDenied(1), psutil.NoSuchProcess(1), OSError("invalid parameter")])
def test_what_a_process_uses_is_known_although_its_children_cannot_be_listed(monkeypatch, error):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("psutil.Process.children", refuse)
    assert [process.pid for process in usage_portable.tree(os.getpid())] == [os.getpid()]


@readers
def test_a_process_that_is_gone_uses_nothing(reader):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert reader.read(process.pid) is None
    assert reader.tree(process.pid) == []


def test_a_total_adds_up_but_for_the_peak():
    first = ProcessUsage(1, 0, "a", "a", "running", 1, 1.5, 0.5, 100, 300)
    second = first._replace(pid=2, cpu_seconds=1.0, ended_cpu_seconds=0.0, peak_bytes=None)
    assert usage.total([first, second]) == TotalUsage(2, 3.0, 200, 300)
    assert usage.total([]) == TotalUsage(0, 0.0, 0, None)


def test_reading_the_usage_each_second_costs_less_than_a_thousandth(family):
    began = time.process_time()
    for _ in range(100):
        usage.tree(family.pid)
    assert (time.process_time() - began) / 100 < 0.001 * (1 if sys.platform == "linux" else 50)
