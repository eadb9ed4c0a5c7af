"""What runs short costs as little as it can, is told in one line, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults("Resources")

ODD = rb"""
import os
os.write(1, b"nul \0 here\n")
os.write(1, b"no utf-8 \xff\xfe here\n")
os.write(1, b"10%\r20%\r30%\n")
os.write(1, "a\u2028openjd_fail: no\n".encode())
os.write(1, b"x" * 10_000_000 + b"\n")
os.write(1, b"the end")
""".decode("latin-1")


@pytest.mark.posix("a limit of open files that a process gives itself")
@pytest.mark.parametrize("limit", range(8, 28))
def test_too_few_open_files_are_an_error_without_a_hang(command_line, limit):
    run = command_line("run", module="limited", LIMIT=str(limit))
    assert run.exit_code in {0, 1, 2}
    start = command_line.start(module="limited", LIMIT=str(limit))
    assert start.exit_code in {0, 1, 2}
    assert start.exit_code != 1 or "Too many open files" in start.failures[0]
    if start.exit_code == 0:
        assert command_line.task().exit_code in {0, 1, 4}
    if command_line.connection_file.exists():
        command_line.stop()


@pytest.mark.posix("a limit of open files that a process gives itself")
def test_a_daemon_whose_adaptor_has_used_up_all_open_files_still_runs_tasks_and_stops(command_line):
    command_line.start(module="limited", LIMIT="64")
    used_up = command_line.task({"on_run": {"use_up_files": "all but one", "say": "here"}})
    assert used_up.exit_code == 0
    assert "here" in used_up.lines
    failed = command_line.task({"on_run": {"application": "print('there is no pipe for this')"}})
    assert failed.exit_code == 1
    assert "Too many open files" in failed.failures[0]
    assert command_line("daemon", "status", *command_line._connection(), adaptor=None).exit_code == 0
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


@pytest.mark.posix("a limit of open files that a process gives itself")
def test_a_hang_without_open_files_still_ends_at_its_deadline(command_line):
    steps = {"use_up_files": "all but one", "hang": "for ever"}
    connection = ("--connection-file", command_line.connection_file)
    limits = ("--deadline", "run=3", "--deadline", "cancel=1", "--deadline", "output=2")
    command_line("daemon", "start", *connection, *limits, module="limited", LIMIT="64")
    assert command_line.task({"on_run": steps}).exit_code == 5
    assert command_line.stop().exit_code == 0
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


SMALL_DISK = pytest.mark.posix("a file system that is mounted by a command")


@pytest.fixture
def small_disk(command_line):
    """A file system of 512 kB, where the temporary files of all commands are."""
    place = tempfile.mkdtemp(prefix="ar-disk-")
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place], check=False, capture_output=True
        )
    except FileNotFoundError:
        mounted = None
    if mounted is None or mounted.returncode != 0:
        os.rmdir(place)
        pytest.skip("a file system can be mounted by root only")
    former, command_line.temporary = command_line.temporary, place
    command_line.environment["TMPDIR"] = place
    yield Path(place)
    command_line.check_that_nothing_is_left()
    command_line.temporary = former
    subprocess.run(["umount", place], check=True)
    os.rmdir(place)


def fill(disk):
    """Write until there is no room for a single byte."""
    with open(disk / "filler", "ab", buffering=0) as filler:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(b"x" * size)


@SMALL_DISK
def test_a_full_disk_does_not_affect_a_daemon_whose_output_is_read(command_line, small_disk):
    command_line.start()
    loud = command_line.task({"on_run": {"application": "for i in range(100_000): print('a long line', i)"}})
    assert loud.exit_code == 0
    shown = [line for line in loud.lines if line.startswith("STDOUT: ")]
    assert shown == [f"STDOUT: a long line {number}" for number in range(100_000)]
    fill(small_disk)
    silent = command_line.task({"on_run": {"say": "nothing of this can be kept"}})
    assert silent.exit_code == 0
    failed = command_line.task({"on_run": {"raise": "ValueError('still told')"}})
    assert failed.exit_code == 1
    assert "still told" in failed.failures[0]
    (small_disk / "filler").unlink()
    again = command_line.task({"on_run": {"say": "there is room again"}})
    assert "there is room again" in again.lines
    fill(small_disk)
    assert command_line.stop().exit_code == 0
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]
    (small_disk / "filler").unlink()


@SMALL_DISK
def test_a_full_disk_hides_nothing_of_a_cleanup_after_a_loss(command_line, small_disk):
    command_line.start({"on_cleanup": {"lines": 50_000, "say": "the license is back"}}, adaptor="scripted:Licensed")
    fill(small_disk)
    command_line.daemon.kill()
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "the license is back" in stop.lines
    assert command_line.calls[-1] == "on_cleanup"
    (small_disk / "filler").unlink()


@SMALL_DISK
def test_a_full_disk_affects_only_the_journal_of_a_foreground_run(command_line, small_disk):
    fill(small_disk)
    run_data = {"on_run": {"application": "for i in range(1000): print('line', i)"}}
    run = command_line("run", "--run-data", run_data, "--journal", small_disk / "journal.jsonl")
    assert run.exit_code == 0
    assert [line for line in run.lines if "STDOUT" in line] == [f"STDOUT: line {number}" for number in range(1000)]
    for name in ("filler", "journal.jsonl"):
        (small_disk / name).unlink()


@SMALL_DISK
def test_a_disk_without_room_for_a_daemon_is_reported_once_and_with_what_to_do(command_line, small_disk):
    subprocess.run(["mount", "-o", "remount,size=4k", small_disk], check=True)
    start = command_line.start()
    assert start.exit_code == 1
    assert start.text.count("No space left on device") == 1
    assert start.failures[0].endswith("; make room there, or set TMPDIR to another file system")
    assert command_line.stop().exit_code == 0


@SMALL_DISK
def test_a_connection_file_without_disk_space_is_reported_in_one_line(command_line, small_disk):
    fill(small_disk)
    start = command_line("daemon", "start", "--connection-file", small_disk / "connection.json")
    assert start.exit_code == 2
    assert len(start.failures) == len(start.lines) == 1
    assert "No space left on device" in start.failures[0]
    assert command_line.calls == []
    assert os.listdir(small_disk) == ["filler"]
    (small_disk / "filler").unlink()


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_output_of_any_kind_is_shown_line_by_line(command_line, mode):
    run_data = {"on_run": {"application": ODD}}
    if mode == "run":
        task = command_line.run({}, run_data)
    else:
        command_line.start()
        task = command_line.task(run_data)
        command_line.stop()
    assert task.exit_code == 0
    assert {"STDOUT: nul \\x00 here", "STDOUT: 10%", "STDOUT: 30%", "STDOUT: the end"} <= set(task.lines)
    assert r"STDOUT: no utf-8 \xff\xfe here" in task.lines
    assert any(line.startswith("STDOUT: a\u2028openjd_fail: no") for line in task.lines)
    assert sum(line.count("x") for line in task.lines if set(line) <= set("STDOUT: x")) == 10_000_000


def test_hundreds_of_thousands_of_unread_lines_wait_on_disk_and_none_is_lost(command_line):
    count = 300_000
    command_line.start()
    program = f"for i in range({count}): print('n', i)"
    words = ("--on-disconnect=keep", "--run-data", {"on_run": {"application": program}})
    task = command_line.begin("daemon", "run", "--connection-file", command_line.connection_file, *words, adaptor=None)
    task.wait_for("STDOUT: n 0")
    task.kill()
    before = task.finish()
    attached = command_line("daemon", "attach", "--connection-file", command_line.connection_file, adaptor=None)
    assert attached.exit_code == 0
    seen = [int(number) for number in re.findall(r"^STDOUT: n (\d+)$", attached.text, re.MULTILINE)]
    assert seen == list(range(seen[0], count))
    shown = re.findall(r"^STDOUT: n (\d+)$", before.text, re.MULTILINE)
    assert seen[0] <= int(shown[-1]) + 1
    assert command_line.daemon.memory_info().rss < 100 * 1024 * 1024
    assert "STDOUT" not in command_line.task({}).text
    command_line.stop()


def test_a_second_signal_shortens_the_time_of_a_hook_that_does_not_end(command_line):
    gate = command_line.gate("for ever")
    run = command_line.begin_run({}, {"on_run": {"wait_at": gate}})
    run.wait_for("waiting at")
    began = time.monotonic()
    for _ in range(6):
        run.signal(15)
        run.wait_for("refused" if _ else "canceled")
    assert run.finish().exit_code == 143
    assert time.monotonic() - began < 18  # it would have been twenty seconds
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


WITHOUT_THREADS = """
from adaptor_runtime.ipc._own_process.runtime_thread import RuntimeThread
from scripted import Scripted

def start(thread, start=RuntimeThread.start):
    if thread.name == "connection":
        raise RuntimeError("can't start new thread")
    start(thread)

RuntimeThread.start = start
"""


def test_a_daemon_that_has_no_thread_for_its_start_ends_and_the_failure_is_reported(command_line):
    (command_line.directory / "short_of_threads.py").write_text(WITHOUT_THREADS)
    command_line.adaptor = "short_of_threads:Scripted"
    start = command_line.start()
    assert start.exit_code == 1, start
    assert "cannot ask the daemon to start" in start.failures[0]
    assert command_line.calls == []
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "cannot ask the daemon to start" in stop.text


WITHOUT_ANY_THREADS = """
import _thread, sys
from scripted import Scripted

def start_new_thread(*arguments):
    raise RuntimeError("can't start new thread")

if sys.argv[-1] == "_serve":
    _thread.start_new_thread = start_new_thread
"""


def test_too_few_processes_for_a_daemon_are_reported_once_and_with_what_to_do(command_line):
    (command_line.directory / "without_threads.py").write_text(WITHOUT_ANY_THREADS)
    start = command_line.start(adaptor="without_threads:Scripted")
    assert start.exit_code == 1
    assert start.text.count("can't start new thread") == len(start.lines) == 1
    assert start.failures[0].endswith("; allow more processes (ulimit -u, or the limit of the container)")
    assert command_line.stop().exit_code == 0
