"""Objects of an author that do odd things where the runtime would look at them: exceptions, handlers, streams."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.faults("Authors' classes")

MODULE = """
import logging, logging.config, os, sys, time
from adaptor_runtime import Adaptor, Deadlines, LoggingSubprocess, SemanticVersion

def note(hook):
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(hook + "\\n")

WAITING = [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(100)"]

class Blocks(Exception):
    def __str__(self): time.sleep(1000)

class Exits(Exception):
    def __str__(self): raise SystemExit(0)

class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__qualname__"): raise RuntimeError("no name")
        return super().__getattribute__(name)

class Nameless(Exception, metaclass=Meta): pass

class Classless(Exception):
    @property
    def __class__(self): raise RuntimeError("no class")

class Handler(logging.Handler):
    def __init__(self, act): super().__init__(); self.act = act
    def emit(self, record): self.act()

class Hanging(logging.Handler):
    def __init__(self): super().__init__(); time.sleep(1000)

class Stream:
    def __init__(self, act): self.act = act
    def write(self, text): return len(text)
    def flush(self): self.act()

def fail(): raise RuntimeError("gone")
def leave(): raise SystemExit(0)
def block(): time.sleep(1000)

class Mine(Adaptor):
    data_version = SemanticVersion(1, 0)
    deadlines = Deadlines(start=float(os.environ.get("LONGEST", "60")), run=2, cancel=2, stop=20)
    def on_start(self):
        note("on_start")
        START
    def on_run(self, run_data):
        note("on_run")
        RUN
    def on_stop(self): note("on_stop")
    def on_cleanup(self): note("on_cleanup")
"""


@pytest.fixture
def author(command_line):
    def write(start="pass", run="pass"):
        text = MODULE.replace("START", start).replace("RUN", run)
        (command_line.directory / "mine.py").write_text(text)
        command_line.adaptor = "mine:Mine"
        return command_line

    return write


def codes_of_session(commands):
    return [commands.start().exit_code, commands.task().exit_code, commands.task().exit_code, commands.stop().exit_code]


@pytest.mark.parametrize("name", ["Exits", "Nameless", "Classless"])
def test_an_exception_that_cannot_be_shown_fails_only_its_task(author, name):
    commands = author(run=f"raise {name}()")
    run = commands.run()
    assert run.exit_code == 1, run
    assert name in run.failures[0]
    assert "defect" not in run.text
    assert commands.calls == ["on_start", "on_run", "on_stop", "on_cleanup"]
    assert codes_of_session(commands) == [0, 1, 1, 0]


@pytest.mark.parametrize("where", ["hook", "callback"])
def test_an_exception_whose_text_blocks_ends_with_the_deadline_and_cleanup_follows(author, where):
    raises = {
        "hook": "raise Blocks()",
        "callback": "handler = Handler(lambda: (_ for _ in ()).throw(Blocks()))\n"
        "        LoggingSubprocess(args=WAITING, stdout_handler=handler).wait()",
    }
    commands = author(run=raises[where])
    assert commands.run().exit_code == 5
    assert commands.calls == ["on_start", "on_run", "on_stop", "on_cleanup"]
    commands.start()
    assert commands.task().exit_code == 5
    assert commands.stop().exit_code == 0
    assert commands.calls[4:] == commands.calls[:4]


def test_a_start_that_hangs_in_the_configuration_of_logging_ends_with_the_deadline(author):
    hangs = "logging.config.dictConfig({'version': 1, 'handlers': {'h': {'()': Hanging}}, 'root': {'handlers': ['h']}})"
    commands = author(start=hangs)
    assert commands.run(LONGEST="2").exit_code == 5
    assert commands.calls == ["on_start", "on_cleanup"]
    assert commands.start(LONGEST="2").exit_code == 5
    assert commands.stop().exit_code == 0


@pytest.mark.parametrize("act", ["fail", "block"])
def test_a_handler_of_logging_does_not_prevent_the_end_of_an_application(author, act):
    start = (
        f"self.application = LoggingSubprocess(args=WAITING)\n        logging.getLogger().addHandler(Handler({act}))"
    )
    commands = author(start=start)
    run = commands.run()
    assert run.exit_code == 0, run
    assert codes_of_session(commands) == [0, 0, 0, 0]


@pytest.mark.parametrize("act", ["fail", "leave", "block"])
@pytest.mark.parametrize("error", ["", "; raise ValueError('bad frame')"])
def test_a_standard_output_replaced_by_the_author_changes_no_exit_code(author, act, error):
    run = author(run=f"sys.stdout = Stream({act}){error}").run()
    assert run.exit_code == (1 if error else 0), run


def test_a_callback_that_is_stuck_uses_up_no_deadline_of_the_stop(author):
    commands = author(
        run="handler = Handler(block)\n        LoggingSubprocess(args=WAITING, stdout_handler=handler).wait()"
    )
    options = ("--deadline", "stop=6")
    start = commands("daemon", "start", "--connection-file", commands.connection_file, *options)
    assert start.exit_code == 0
    assert commands.task().exit_code == 5
    assert commands.stop().exit_code == 0
    assert commands.calls == ["on_start", "on_run", "on_stop", "on_cleanup"]
