"""An adaptor that closes descriptors which it never opened."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.faults("Inherited state")

MODULE = """
import os, sys
from adaptor_runtime import Adaptor, LoggingSubprocess, SemanticVersion

TALKING = [sys.executable, "-S", "-c", "import time\\nwhile True: print('here', flush=True); time.sleep(0.1)"]

def note(hook):
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(hook + "\\n")

def opened(name):
    while True:
        try:
            return open(name, "wb")
        except OSError:  # its number is that of a file that another thread was reading, and has closed just now
            pass

class Mine(Adaptor):
    data_version = SemanticVersion(1, 0)

    def at(self, hook):
        note(hook)
        if hook == os.environ["HOOK"]:
            os.closerange(3, 1000)
            self.files = [opened(f"own-{number}") for number in range(30)]
            for number in range(1000):
                print("line", number)

    def on_start(self):
        if "APPLICATION" in os.environ:
            self.application = LoggingSubprocess(args=TALKING)
        self.at("on_start")

    def on_run(self, run_data): self.at("on_run")
    def on_stop(self): self.at("on_stop")
    def on_cleanup(self): self.at("on_cleanup")
"""
HOOKS = ["on_start", "on_run", "on_stop", "on_cleanup"]
CODES = {4, 143} if os.name == "posix" else {0}
"""Of a task: on Windows, the daemon's connections are no descriptors."""


@pytest.fixture
def closing(command_line):
    (command_line.directory / "mine.py").write_text(MODULE)
    command_line.adaptor = "mine:Mine"
    yield command_line
    assert [file.name for file in command_line.directory.glob("own-*") if file.stat().st_size] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_a_session_without_its_descriptors_ends_and_writes_into_no_file_of_the_author(closing, hook):
    run = closing.run(HOOK=hook)
    assert run.exit_code == 0
    assert closing.calls == HOOKS


@pytest.mark.parametrize("hook", HOOKS)
def test_a_session_without_its_descriptors_ends_its_application(closing, hook):
    run = closing.begin_run(HOOK=hook, APPLICATION="1")
    run.process.stdout.read()
    assert run.process.wait() in {0, 1}  # no failure can be shown, because standard output is closed, too
    assert closing.calls[-1] == "on_cleanup"


@pytest.mark.parametrize("hook", HOOKS)
def test_a_daemon_without_its_descriptors_ends_and_calls_every_hook(closing, hook):
    if closing.start(HOOK=hook).exit_code == 0:
        task = closing.task()
        assert hook not in {"on_start", "on_run"} or task.exit_code in CODES
    stop = closing.stop()
    assert stop.exit_code in {0, 4}
    assert closing.calls[-2:] == ["on_stop", "on_cleanup"]
