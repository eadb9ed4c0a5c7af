from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
from adaptor_runtime.ipc._errors import BadInputError, DaemonAliveError, NoDaemonError
from adaptor_runtime.ipc._files import connection_file
from adaptor_runtime.ipc._files.connection_file import ConnectionInfo
from adaptor_runtime.ipc._files.private_file import create_private
from adaptor_runtime.ipc._processes.process_identity import start_time

pytestmark = pytest.mark.faults("Between processes")

posix_only = pytest.mark.posix("modes and owners of POSIX")

MINE = ConnectionInfo(
    socket="/tmp/adaptor-runtime-x/daemon",
    key="key",
    pid=os.getpid(),
    start_time=start_time(os.getpid()),
    release="0.1.0",
    session_directory="/tmp/adaptor-runtime-x",
)
GONE = MINE._replace(key="other key", start_time=1.0, state="ready")

CLAIMER = """
import os, sys
from adaptor_runtime.ipc._files import connection_file
from adaptor_runtime.ipc._errors import DaemonAliveError
from adaptor_runtime.ipc._processes.process_identity import start_time
pid = os.getpid()
mine = connection_file.ConnectionInfo("socket", str(pid), pid, start_time(pid), "0.1.0", "directory")
print("here", flush=True)
sys.stdin.readline()
try:
    connection_file.claim(sys.argv[1], mine)
    print("won", flush=True)
except DaemonAliveError:
    print("alive", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "connection.json")


def put(path, connection, mode=0o600):
    put_bytes(path, json.dumps(connection._asdict()).encode(), mode)


def put_bytes(path, content, mode=0o600):
    """Write a file that is open to its user only, or to those of the mode."""
    descriptor = create_private(str(path))
    os.write(descriptor, content)
    os.close(descriptor)
    Path(path).chmod(mode)


def names(path):
    return sorted(entry.name for entry in Path(path).parent.iterdir())


def test_a_claimed_file_can_be_read(path):
    connection_file.claim(path, MINE)
    assert connection_file.read(path) == MINE
    assert names(path) == ["connection.json"]


def test_the_file_is_one_json_object_with_the_socket_first(path):
    connection_file.claim(path, MINE)
    fields = json.loads(Path(path).read_text(encoding="utf-8"))
    assert next(iter(fields)) == "socket"
    assert fields["state"] == "starting"


def test_unknown_fields_are_ignored(path):
    put_bytes(path, json.dumps({**MINE._asdict(), "colour": "red"}).encode())
    assert connection_file.read(path) == MINE


@posix_only
def test_only_the_owner_can_read_the_file(path):
    connection_file.claim(path, MINE)
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    connection_file.write(path, MINE._replace(state="ready"))
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_a_missing_file_means_no_daemon(path):
    with pytest.raises(NoDaemonError, match=r"connection\.json.*daemon start"):
        connection_file.read(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"socket: /tmp/x",
        b"[]",
        b"null",
        b'"socket"',
        b"{}",
        b'{"socket": "/tmp/x"}',
        json.dumps({**MINE._asdict(), "pid": "1"}).encode(),
        json.dumps({**MINE._asdict(), "pid": True}).encode(),
        json.dumps({**MINE._asdict(), "key": None}).encode(),
        json.dumps({**MINE._asdict(), "state": "odd"}).encode(),
        b"[" * 60_000,
        b"x" * 100_000,
    ],
)
def test_garbage_is_bad_input_and_is_not_changed(path, content):
    put_bytes(path, content)
    for attempt in (
        lambda: connection_file.read(path),
        lambda: connection_file.claim(path, MINE),
        lambda: connection_file.write(path, MINE),
    ):
        with pytest.raises(BadInputError, match="not a daemon's connection file"):
            attempt()
    assert connection_file.remove(path, MINE) is False
    assert Path(path).read_bytes() == content
    assert names(path) == ["connection.json"]


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o606, 0o666])
def test_a_file_that_others_can_access_is_rejected(path, mode):
    put(path, GONE, mode)
    with pytest.raises(BadInputError, match=f"other users have access to it .mode {mode:04o}"):
        connection_file.read(path)
    with pytest.raises(BadInputError, match="other users have access"):
        connection_file.claim(path, MINE)


@posix_only
def test_a_symbolic_link_is_neither_read_nor_written_through(path, tmp_path):
    target = tmp_path / "target"
    put(target, GONE)
    before = target.read_bytes()
    Path(path).symlink_to(target)
    with pytest.raises(BadInputError, match="symbolic link"):
        connection_file.read(path)
    with pytest.raises(BadInputError, match="symbolic link"):
        connection_file.claim(path, MINE)
    with pytest.raises(BadInputError, match="symbolic link"):
        connection_file.write(path, MINE)
    assert target.read_bytes() == before


@posix_only
def test_a_dangling_link_is_not_created_through(path, tmp_path):
    Path(path).symlink_to(tmp_path / "planted")
    with pytest.raises(BadInputError, match="symbolic link"):
        connection_file.claim(path, MINE)
    assert not (tmp_path / "planted").exists()


@posix_only
def test_something_that_is_not_a_file_is_rejected_without_waiting(path):
    os.mkfifo(path, 0o600)
    with pytest.raises(BadInputError, match="not a regular file"):
        connection_file.read(path)


def test_a_directory_is_refused(path):
    Path(path).mkdir()
    with pytest.raises(BadInputError, match="cannot be used"):
        connection_file.read(path)


@posix_only
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_rejected(path):
    put(path, GONE)
    os.chown(path, 65534, 65534)
    with pytest.raises(BadInputError, match="belongs to user 65534"):
        connection_file.read(path)
    with pytest.raises(BadInputError, match="belongs to user 65534"):
        connection_file.claim(path, MINE)


def test_a_claim_in_a_directory_that_does_not_exist_is_bad_input(tmp_path):
    with pytest.raises(
        BadInputError,
        match=r"cannot be used: (No such file or directory|The system cannot find the path|Path not found)",
    ):
        connection_file.claim(str(tmp_path / "missing" / "connection.json"), MINE)


def test_a_claim_on_a_daemon_that_is_alive_is_refused(path):
    put(path, MINE._replace(state="ready"))
    with pytest.raises(DaemonAliveError, match=r"is alive .*daemon stop"):
        connection_file.claim(path, MINE._replace(key="second"))
    assert connection_file.read(path).key == "key"
    assert names(path) == ["connection.json"]


def test_a_claim_while_the_daemon_starts_is_refused(path):
    connection_file.claim(path, MINE)
    with pytest.raises(DaemonAliveError, match="is starting a daemon"):
        connection_file.claim(path, MINE._replace(key="second"))


@pytest.mark.parametrize(
    "present",
    [GONE, GONE._replace(state="starting"), MINE._replace(key="other key", state="failed", message="no license")],
    ids=["stale", "stale while starting", "failed"],
)
def test_a_file_without_a_daemon_is_taken_over(path, present):
    put(path, present)
    connection_file.claim(path, MINE)
    assert connection_file.read(path) == MINE
    assert names(path) == ["connection.json"]


@pytest.mark.parametrize(
    "present", [None, GONE, MINE._replace(state="failed")], ids=["nothing there", "stale", "failed"]
)
def test_of_many_claims_at_once_exactly_one_wins(path, present):
    if present is not None:
        put(path, present)
    command = [sys.executable, "-c", CLAIMER, path]
    claimers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(8)]
    try:
        assert [claimer.stdout.readline().strip() for claimer in claimers] == [b"here"] * 8
        for claimer in claimers:
            claimer.stdin.write(b"go\n")
            claimer.stdin.flush()
        outcomes = [claimer.stdout.readline().strip() for claimer in claimers]
        assert sorted(outcomes) == [b"alive"] * 7 + [b"won"]
        assert connection_file.read(path).pid == claimers[outcomes.index(b"won")].pid
    finally:
        for claimer in claimers:
            claimer.communicate()
    assert names(path) == ["connection.json"]


def test_concurrent_claims_and_removals_never_leave_two_owners(path):
    owners = []
    most = []

    def claim_and_remove(number):
        mine = MINE._replace(key=str(number))
        for _ in range(30):
            try:
                connection_file.claim(path, mine)
            except DaemonAliveError:
                continue
            owners.append(number)
            most.append(len(owners))
            owners.remove(number)
            assert connection_file.remove(path, mine) is True

    threads = [threading.Thread(target=claim_and_remove, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert names(path) == []


def test_the_owner_replaces_its_claim(path):
    connection_file.claim(path, MINE)
    ready = MINE._replace(state="ready", message="")
    connection_file.write(path, ready)
    assert connection_file.read(path) == ready
    assert names(path) == ["connection.json"]


def test_a_daemon_whose_claim_was_taken_over_does_not_write(path):
    put(path, GONE)
    connection_file.claim(path, MINE)
    with pytest.raises(DaemonAliveError, match="now belongs to process"):
        connection_file.write(path, GONE)
    assert connection_file.read(path) == MINE
    assert names(path) == ["connection.json"]


def test_a_file_that_has_vanished_is_written_again(path):
    connection_file.write(path, MINE)
    assert connection_file.read(path) == MINE


def test_only_the_own_file_is_removed(path):
    connection_file.claim(path, MINE)
    assert connection_file.remove(path, GONE) is False
    assert connection_file.read(path) == MINE
    assert connection_file.remove(path, MINE._replace(state="ready")) is True
    assert connection_file.remove(path, MINE) is False
    assert names(path) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.EINVAL, errno.ENOTSUP], ids=["Linux", "Windows", "macOS"])
def test_a_file_system_without_hard_links_will_do(path, monkeypatch, number):
    def no_links(source, target):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", no_links)
    connection_file.claim(path, MINE)
    assert connection_file.read(path) == MINE
    with pytest.raises(DaemonAliveError):
        connection_file.claim(path, MINE._replace(key="second"))
    assert names(path) == ["connection.json"]


def test_a_connection_is_alive_as_long_as_its_very_process():
    assert MINE.is_alive() is True
    assert GONE.is_alive() is False
    assert MINE._replace(pid=2**22 + 1).is_alive() is False


def test_reading_it_takes_as_much_memory_as_it_has(path):
    put(path, GONE)
    tracemalloc.start()
    try:
        assert connection_file.read(path) == GONE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
