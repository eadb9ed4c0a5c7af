"""Output rules of commands in whole sessions: from the class, the file beside the module, and the job."""

from __future__ import annotations

import os
import sys
import types

import pytest
from adaptor_runtime import CommandAdaptor, SemanticVersion
from adaptor_runtime.adaptors._hosting.class_check import check_class
from adaptor_runtime.adaptors._hosting.session_setup import prepare
from adaptor_runtime.ipc._errors import BadInputError
from adaptor_runtime.rules import failure
from platforms import LINK
from small_shell import shell_command

MODULE = """
from adaptor_runtime import CommandAdaptor, ManagedProcess, SemanticVersion
from adaptor_runtime.rules import done, failure, progress

class Shell(ManagedProcess):
    def get_executable(self): return self.run_data["command"][0]
    def get_arguments(self): return self.run_data["command"][1:]

class Mine(CommandAdaptor):
    data_version = SemanticVersion(1, 0)
    rules = [
        progress(r"(\\d+)%"),
        failure(r"Error: (?P<message>.*)", name="error"),
        done("^Saved", grace=0.2),
    ]
    job_may_switch_rules_off = True
    output_patience = 0.1
    def get_managed_process(self, run_data): return Shell(run_data)
    def expected_outputs(self, run_data): return run_data.get("outputs", [])
    def on_postrun(self, run_data, outcome): print("postrun:", outcome.exit_code, outcome.message)
"""
FILE = "rules:\n  - {kind: ignore, pattern: 'Error: harmless'}\n  - {kind: fatal, pattern: No license, name: license}\n"


@pytest.fixture
def commands(command_line):
    (command_line.directory / "mine.py").write_text(MODULE)
    (command_line.directory / "output_rules.yaml").write_text(FILE)
    command_line.adaptor = "mine:Mine"
    return command_line


def shell(script, **more):
    """Return the data of a task that runs a script."""
    return {"command": shell_command(script), **more}


def test_a_daemon_judges_each_task_by_its_rules(commands):
    assert commands.start().exit_code == 0
    fine = commands.task(shell("echo Error: harmless; echo 50%; echo Saved; sleep 100"))
    assert fine.exit_code == 0
    assert {"openjd_progress: 50", "postrun: 0 "} <= set(fine.lines)
    assert "requested by the rule done-1" in fine.text
    failed = commands.task(shell("echo Error: no camera; exit 0"))
    assert failed.exit_code == 1
    assert failed.failures == [
        "openjd_fail: on_run failed: rule error: Error: no camera",
    ]
    fatal = commands.task(shell("echo No license; sleep 100"))
    assert fatal.failures == ["openjd_fail: on_run failed: rule license: No license"]
    assert "postrun: 1 rule license: No license" in fatal.lines
    output = os.path.abspath("/no/a.exr")
    missing = commands.task(shell("true", outputs=[output]))
    assert missing.failures == [f"openjd_fail: on_run failed: the expected output {output} is missing"]
    assert commands.stop().exit_code == 0


def test_a_job_switches_a_rule_off(commands):
    data = shell("echo Error: no camera")
    assert commands.run({}, data).exit_code == 1
    assert commands.run({"rules_off": ["error"]}, data).exit_code == 0


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    ("init_data", "file", "said"),
    [
        ({"rules_off": ["eror"]}, FILE, "no output rule 'eror' (did you mean 'error'?); the rules are ignore-1, pro"),
        ({"rules_off": "error"}, FILE, "rules_off in the init data must be a list of names of output rules"),
        ({}, "rules: [{kind: fail, pattern: a}]", "output_rules.yaml does not fit the schema: at rules[0].kind, "),
    ],
)
def test_rules_that_cannot_be_used_are_reported_before_the_session(commands, init_data, file, said):
    (commands.directory / "output_rules.yaml").write_text(file)
    for finished in (commands.run(init_data), commands.start(init_data)):
        assert finished.exit_code == 2
        (line,) = finished.lines
        assert said in line
    assert commands.stop().exit_code == 0


FOLDER = "Is a directory" if os.name == "posix" else "Permission denied"


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    ("name", "is_link", "said"),
    [
        pytest.param("output_rules.yaml", True, "cannot be read: No such file or directory", marks=LINK),
        ("output_rules.json", False, f"cannot be read: {FOLDER}"),
        pytest.param("schemas/init_data.schema.json", True, "No such file or directory", marks=LINK),
    ],
)
def test_a_file_that_is_there_and_cannot_be_read_is_reported(tmp_path, name, is_link, said):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    if is_link:
        file.symlink_to(tmp_path / "nothing")
    else:
        file.mkdir()
    module = types.ModuleType("mine_with_files")
    module.__file__ = str(tmp_path / "mine_with_files.py")
    sys.modules[module.__name__] = module
    try:
        with pytest.raises(BadInputError, match=said):
            prepare(type("Mine", (Fine,), {"__module__": module.__name__}), {}, {}, {})
    finally:
        del sys.modules[module.__name__]


class Fine(CommandAdaptor):
    data_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data): ...


async def later(self, run_data): ...


def generated(self, run_data):
    yield "/a.exr"


MISTAKES = {
    ".rules is OutputRule(": {"rules": failure("Error")},
    ".rules has 'Error', which is no rule; write rules = [failure(": {"rules": ["Error"]},
    ".rules is {}; write a list": {"rules": {}},
    ".rules_file is 5; write the name of a file": {"rules_file": 5},
    ".job_may_switch_rules_off is 'yes'; write True or False": {"job_may_switch_rules_off": "yes"},
    ".output_patience is -1; write a number of seconds": {"output_patience": -1},
    ".expected_outputs is async": {"expected_outputs": later},
    ".expected_outputs cannot be called": {"expected_outputs": lambda self: ()},
    "write 'def on_postrun(self)' or 'def on_postrun(self, run_data, outcome)'": {
        "on_postrun": lambda self, run_data: None
    },
}


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize("said", MISTAKES)
def test_a_class_that_cannot_be_used_is_rejected(said):
    with pytest.raises(BadInputError) as raised:
        check_class(type("Mine", (Fine,), MISTAKES[said]))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "names",
    [
        {"rules": (failure("Error"),), "rules_file": "rules.json", "output_patience": 0},
        {"on_postrun": lambda self: None},
        {"on_postrun": lambda self, run_data, outcome: None},
        {"on_postrun": lambda self, *args, **kwargs: None},
        {"expected_outputs": generated},
        {"rules": []},
    ],
)
def test_a_class_that_works_is_accepted(names):
    assert check_class(type("Mine", (Fine,), names))
