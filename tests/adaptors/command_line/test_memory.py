"""An adaptor that uses up the memory of its process."""

from __future__ import annotations

import sys

import pytest

pytestmark = [
    pytest.mark.faults("Resources"),
    pytest.mark.unmeasured,
    pytest.mark.posix("a limit of the address space"),
    pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not heed the limit of the address space"),
]

MODULE = """
import os, resource
from adaptor_runtime import Adaptor, SemanticVersion

def note(hook):
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(hook + "\\n")

class Greedy(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_start(self):
        note("on_start")
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        limit = used + (int(os.environ["MEGABYTES"]) << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        self.frames = []

    def on_run(self, run_data):
        note("on_run")
        size = 1_000_000
        while size >= run_data["least"]:
            try:
                while True:
                    self.frames.append(bytearray(size))
            except MemoryError:
                size //= 4
        raise MemoryError

    def on_stop(self): note("on_stop")
    def on_cleanup(self): note("on_cleanup")
"""
HOOKS = ["on_start", "on_run", "on_stop", "on_cleanup"]


@pytest.fixture
def greedy(command_line):
    (command_line.directory / "greedy.py").write_text(MODULE)
    command_line.adaptor = "greedy:Greedy"
    return command_line


@pytest.mark.parametrize("megabytes", [100, 10])
@pytest.mark.parametrize("least", [1_000_000, 200_000, 50_000])
def test_a_run_without_memory_ends_with_one_failure_and_every_hook(greedy, least, megabytes):
    run = greedy.run({}, {"least": least}, MEGABYTES=str(megabytes))
    assert run.exit_code == 1
    assert "MemoryError" in run.failures[0]
    assert greedy.calls == HOOKS


@pytest.mark.parametrize("least", [1_000_000, 200_000])
def test_a_daemon_without_memory_fails_its_tasks_and_stops_with_every_hook(greedy, least):
    assert greedy.start(MEGABYTES="100").exit_code == 0
    for _ in range(2):
        task = greedy.task({"least": least})
        assert task.exit_code == 1
        assert "MemoryError" in task.failures[0]
    assert greedy.stop().exit_code == 0
    assert greedy.calls == ["on_start", "on_run", "on_run", "on_stop", "on_cleanup"]


def test_a_daemon_that_may_not_have_even_the_memory_it_has_ends_every_command(greedy):
    assert greedy.start(MEGABYTES="-100").exit_code == 0
    assert greedy.task({"least": 1_000_000}).exit_code in {1, 4}
    assert greedy.stop().exit_code == 0
    assert greedy.calls[-2:] == ["on_stop", "on_cleanup"]
