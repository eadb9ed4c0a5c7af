"""The environment that a process was started with is found at each moment of its life."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from patience import SECONDS

if sys.platform != "linux":
    pytest.skip("reads /proc", allow_module_level=True)

from adaptor_runtime.ipc._processes import process_environment_linux
from adaptor_runtime.ipc._processes.process_environment_linux import initial_environment
from adaptor_runtime.ipc._processes.process_tree import marked_processes

USER_PROCESS, KERNEL_THREAD = 0x40_0000, 0x20_0040


def fake(table, pid, state="R", flags=USER_PROCESS, environment=b""):
    """Write what the kernel shows of a process that has no place for its environment."""
    folder = table / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    fields = [state, "1", "1", "1", "0", "-1", str(flags), *["0"] * 43]
    (folder / "stat").write_text(f"{pid} (a (program)) {' '.join(fields)}\n")
    (folder / "environ").write_bytes(environment)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(process_environment_linux, "_TABLE", str(tmp_path))
    return tmp_path


def test_a_process_that_becomes_another_program_is_waited_for(table, monkeypatch):
    fake(table, 12)
    looking = threading.Event()
    monkeypatch.setattr(process_environment_linux.time, "sleep", lambda _: looking.set())
    writing = threading.Thread(
        target=lambda: looking.wait(SECONDS) and (table / "12" / "environ").write_bytes(b"A=1\0")
    )
    writing.start()
    assert initial_environment(12) == b"A=1\0"
    writing.join()


def test_one_that_never_becomes_it_is_waited_for_a_moment(table, monkeypatch):
    monkeypatch.setattr(process_environment_linux, "_EXECUTION_SECONDS", 0.1)
    fake(table, 12)
    began = time.monotonic()
    assert initial_environment(12) == b""
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(
    ("state", "flags"), [("S", KERNEL_THREAD), ("Z", USER_PROCESS)], ids=["a-thread-of-the-kernel", "an-ended-process"]
)
def test_what_becomes_no_program_is_not_waited_for(table, monkeypatch, state, flags):
    monkeypatch.setattr(process_environment_linux.time, "sleep", lambda _: pytest.fail("it waits"))
    fake(table, 12, state, flags)
    assert initial_environment(12) == b""
    assert initial_environment(13) == b""  # there is none


def test_a_process_with_an_empty_environment_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(process_environment_linux.time, "sleep", lambda _: pytest.fail("it waits"))
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE, env={}) as process:
        assert initial_environment(process.pid) == b""
        process.communicate(b"\n")


def test_a_process_is_found_as_soon_as_its_starter_has_gone_on():
    for number in range(50):
        mark = f"{os.getpid()}-{number}"
        environment = {**os.environ, "ADAPTOR_RUNTIME_PROCESS_MARK": mark}
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
            found = initial_environment(process.pid)
            process.communicate(b"")
        assert mark.encode() in found
        assert process.pid not in marked_processes(mark)
