"""An application that has no memory left, and what its failure says about that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest
from adaptor_runtime.adaptors.processes._application_exit import ApplicationExit
from adaptor_runtime.adaptors.processes._memory_shortage import MemoryShortage
from patience import SECONDS

pytestmark = pytest.mark.faults("The application's life")

GIGABYTE = 1024**3
GROUP = MemoryShortage(32 * GIGABYTE, is_of_group=True, kills=2)
MACHINE = MemoryShortage(64 * GIGABYTE)
UNSENT = ", which the runtime did not send"


@pytest.mark.parametrize(
    ("returncode", "shortage", "peak", "hint"),
    [
        (
            -9,
            GROUP,
            31 * GIGABYTE,
            (
                f"{UNSENT}: probably out of memory: peak 31.0 GB of the 32.0 GB of its cgroup, "
                "the kernel killed 2 processes of its cgroup for lack of memory"
            ),
        ),
        (-9, MACHINE, 31 * GIGABYTE, f"{UNSENT}: probably out of memory: peak 31.0 GB of the 64.0 GB of this machine"),
        (-9, MemoryShortage(), None, f"{UNSENT}: probably out of memory"),
        (
            -9,
            MACHINE._replace(kills=0),
            31 * GIGABYTE,
            (
                f"{UNSENT} (peak 31.0 GB of the 64.0 GB of this machine; "
                "the kernel killed nothing of its cgroup for lack of memory)"
            ),
        ),
        (
            3,
            GROUP._replace(kills=1),
            31 * GIGABYTE,
            (
                ", and the kernel killed 1 process of its cgroup for lack of memory: "
                "peak 31.0 GB of the 32.0 GB of its cgroup"
            ),
        ),
        (
            137,
            GROUP._replace(kills=1),
            31 * GIGABYTE,
            (
                f"{UNSENT}: probably out of memory: peak 31.0 GB of the 32.0 GB of its cgroup, "
                "the kernel killed 1 process of its cgroup for lack of memory"
            ),
        ),
        (1, MACHINE, 31 * GIGABYTE, ""),
        (0, GROUP, 31 * GIGABYTE, ""),
    ],
)
def test_the_cause_names_peak_limit_and_kills(returncode, shortage, peak, hint):
    end = ApplicationExit()
    end.settle(returncode, peak, shortage)
    assert end.hint == hint


def test_an_end_that_was_requested_is_no_lack_of_memory():
    end = ApplicationExit()
    end.ask("the adaptor")
    end.settle(-9, GIGABYTE, GROUP)
    assert end.hint == ""


@pytest.mark.skipif(sys.platform != "linux", reason="cgroups are Linux's")
def test_the_lowest_limit_above_a_group_and_the_kills_since_the_start_count(tmp_path, monkeypatch):
    from adaptor_runtime.adaptors.processes import _memory_group_linux as linux

    version = linux._VERSION_2._replace(mount=str(tmp_path))
    monkeypatch.setattr(linux, "_VERSION_2", version)
    read = linux._read
    monkeypatch.setattr(linux, "_read", lambda path: "0::/job/task\n" if path.startswith("/proc") else read(path))
    task = tmp_path / "job" / "task"
    task.mkdir(parents=True)
    (task / "memory.max").write_text("max\n")
    (tmp_path / "job" / "memory.max").write_text(f"{GIGABYTE}\n")
    (task / "memory.events").write_text("low 0\noom 7\noom_kill 3\n")
    group = linux.MemoryGroup(1)
    assert group.shortage(1) == (GIGABYTE, True, 0)
    (task / "memory.events").write_text("low 0\noom 9\noom_kill 5\n")
    assert group.shortage(1) == (GIGABYTE, True, 2)
    (task / "memory.events").unlink()
    assert linux.MemoryGroup(1).shortage(1).kills is None


# Real ones.

HOG = "import sys; print('begun', flush=True); x = b'x' * int(sys.argv[1])"
TASK = """
import sys
from adaptor_runtime import CommandAdaptor, ManagedProcess, SemanticVersion
from adaptor_runtime.testing import session

class Command(ManagedProcess):
    def get_executable(self):
        return self.run_data["args"][0]
    def get_arguments(self):
        return self.run_data["args"][1:]

class HungryAdaptor(CommandAdaptor):
    data_version = SemanticVersion(1, 0)
    def get_managed_process(self, run_data):
        return Command(run_data)

with session(HungryAdaptor) as one:
    print("message:", one.run({"args": sys.argv[1:]}, check=False).message)
"""


@pytest.fixture
def group():
    """The folder of a new memory cgroup with a limit of 256 MB."""
    limits = {"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"}
    mount = next((mount for mount, limit in limits.items() if os.path.exists(os.path.join(mount, "cgroup.procs"))), "")
    folder = os.path.join(mount, f"adaptor-runtime-test-{os.getpid()}")
    try:
        os.mkdir(folder)
    except OSError as error:
        pytest.skip(f"no memory cgroup can be made: {error}")
    try:
        try:
            with open(os.path.join(folder, limits[mount]), "w", encoding="ascii") as file:
                file.write(str(256 * 1024**2))
        except OSError as error:
            pytest.skip(f"the memory of a cgroup cannot be limited: {error}")
        yield folder
    finally:
        _remove_group(folder)


def _remove_group(folder):
    for _ in range(100):
        try:
            os.rmdir(folder)
        except OSError:  # the guardian is about to end
            time.sleep(0.1)
        else:
            return


def _message(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    found = re.search(r"^message: (.*)$", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return found[1]


@pytest.mark.posix("cgroups are Linux's")
@pytest.mark.parametrize("is_helper", [False, True])
def test_a_real_cgroup_names_its_limit_and_the_kill(group, is_helper):
    hog = [sys.executable, "-S", "-c", HOG, str(GIGABYTE)]
    args = ["sh", "-c", '"$@"; exit 7', "sh", *hog] if is_helper else hog
    message = _message(
        ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh", sys.executable, "-c", TASK, *args]
    )
    ended = "exited with 7, and" if is_helper else f"SIGKILL (signal 9){UNSENT}: probably out of memory: peak"
    assert ended in message
    assert "the kernel killed 1 process of its cgroup for lack of memory" in message
    assert re.search(r"peak [\d.]+ MB of the 256 MB of its cgroup", message)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is not enforced everywhere")
def test_an_application_that_is_refused_memory_says_so_itself():
    limited = f'ulimit -v 1000000; exec "{sys.executable}" -S -c "$0" "$@"'
    message = _message([sys.executable, "-c", TASK, "sh", "-c", limited, HOG, str(4 * GIGABYTE)])
    assert message == "on_run failed: sh exited with 1; its last line: MemoryError"
