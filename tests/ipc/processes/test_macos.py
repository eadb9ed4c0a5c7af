"""What is written for macOS, on a table of processes and a queue that stand in for those of its kernel."""

from __future__ import annotations

import errno
import os
import select
import struct
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs POSIX: the code for macOS", allow_module_level=True)

from adaptor_runtime.ipc import _processes
from adaptor_runtime.ipc._processes import kernel_table_darwin, pidfd
from adaptor_runtime.ipc._processes import process_environment_darwin as environment
from adaptor_runtime.ipc._processes import process_identity_darwin as identity
from adaptor_runtime.ipc._processes.application_mark import carries

RUNNING, ZOMBIE = 2, 5
PID = 4711


class Table:
    """A library of the system whose ``sysctl`` knows some processes: pid to start and state."""

    def __init__(self, **processes):
        self.processes = processes

    def sysctl(self, names, count, buffer, size, new, new_size):
        assert (list(names), count, size._obj.value, new, new_size.value) == ([1, 14, 1, PID], 4, 648, None, 0)
        if "refused" in self.processes:
            return -1
        process = self.processes.get("known")
        if process is None:
            size._obj.value = 0
            return 0
        started, state, pid = process
        # struct extern_proc: p_starttime, p_vmspace, p_sigacts, p_flag, p_stat, p_pid
        found = struct.pack("@qixxxxPPibi", int(started), round(started % 1 * 1e6), 1, 1, 0, state, pid)
        assert struct.calcsize("@qixxxxPPib") == 37
        buffer[: len(found)] = found
        return 0


@pytest.fixture
def table(monkeypatch):
    def use(**processes):
        monkeypatch.setattr(kernel_table_darwin, "_library", Table(**processes))

    return use


def test_the_start_time_is_what_the_kernel_has_written_down(table):
    table(known=(1_790_000_000.25, RUNNING, PID))
    assert identity.start_time(PID) == 1_790_000_000.25
    assert identity.is_known()


@pytest.mark.parametrize(
    "processes",
    [{}, {"refused": True}, {"known": (1.0, ZOMBIE, PID)}, {"known": (1.0, RUNNING, PID + 1)}],
    ids=["none", "refused", "zombie", "another"],
)
def test_there_is_no_start_time_without_a_living_process(table, processes):
    table(**processes)
    assert identity.start_time(PID) is None


def test_no_process_has_a_number_below_one():
    assert identity.start_time(0) is None
    assert identity.start_time(-1) is None


ENVIRONMENT = b"A=1\0ADAPTOR_RUNTIME_APPLICATION=mark.1\0"
WORDS = b"render\0ADAPTOR_RUNTIME_APPLICATION=other\0\0"


class Arguments:
    """A library of the system whose ``sysctl`` knows how long arguments may be, and those of one process."""

    def __init__(self, told, most=4096):
        self.told = told
        self.most = most

    def sysctl(self, names, count, buffer, size, new, new_size):
        told = {(1, 8): struct.pack("=i", self.most), (1, 49, PID): self.told}.get(tuple(names))
        if told is None:
            return -1
        assert len(told) <= size._obj.value <= self.most
        buffer[: len(told)] = told
        size._obj.value = len(told)
        return 0


@pytest.mark.parametrize("padding", [b"", bytes(5)], ids=["", "padding"])
@pytest.mark.parametrize("after", [b"", b"\0executable_path=/bin/render\0", bytes(8)], ids=["", "more", "zeros"])
def test_the_environment_is_what_follows_the_words_up_to_an_empty_entry(monkeypatch, padding, after):
    told = struct.pack("=i", 3) + b"/bin/render\0" + padding + WORDS + ENVIRONMENT + after
    monkeypatch.setattr(kernel_table_darwin, "_library", Arguments(told))
    assert environment.initial_environment(PID) == ENVIRONMENT
    assert carries(environment.initial_environment(PID), "mark")
    assert not carries(environment.initial_environment(PID), "other")


@pytest.mark.parametrize(
    "told",
    [None, b"", struct.pack("=i", 3) + b"/bin/render\0" + WORDS, struct.pack("=i", 9) + b"/bin/render\0\0render\0"],
    ids=["refused", "nothing", "no environment", "fewer words"],
)
def test_an_environment_that_the_kernel_does_not_show_carries_no_mark(monkeypatch, told):
    monkeypatch.setattr(kernel_table_darwin, "_library", Arguments(told))
    assert environment.initial_environment(PID).strip(b"\0") == b""
    assert environment.initial_environment(PID + 1) == b""


class Queue:
    """A kqueue: a pipe, which the test makes readable as the kernel would."""

    ended = ()
    opened = None

    def __init__(self):
        self._reading, self.writing = os.pipe()
        self.opened.append(self)

    def control(self, events, most, timeout):
        assert (most, timeout) == (0, 0)
        ((pid, filtered, flags, noted),) = events
        assert (filtered, flags, noted) == (-5, 1, 0x8000_0000)
        if pid in self.ended:
            raise ProcessLookupError(errno.ESRCH, "No such process")

    def fileno(self):
        return self._reading

    def close(self):
        os.close(self._reading)


@pytest.fixture
def queue(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    names = {"KQ_FILTER_PROC": -5, "KQ_EV_ADD": 1, "KQ_NOTE_EXIT": 0x8000_0000, "kqueue": Queue}
    names["kevent"] = lambda pid, **wanted: (pid, *wanted.values())
    for name, value in names.items():
        monkeypatch.setattr(select, name, value, raising=False)
    monkeypatch.setattr(Queue, "opened", [])
    yield Queue
    for opened in Queue.opened:
        os.close(opened.writing)


def test_the_end_of_a_process_makes_its_descriptor_readable(queue):
    descriptor = pidfd.open_process(PID)
    assert select.select([descriptor], [], [], 0)[0] == []
    os.write(queue.opened[0].writing, b"!")
    assert select.select([descriptor], [], [], 10)[0] == [descriptor]
    os.close(descriptor)
    with pytest.raises(OSError):
        os.fstat(queue.opened[0].fileno())


def test_a_process_that_has_ended_has_no_descriptor(queue, monkeypatch):
    monkeypatch.setattr(queue, "ended", (PID,))
    with pytest.raises(ProcessLookupError):
        pidfd.open_process(PID)


def test_a_wait_ends_with_the_process(queue, table):
    table(known=(1.0, RUNNING, PID))
    assert identity.wait_gone(PID, 1.0, 0.01) is False
    assert identity.wait_gone(PID, 2.0, 60) is True  # a stranger has the number
    descriptor = queue.opened[0].writing
    assert descriptor is not None


def test_a_wait_for_a_process_that_is_gone_ends_at_once(queue, table, monkeypatch):
    monkeypatch.setattr(queue, "ended", (PID,))
    table()
    assert identity.wait_gone(PID, 1.0, 60) is True


def test_a_wait_without_a_descriptor_looks_again(monkeypatch, table):
    monkeypatch.setattr(identity, "open_process", lambda pid: None)
    table(known=(1.0, RUNNING, PID))
    assert identity.wait_gone(PID, 1.0, 0.01) is False
    table()
    assert identity.wait_gone(PID, 1.0, 60) is True


GUARDIAN = """
import sys
sys.platform = "darwin"
sys.modules["guardian"] = package = type(sys)("guardian")
package.__path__ = [sys.argv[1]]
import guardian._guardian_process as program
import guardian.process_identity_darwin as identity
identity.read_kernel = lambda *names, size: identity._PROCESS.pack(7, 500_000, 2, names[-1])
applications = program.GuardedApplications()
applications.feed(b"+4711 7.5\\n+4712 8.5\\n")
print(applications.left())
"""


def test_the_guardian_leaves_a_stranger_alone_who_has_got_the_number_of_an_application():
    assert guardian(GUARDIAN) == "[4711]\n"


MARKED = """
import sys
sys.platform = "darwin"
sys.modules["guardian"] = package = type(sys)("guardian")
package.__path__ = [sys.argv[1]]
import guardian.process_tree_posix as tree
import guardian.process_environment_darwin as environment
told = {4711: b"mark.1", 4712: b"other"}
def read_kernel(*names, size):
    if names[1] == 8:
        return environment._COUNT.pack(4096)
    return environment._COUNT.pack(1) + b"/bin/a\\0\\0a\\0ADAPTOR_RUNTIME_APPLICATION=" + told[names[-1]] + b"\\0\\0"
environment.read_kernel = read_kernel
tree._processes = lambda: list(told)
tree._has_ended = lambda pid: False
print(tree.marked_processes("mark"))
"""


def test_the_guardian_finds_what_carries_the_mark():
    assert guardian(MARKED) == "[4711]\n"


def guardian(program):
    command = [sys.executable, "-I", "-S", "-c", program, str(Path(_processes.__file__).parent)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.stderr == ""
    return finished.stdout
