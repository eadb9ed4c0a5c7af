from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from patience import SECONDS

if sys.platform == "win32":
    pytest.skip("needs POSIX: groups and signals; tests/windows tests jobs", allow_module_level=True)

from adaptor_runtime.ipc._processes import process_tree, process_tree_posix
from adaptor_runtime.ipc._processes.application_mark import carries, marked_environment
from adaptor_runtime.ipc._processes.exit_codes import UNKNOWN_EXIT
from adaptor_runtime.ipc._processes.exit_watch_posix import watch_exit, watch_exit_in_thread
from adaptor_runtime.ipc._processes.process_tree import (
    describe_exit,
    end_group,
    end_groups,
    group_alive,
    kill_group,
    popen_options,
    terminate_group,
    wait_group,
)

pytestmark = pytest.mark.faults("Processes and output")

DEAF = "trap '' TERM; echo ready; while :; do sleep 1; done"


SESSIONS = """
import os, signal, sys
for _ in range(2):
    if os.fork():
        os.wait()
        os._exit(0)
    os.setsid()
signal.signal(signal.SIGTERM, getattr(signal, sys.argv[1]))
print(os.getpid(), flush=True)
signal.pause()
"""

DAEMON = """
import os, signal
alone, parents = os.pipe()
if os.fork():
    os.wait()
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.close(parents)
os.read(alone, 1)  # until both have ended
print(os.getpid(), flush=True)
signal.pause()
"""


class Leader:
    """A shell that leads its own group, ready when it has printed a line."""

    def __init__(self, script):
        self.process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, **popen_options())
        self.pid = self.process.pid
        self.line = self.process.stdout.readline().decode().strip()

    def close(self):
        kill_group(self.pid)
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def lead():
    leaders = []

    def start(script):
        leaders.append(Leader(script))
        return leaders[-1]

    yield start
    for leader in leaders:
        leader.close()


def test_a_group_ends_when_it_is_asked_to(lead):
    leader = lead("echo ready; sleep 100 & sleep 100")
    terminate_group(leader.pid)
    assert wait_group(leader.pid, 10) is True
    assert group_alive(leader.pid) is False


def test_a_group_that_does_not_listen_is_killed_after_its_grace(lead):
    leader = lead(DEAF)
    before = time.monotonic()
    assert end_group(leader.pid, 0.2) is True
    assert time.monotonic() - before >= 0.2
    assert leader.process.wait() == -signal.SIGKILL


def test_no_grace_kills_at_once(lead):
    leader = lead("trap 'echo asked; exit' TERM; echo ready; while :; do sleep 0.1; done")
    assert end_group(leader.pid, 0) is True
    assert leader.process.wait() == -signal.SIGKILL
    assert leader.process.stdout.read() == b""


def test_a_process_that_belongs_to_it_in_several_ways_is_asked_once(monkeypatch):
    asked = []
    monkeypatch.setattr(process_tree, "terminate_group", lambda leader, ask: asked.extend(process_tree.members(leader)))
    monkeypatch.setattr(process_tree, "terminate_one", lambda pid, is_meant, ask: asked.append(pid))
    environment = marked_environment(dict(os.environ), "mark-of-the-test")
    script = "setsid sh -c 'echo; exec sleep 100' & sh -c 'echo; exec sleep 100' & wait"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, env=environment, **popen_options()) as leader:
        try:
            assert [leader.stdout.readline() for _ in range(2)] == [b"\n", b"\n"]
        finally:  # what it is asked is only written down, so it is killed after the grace
            assert end_group(leader.pid, 0.1, mark="mark-of-the-test") is True
    assert len(asked) == 3  # the shell, and one in its group, and one in a session of its own
    assert len(set(asked)) == 3


def test_groups_share_one_grace_period(lead):
    pids = [lead(DEAF).pid for _ in range(12)]
    before = time.monotonic()
    assert end_groups(pids, 1.0) is True
    assert time.monotonic() - before < 12


def test_a_group_is_alive_while_a_member_is_even_after_its_leader_has_exited(lead):
    leader = lead("sleep 100 & echo ready")
    leader.process.wait()
    assert group_alive(leader.pid) is True
    assert end_group(leader.pid, 10) is True
    assert group_alive(leader.pid) is False


def test_a_zombie_is_not_alive(lead):
    leader = lead("echo ready")
    os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)
    assert group_alive(leader.pid) is False


def test_a_stopped_process_hears_that_it_is_to_end(lead):
    leader = lead("echo ready; kill -STOP $$")
    os.waitid(os.P_PID, leader.pid, os.WSTOPPED | os.WNOWAIT)
    assert end_group(leader.pid, 10) is True
    assert leader.process.wait() == -signal.SIGTERM


def test_a_member_that_moved_to_another_group_of_the_session_is_ended_too(lead):
    code = "import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True); time.sleep(100)"
    leader = lead(f"{sys.executable} -S -c '{code}' & wait")
    assert os.getpgid(int(leader.line)) != leader.pid
    assert end_group(leader.pid, 10) is True
    assert not os.path.exists(f"/proc/{leader.line}/exe")


@pytest.mark.parametrize("action", ["SIG_DFL", "SIG_IGN"])
def test_descendants_with_sessions_of_their_own_are_ended_too(lead, tmp_path, action):
    program = tmp_path / "sessions.py"
    program.write_text(SESSIONS)
    leader = lead(f"{sys.executable} -S {program} {action} & wait")
    innermost = int(leader.line)
    assert os.getsid(innermost) == innermost
    assert end_group(leader.pid, 0.3) is True
    assert not os.path.exists(f"/proc/{innermost}/exe")


def test_a_process_that_has_made_itself_a_daemon_is_left_alone(lead, tmp_path):
    program = tmp_path / "daemon.py"
    program.write_text(DAEMON)
    leader = lead(f"{sys.executable} -S {program}; sleep 100")
    stranger = int(leader.line)
    try:
        assert end_group(leader.pid, 10) is True
        os.kill(stranger, 0)
    finally:
        os.kill(stranger, signal.SIGKILL)


def test_the_callers_own_group_is_never_touched():
    for pid in (os.getpgrp(), 0, 1, -1):
        with pytest.raises(ValueError, match="may be ended"):
            end_group(pid, 1)


def test_a_group_that_does_not_exist_has_ended(lead):
    leader = lead("echo ready")
    leader.process.wait()
    assert end_group(leader.pid, 1) is True


def test_waiting_works_on_a_kernel_without_process_descriptors(lead, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    leader = lead("echo ready; sleep 100")
    assert wait_group(leader.pid, 0.05) is False
    assert end_group(leader.pid, 10) is True


def test_members_are_found_without_a_process_file_system(lead, monkeypatch):
    monkeypatch.setattr(process_tree_posix, "_PROCESS_TABLE", "/nonexistent")
    leader = lead("sleep 100 & echo ready")
    leader.process.wait()
    assert len(process_tree_posix.members(leader.pid)) == 1
    assert end_group(leader.pid, 10) is True


@pytest.mark.parametrize("watch", [watch_exit, watch_exit_in_thread])
def test_the_end_of_a_child_is_seen_and_leaves_it_unreaped(lead, watch):
    leader = lead("echo ready; sleep 100")
    descriptor = watch(leader.pid)
    try:
        assert process_tree_posix.select.select([descriptor], [], [], 0)[0] == []
        kill_group(leader.pid)
        assert process_tree_posix.select.select([descriptor], [], [], SECONDS)[0] == [descriptor]
        assert os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT).si_status == signal.SIGKILL
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("returncode", "text"),
    [
        (0, "exited with 0"),
        (3, "exited with 3"),
        (-9, "was ended by SIGKILL (signal 9)"),
        (-11, "was ended by SIGSEGV (signal 11)"),
        (-99, "was ended by a signal (signal 99)"),
        (139, "exited with 139 (in a shell: SIGSEGV)"),
        (255, "exited with 255"),
        (0xC0000005, "exited with 3221225477 (0xC0000005)"),
    ],
)
def test_an_exit_is_described(returncode, text):
    assert describe_exit(returncode) == text


def test_a_stranger_who_has_got_the_number_of_a_session_is_left_alone(lead, monkeypatch):
    stranger = lead("echo; sleep 100")
    known = {stranger.pid: 1.0}  # what led the session before
    session = process_tree._Session(stranger.pid, pinned=False, mark=None)
    session._known = known
    assert session.alive() == []
    session._known = known
    session.send(kill=True)
    assert stranger.process.poll() is None


def test_a_process_that_has_ended_since_is_sent_nothing(lead):
    leader = lead("echo; sleep 100")
    process_tree_posix.kill_one(leader.pid, lambda: False)
    assert leader.process.poll() is None
    process_tree_posix.kill_one(leader.pid, lambda: True)
    assert leader.process.wait() == -signal.SIGKILL


def test_the_same_without_process_descriptors(lead, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    leader = lead("echo; sleep 100")
    process_tree_posix.kill_one(leader.pid, lambda: False)
    assert leader.process.poll() is None
    process_tree_posix.kill_one(leader.pid, lambda: True)
    assert leader.process.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("environment", "mark", "found"),
    [
        (b"A=1\0ADAPTOR_RUNTIME_APPLICATION=ab.1\0", "ab", True),
        (b"ADAPTOR_RUNTIME_APPLICATION=outer.3:ab.1\0", "ab.1", True),
        (b"ADAPTOR_RUNTIME_APPLICATION=outer.3:ab.1\0", "outer", True),
        (b"ADAPTOR_RUNTIME_APPLICATION=ab.12\0", "ab.1", False),
        (b"X=ADAPTOR_RUNTIME_APPLICATION=ab.1\0", "ab", False),
        (b"", "ab", False),
    ],
)
def test_a_mark_is_found_where_it_is_one(environment, mark, found):
    assert carries(environment, mark) is found


def test_a_process_that_other_code_reaped_has_not_succeeded():
    process = subprocess.Popen(["true"])
    os.waitpid(process.pid, 0)
    process_tree_posix.reap(process)
    assert process.returncode == UNKNOWN_EXIT


READS = """
import os, sys
from adaptor_runtime.ipc._files.host import this_host
from adaptor_runtime.ipc._processes import process_tree
before = set(sys.modules)
this_host(), process_tree.peak_memory(os.getpid()), process_tree.is_dying(os.getpid())
print(sorted(set(sys.modules) - before))
"""


def test_what_the_system_tells_of_a_process_is_read_without_loading_a_codec():
    """To load one takes a file, and a process may have none left."""
    command = [sys.executable, "-I", "-c", READS]
    assert subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout == "[]\n"
