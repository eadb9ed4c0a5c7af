"""A daemon that nobody needs any more is ended."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import types

import pytest
from adaptor_runtime.ipc._daemon.orphan_watch import OrphanWatch
from adaptor_runtime.ipc._files import connection_file, session_directory
from adaptor_runtime.ipc._files.connection_file import ConnectionInfo
from adaptor_runtime.ipc._processes.process_identity import start_time
from patience import SECONDS

pytestmark = pytest.mark.faults("Lifecycle")


@pytest.fixture
def connection(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    directory = session_directory.create()
    pid = os.getpid()
    made = ConnectionInfo(directory.socket("daemon"), "key", pid, start_time(pid), "0", directory.path, "ready")
    connection_file.claim(str(tmp_path / "connection.json"), made)
    yield made
    session_directory.remove(directory)


@pytest.fixture
def reasons():
    return queue.SimpleQueue()


@pytest.fixture
def keep(connection, reasons, tmp_path):
    watches = []

    def make(*, over=False, busy=lambda: False, idle_seconds=None, over_seconds=None, working_directory=None):
        path = str(tmp_path / "connection.json")
        limits = {"idle_seconds": idle_seconds, "over_seconds": over_seconds, "working_directory": working_directory}
        orphan_watch = OrphanWatch(
            path, connection, reasons.put, is_busy=busy, is_over=lambda: over, look_seconds=0.01, **limits
        )
        watches.append(orphan_watch)
        return orphan_watch

    yield make
    for orphan_watch in watches:
        orphan_watch.close()


def test_a_daemon_with_its_files_and_a_frontend_is_left_alone(keep):
    orphan_watch = keep(idle_seconds=0, over_seconds=0)
    orphan_watch.arrived()
    assert orphan_watch.reason() is None


def test_a_daemon_whose_connection_file_is_gone_is_ended(keep, reasons, tmp_path):
    (tmp_path / "connection.json").unlink()
    keep().start()
    assert "connection file" in reasons.get(timeout=SECONDS)


@pytest.mark.parametrize("left", [0, 20, -2])
def test_a_daemon_whose_connection_file_has_lost_content_is_ended(keep, reasons, tmp_path, left):
    path = tmp_path / "connection.json"
    os.truncate(path, left if left >= 0 else path.stat().st_size + left)
    keep().start()
    assert "connection file" in reasons.get(timeout=SECONDS)


def test_a_connection_file_that_cannot_be_read_at_the_moment_does_not_end_a_daemon(keep, tmp_path):
    (tmp_path / "connection.json").chmod(0o644)  # readable by others: no command would trust it
    orphan_watch = keep()
    orphan_watch.arrived()
    assert [orphan_watch.reason() for _ in range(3)] == [None] * 3


def test_a_daemon_whose_connection_file_belongs_to_another_one_is_ended(keep, connection, reasons, tmp_path):
    (tmp_path / "connection.json").unlink()
    connection_file.claim(str(tmp_path / "connection.json"), connection._replace(key="another"))
    keep().start()
    assert "connection file" in reasons.get(timeout=SECONDS)


def test_a_daemon_whose_session_directory_is_gone_is_ended(keep, connection, reasons):
    os.rmdir(connection.session_directory)
    keep().start()
    assert "session directory" in reasons.get(timeout=SECONDS)


def test_a_daemon_whose_scheduler_has_removed_its_working_directory_is_ended(keep, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    orphan_watch = keep(working_directory=str(work))
    orphan_watch.arrived()
    assert orphan_watch.reason() is None
    work.rmdir()
    assert orphan_watch.reason() is None  # it may be moved at this moment
    assert str(work) in orphan_watch.reason()


@pytest.mark.parametrize("error", [PermissionError, TimeoutError, OSError])
def test_an_inaccessible_directory_does_not_end_a_daemon(keep, tmp_path, monkeypatch, error):
    orphan_watch = keep(working_directory=str(tmp_path))
    orphan_watch.arrived()

    def refuse(path):
        raise error("stale file handle")

    monkeypatch.setattr("adaptor_runtime.ipc._files.working_directory.os.stat", refuse)
    assert [orphan_watch.reason() for _ in range(5)] == [None] * 5


@pytest.mark.parametrize("keeps", [True, False])
def test_a_working_directory_that_its_process_keeps_from_being_removed_is_gone_without_its_content(
    keep, tmp_path, monkeypatch, keeps
):
    monkeypatch.setattr("adaptor_runtime.ipc._files.working_directory.KEEPS_DIRECTORY", keeps)
    work = tmp_path / "work"
    work.mkdir()
    empty = keep(working_directory=str(work))
    (work / "file").touch()
    orphan_watch = keep(working_directory=str(work))
    (work / "file").unlink()
    for one in (empty, orphan_watch):
        one.arrived()
    assert [empty.reason() for _ in range(3)] == [None] * 3
    reasons = [orphan_watch.reason() for _ in range(3)]
    assert reasons == [None, *[f"the scheduler's working directory {work} no longer exists" if keeps else None] * 2]
    monkeypatch.chdir(work)
    orphan_watch.remove_rest()
    assert work.exists() is not keeps
    monkeypatch.chdir(tmp_path)


def test_a_file_that_is_missing_once_does_not_end_a_daemon(keep, connection, tmp_path):
    path = tmp_path / "connection.json"
    orphan_watch = keep()
    orphan_watch.arrived()
    for _ in range(3):
        path.rename(tmp_path / "aside")
        assert orphan_watch.reason() is None
        (tmp_path / "aside").rename(path)
        assert orphan_watch.reason() is None


def test_a_daemon_without_a_frontend_is_ended_after_the_idle_time(keep, reasons):
    orphan_watch = keep(idle_seconds=0)
    orphan_watch.arrived()
    orphan_watch.start()
    assert reasons.empty()
    orphan_watch.left()
    assert "no frontend connected" in reasons.get(timeout=SECONDS)


def test_a_task_that_outlives_its_command_is_not_idle(keep, monkeypatch):
    now, busy = [0.0], [True, False]
    clock = types.SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("adaptor_runtime.ipc._daemon.orphan_watch.time", clock)
    orphan_watch = keep(idle_seconds=20, busy=lambda: busy[0])
    orphan_watch.arrived()
    orphan_watch.left()
    now[0] += 25
    assert orphan_watch.reason() is None
    busy.pop(0)
    assert orphan_watch.reason() is None  # the idle time begins with the end of the task
    now[0] += 25
    assert "no frontend connected" in orphan_watch.reason()


def test_the_idle_time_is_another_one_once_the_session_is_over(keep):
    for over, expected in [(False, None), (True, "no frontend connected for 0 s")]:
        orphan_watch = keep(over=over, idle_seconds=None, over_seconds=0)
        orphan_watch.arrived()
        orphan_watch.left()
        assert orphan_watch.reason() == expected


def test_a_daemon_whose_owner_is_gone_is_ended_at_once(keep, reasons):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        keep().watch_owner(owner.pid, start_time(owner.pid))
        assert reasons.empty()
        owner.stdin.close()
        assert f"process {owner.pid}" in reasons.get(timeout=SECONDS)


def test_a_daemon_is_ended_once(keep, reasons, tmp_path):
    (tmp_path / "connection.json").unlink()
    orphan_watch = keep()
    orphan_watch.start()
    reasons.get(timeout=SECONDS)
    orphan_watch.watch_owner(2**22 + 1, 1.0)
    with pytest.raises(queue.Empty):
        reasons.get(timeout=0.1)
