"""What an author gets wrong in a class is said in one line, in whatever way the class comes to the command line."""

from __future__ import annotations

import json
import os
import sys

import pytest

pytestmark = pytest.mark.faults("Authors' classes")

START = """
import asyncio, attrs, functools, os, sys
from adaptor_runtime import EntryPoint
from adaptor_runtime.adaptors import Adaptor, CommandAdaptor, Deadlines, ManagedProcess, SemanticVersion

class Plain(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    def on_run(self, run_data): print("task")

class Command(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    def get_managed_process(self, run_data): return None
"""
END = """
if __name__ == "__main__":
    EntryPoint(Mine).start()
"""
MISTAKES = {
    "Mine = 5": "no class",
    "Mine = Plain({})": "Plain itself",
    "class Mine: pass": "not a subclass of Adaptor",
    "class Mine(Adaptor): pass": "lacks data_version, on_run; write data_version = SemanticVersion(1, 0)",
    "class Mine(Plain): deadlines = {'run': 60}": "write deadlines = Deadlines(run=3600)",
    "class Mine(Plain): deadlines = Deadlines(run='60')": "run='60'; write a number of seconds greater than 0",
    "class Mine(Plain): deadlines = Deadlines(stop=None)": "stop=None",
    "class Mine(Plain): deadlines = Deadlines(cancel=-1)": "cancel=-1",
    "class Mine(Plain): deadlines = Deadlines(idle=float('nan'))": "idle=nan",
    "class Mine(Plain): deadlines = Deadlines(start=float('inf'))": "None for no limit",
    "class Mine(Plain): deadlines = Deadlines(output=True)": "output=True",
    "class Mine(Plain): deadlines = 60": "Deadlines(run=3600)",
    "class Mine(Plain): run_data_schema = True": "a JSON Schema as a mapping",
    "class Mine(Plain): init_data_schema = 'schema.json'": "a JSON Schema as a mapping",
    "class Mine(Plain): data_version = '1.0'": "data_version is '1.0'; write data_version = SemanticVersion(1, 0)",
    "class Mine(Plain): integration_data_interface_version = '1.0'": "SemanticVersion(1, 0)",
    "class Mine(Plain): integration_data_interface_version = (1, 0)": "SemanticVersion(1, 0)",
    "class Mine(Plain):\n    def integration_data_interface_version(self): return SemanticVersion(1, 0)": "@property",
    "class Mine(Plain): cleanup_after_loss = 'yes'": "True or False",
    "class Mine(Plain): default_config_opts = 'own.json'": "AdaptorConfigurationOptions",
    "class Mine(Command): success_exit_codes = 3": "(0, 3)",
    "class Mine(Command): success_exit_codes = '0'": "(0, 3)",
    "class Mine(Plain): on_run = 5": "write a method",
    "class Mine(CommandAdaptor): data_version = SemanticVersion(1, 0)": "is abstract: it lacks launch",
    "class Mine(CommandAdaptor):\n    data_version = SemanticVersion(1, 0)\n    def launch(self): pass": (
        "write 'def launch(self, run_data)'"
    ),
    "class Mine(Plain):\n    def on_run(self): pass": "write 'def on_run(self, run_data)'",
    "class Mine(Plain):\n    def on_start(self, scene): pass": "write 'def on_start(self)'",
    "class Mine(Plain):\n    def __init__(self, init_data): super().__init__(init_data)": "path_mapping_data",
    "class Mine(Plain):\n    def __init__(self): super().__init__({})": "cannot be constructed",
    "import dataclasses\n@dataclasses.dataclass\nclass Mine(Plain):\n    retries: int = 3": "cannot be constructed",
    **{
        f"class Mine({base}):\n    async def {hook}(self, *args): pass": f".{hook} is async"
        for base, hooks in {
            "Plain": ["on_start", "on_run", "on_stop", "on_cleanup", "on_cancel"],
            "Command": ["on_prerun", "on_postrun", "get_managed_process"],
        }.items()
        for hook in hooks
    },
    "class Mine(Plain):\n    def on_run(self, run_data): yield 1": ".on_run is a generator",
    "class Mine(Plain):\n    async def on_run(self, run_data): yield 1": ".on_run is an async generator",
    "class Mine(Plain):\n    @staticmethod\n    async def on_run(run_data): pass": ".on_run is async",
    "async def f(self, more, run_data): pass\nclass Mine(Plain): on_run = functools.partialmethod(f, 1)": "is async",
    "@attrs.define\nclass Mine(Plain):\n    retries: int = 3\n    async def on_run(self, run_data): pass": "is async",
}


@pytest.fixture
def author(command_line):
    def write(text):
        (command_line.directory / "mine.py").write_text(START + text + END)
        command_line.adaptor = "mine:Mine"
        return command_line

    return write


@pytest.mark.parametrize("text", MISTAKES)
def test_a_class_that_cannot_be_used_is_bad_input(author, text):
    commands = author(text)
    runs = [commands("run"), commands("run", module="mine", adaptor=None)]
    for run in runs:
        assert run.exit_code == 2, run
        assert len(run.lines) == 1, run
        assert MISTAKES[text] in run.lines[0], run


@pytest.mark.parametrize("arguments", [["daemon", "start"], ["show-config"], ["version-info"], ["template"]])
def test_whatever_the_command_is(author, arguments):
    commands = author("class Mine(Plain): deadlines = {}")
    for options in ({}, {"module": "mine", "adaptor": None}):
        said = commands(*arguments, **options)
        assert said.exit_code == 2, said
        assert len(said.lines) == 1, said


DRIVEN = """
def driven(f):
    @functools.wraps(f)
    def wrapper(self, run_data):
        asyncio.run(f(self, run_data))
    return wrapper

class Mine(Plain):
    @driven
    async def on_run(self, run_data): print("task")
"""
FINE = [
    "class Mine(Plain): deadlines = Deadlines(run=60, start=None, idle=0.5)",
    "class Mine(Plain):\n    def on_run(self, *args, **kwargs): pass",
    "class Mine(Plain):\n    @staticmethod\n    def on_run(run_data): pass",
    "class Mine(Plain):\n    @classmethod\n    def on_run(cls, run_data): pass",
    "class Mine(Plain):\n    on_run = functools.partialmethod(lambda self, more, run_data: None, 1)",
    "class Mine(Plain):\n    @property\n    def integration_data_interface_version(self): return SemanticVersion(1, 0)",
    "class Mine(Plain):\n    def __init__(self, data, path_mapping_data=None): super().__init__(data)",
    DRIVEN,
    *(
        "class Studio:\n    data_version = SemanticVersion(2, 0)\n"
        f"class Mine({bases}):\n    def on_run(self, run_data): pass"
        for bases in ("Studio, Adaptor", "Adaptor, Studio")
    ),
]


@pytest.mark.parametrize("text", FINE)
def test_an_unusual_class_that_works_is_accepted(author, text):
    run = author(text).run()
    assert run.exit_code == 0, run


@pytest.mark.parametrize(
    ("name", "hook"),
    [("on_clean_up", "on_cleanup"), ("onRun", "on_run"), ("on_cancelled", "on_cancel"), ("on_stopped", "on_stop")],
)
def test_a_method_that_looks_like_a_hook_is_named_in_a_warning(author, name, hook):
    run = author(f"class Mine(Plain):\n    def {name}(self): pass\n    def on_progress(self): pass").run()
    assert run.exit_code == 0, run
    assert [line for line in run.lines if "WARNING" in line] == [
        f"WARNING: nothing calls {name}: is it meant to be {hook}?"
    ]


AT_RUN_TIME = {
    "def wrap(f):\n    return functools.wraps(f)(lambda *args: f(*args))\n"
    "class Mine(Plain):\n    @wrap\n    async def on_run(self, run_data): pass": "on_run returned a coroutine",
    "class Mine(Plain):\n    def on_start(self): return (print(each) for each in range(3))": "on_start returned a gen",
    "class Mine(Command): pass": "get_managed_process returned None",
}


@pytest.mark.parametrize("text", AT_RUN_TIME)
def test_a_hook_that_returns_its_work_undone_has_failed(author, text):
    run = author(text).run()
    assert run.exit_code == 1, run
    assert AT_RUN_TIME[text] in run.failures[0], run
    assert "Traceback" not in run.text
    assert "Warning" not in run.text


VALUES = {
    "set_environment_variable('PORT', 8080)": "TypeError: the value of PORT must be a str, not int",
    "set_environment_variable('PORT', b'80')": "TypeError: the value of PORT must be a str, not bytes",
    "set_environment_variable('PORT', None)": "TypeError: the value of PORT must be a str, not NoneType",
    "set_environment_variable(8080, 'x')": "TypeError: the name of an environment variable must be a str",
    "unset_environment_variable(None)": "TypeError: the name of an environment variable must be a str",
    "set_environment_variable('KEY', 'k' * 70_000, redact=True)": "ValueError: the value of KEY makes a message of 7",
    "set_session_log_level(10)": "ValueError: 10 is not a session log level",
}


@pytest.mark.parametrize("call", VALUES)
def test_an_invalid_value_fails_the_hook_in_run_and_in_a_daemon_alike(author, call):
    commands = author(f"class Mine(Plain):\n    def on_run(self, run_data):\n        self.{call}")
    run = commands.run()
    started = commands.start()
    task, stop = commands.task(), commands.stop()
    assert [part.exit_code for part in (run, started, task, stop)] == [1, 0, 1, 0]
    assert run.failures == task.failures
    assert VALUES[call] in run.failures[0]
    for part in (run, task):
        assert part.count('File "') == 1, part  # the author's own line, and none of the runtime's
        assert "kkkk" not in part.text.replace("'k' * 70_000", "")


STATUS = {
    "progress='50'": "openjd_progress: 50",
    "progress=b'50'": "openjd_progress: 50",
    "progress=True": "openjd_progress: 1",
    "progress=10**400": "WARNING: progress is not a finite number",
    "progress='half'": "WARNING: progress is not a finite number",
    "progress=[]": "WARNING: progress is not a finite number",
    "status_message=5": "openjd_status: 5",
    "status_message=b'caf\\xc3\\xa9'": "openjd_status: café",
    "status_message=ValueError('no')": "openjd_status: no",
    "status_message='x' * 100_000": "openjd_status: xxxxx",
}


@pytest.mark.parametrize("arguments", STATUS)
def test_a_status_is_sent_as_far_as_possible_and_never_fails_a_task(author, arguments):
    commands = author(f"class Mine(Plain):\n    def on_run(self, run_data):\n        self.update_status({arguments})")
    run = commands.run()
    commands.start()
    task, stop = commands.task(), commands.stop()
    assert [part.exit_code for part in (run, task, stop)] == [0, 0, 0], run
    for part in (run, task):
        assert any(line.startswith(STATUS[arguments]) for line in part.lines), part


PROGRAM = """
class Program(ManagedProcess):
    def get_executable(self): return self.run_data["executable"]
    def get_arguments(self): return self.run_data.get("arguments", [])
    def get_startup_directory(self): return self.run_data.get("directory")

class Mine(Command):
    def get_managed_process(self, run_data): return Program(run_data)
"""
APPLICATION = """
from adaptor_runtime.process import LoggingSubprocess

class Mine(Plain):
    def on_run(self, run_data):
        args = [run_data["executable"], *run_data.get("arguments", [])] if run_data["executable"] else []
        LoggingSubprocess(args=args, startup_directory=run_data.get("directory"))
"""
STARTS = {
    "no such program": ({"executable": "no-such-program"}, "no such executable in PATH"),
    "no such file": ({"executable": "/no/such/program"}, "no such executable"),
    "no such directory": (
        {"executable": sys.executable, "directory": "/no/such"},
        "the startup directory does not exist",
    ),
    "a file as directory": (
        {"executable": sys.executable, "directory": __file__},
        "the startup directory is not a directory",
    ),
    "not executable": ({"executable": __file__}, "cannot be executed"),
    "a directory": ({"executable": os.path.dirname(__file__)}, "cannot be executed"),
    "a long argument": ({"executable": sys.executable, "arguments": ["x" * 161_000]}, "argument 1 has 161000 bytes"),
    "long arguments": ({"executable": sys.executable, "arguments": ["x" * 100_000] * 40}, "have 4"),
    "a null character": ({"executable": sys.executable, "arguments": ["a\0b"]}, "null"),
}

POSIX_ONLY = {
    "not executable": "files have modes",
    "a long argument": "one argument has a limit of its own",
    "long arguments": "the limit is one of megabytes",
}


@pytest.mark.parametrize("way", [PROGRAM, APPLICATION], ids=["a command", "an application"])
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.posix(POSIX_ONLY[name])) if name in POSIX_ONLY else name for name in STARTS],
)
def test_an_application_that_cannot_be_started_is_reported_in_one_message(author, name, way):
    run_data, words = STARTS[name]
    commands = author(way)
    (commands.directory / "run.json").write_text(json.dumps(run_data))
    run = commands("run", "--run-data", "file://run.json")
    assert run.exit_code == 1, run.failures
    assert words in run.failures[0], run.failures
    assert len(run.text) < 8_000
    assert "adaptor_runtime/" not in run.text.replace("\\", "/")
    assert "/adaptors/processes/" not in run.text.replace("\\", "/")
    assert "subprocess.py" not in run.text
    errors = [line for line in run.lines if line.startswith("ERROR: ")]
    assert len(errors) == (1 if way is PROGRAM else 4), run


def test_missing_arguments_are_reported_in_one_message(author):
    run = author(APPLICATION).run({}, {"executable": ""})
    assert run.exit_code == 1
    assert "args is empty" in run.failures[0]
    assert run.count('File "') == 1
