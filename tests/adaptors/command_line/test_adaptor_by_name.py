"""An entry point may name its adaptor; a command that does not need the adaptor then leaves its module alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from adaptor_runtime.adaptors._hosting.adaptor_name import AdaptorName
from adaptor_runtime.ipc._errors import BadInputError

MAIN = """
from adaptor_runtime import EntryPoint

if __name__ == "__main__":
    EntryPoint({name!r}).start()
"""
MODULE = """
import os
from scripted import Scripted

with open(os.environ["CALLS_FILE"], "a") as calls:
    calls.write("imported\\n")

class Mine(Scripted):
    class Inner(Scripted):
        pass

class NotAnAdaptor: pass
"""


@pytest.fixture(name="mine")
def _mine(command_line):
    """Return what runs a command of a package whose entry point names an adaptor."""
    package = command_line.directory / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "adaptor.py").write_text(MODULE)
    (package / "face.py").write_text("from .adaptor import Mine\n")
    path = os.pathsep.join([command_line.environment["PYTHONPATH"], str(command_line.directory)])

    def run(*arguments, name="mine.adaptor:Mine", **environment):
        (package / "__main__.py").write_text(MAIN.format(name=name))
        return command_line(*arguments, module="mine", **{"PYTHONPATH": path, **environment})

    return run


def connection(command_line):
    return "--connection-file", str(command_line.connection_file)


def test_the_commands_of_a_scheduler_call_the_adaptor_of_that_name(command_line, mine):
    assert mine("run").exit_code == 0
    for command in ("start", "run", "stop"):
        assert mine("daemon", command, *connection(command_line)).exit_code == 0
    hooks = ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
    assert [call for call in command_line.calls if call != "imported"] == hooks * 2


def loaded_by(finished):
    """Return the modules that Python has reported on standard error."""
    assert finished.exit_code == 0, finished
    # To the end of the line: on Windows another thread's line can come between the parts of one.
    return set(re.findall(r"import time: +\d+ \| +\d+ \| +(\S+)$", finished.text, re.MULTILINE))


@pytest.mark.unmeasured
@pytest.mark.skipif(sys.version_info < (3, 10), reason="sys.stdlib_module_names came with Python 3.10")
def test_a_task_loads_the_standard_library_only_and_not_the_module_of_the_adaptor(command_line, mine):
    at_every_start = loaded_by(command_line(module="this", PYTHONPROFILEIMPORTTIME="1"))
    # The module copy looks for "org" of another Python.
    known = {*sys.stdlib_module_names, "adaptor_runtime", "adaptor_runtime_client", "mine", "org"}
    assert mine("daemon", "start", *connection(command_line)).exit_code == 0
    for command in ("run", "stop"):
        modules = loaded_by(mine("daemon", command, *connection(command_line), PYTHONPROFILEIMPORTTIME="1"))
        assert "adaptor_runtime.ipc._commands.frontend" in modules
        assert not {name for name in modules - at_every_start if name.split(".")[0] not in known}
        assert "mine.adaptor" not in modules


@pytest.mark.parametrize(
    "words", ["daemon status", "daemon logs", "daemon cancel", "--help", "run --help", "daemon run --help", "graph"]
)
def test_a_command_that_does_not_need_the_adaptor_does_not_import_it(command_line, mine, words):
    assert mine("daemon", "start", *connection(command_line)).exit_code == 0
    before = command_line.calls.count("imported")
    options = connection(command_line) if words.startswith("daemon") and "help" not in words else ()
    assert mine(*words.split(), *options).exit_code == 0
    assert command_line.calls.count("imported") == before
    assert mine("daemon", "stop", *connection(command_line)).exit_code in (0, 130)


def test_the_help_has_the_name_of_the_class_as_if_the_class_were_given(mine):
    assert "Run Mine under an Open Job Description scheduler." in mine("--help").text


@pytest.mark.faults("Whose daemon")
def test_the_daemon_of_another_adaptor_is_refused_to_an_entry_point_with_a_name(command_line, mine):
    assert command_line.start().exit_code == 0
    refused = mine("daemon", "run", *connection(command_line))
    assert refused.exit_code == 2
    assert "serves the adaptor scripted:Scripted, but this command belongs to mine.adaptor:Mine" in refused.failures[0]
    assert command_line.stop().exit_code == 0


def test_the_adaptor_of_a_module_that_only_imports_it_is_known_by_the_module_that_defines_it(command_line, mine):
    assert mine("daemon", "start", *connection(command_line), name="mine.face:Mine").exit_code == 0
    assert "mine.adaptor:Mine" in command_line.connection_file.read_text()
    assert mine("daemon", "run", *connection(command_line), name="mine.face:Mine").exit_code == 0
    assert mine("daemon", "stop", *connection(command_line), name="mine.face:Mine").exit_code == 0


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("mine.missing:Mine", "No module named 'mine.missing'"),
        ("nothing.adaptor:Mine", "No module named 'nothing'"),
        ("mine.adaptor:Missing", "mine.adaptor does not define Missing"),
        ("mine.adaptor:Mine.Missing", "mine.adaptor does not define Mine.Missing"),
        ("mine.adaptor:NotAnAdaptor", "is not a subclass of Adaptor"),
        ("mine.adaptor", "EntryPoint needs package.module:Class, not 'mine.adaptor'"),
        ("", "EntryPoint needs package.module:Class, not ''"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["daemon", "start"], ["version-info"]], ids=" ".join)
def test_a_wrong_name_is_one_line_that_says_what_was_not_found(mine, command, name, word):
    refused = mine(*command, name=name)
    assert refused.exit_code == 2
    assert len(refused.lines) == 1
    assert word in refused.text


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("command", [["run"], ["daemon", "start"], ["version-info"]], ids=" ".join)
def test_the_frames_of_an_error_in_the_module_are_shown_once(command_line, mine, command):
    (command_line.directory / "mine" / "adaptor.py").write_text("def load():\n    import no_license\n\nload()\n")
    refused = mine(*command)
    assert refused.exit_code == 2
    assert refused.text.count("in load") == 1
    assert refused.text.count("Traceback") == 1
    assert "No module named 'no_license'" in refused.lines[-1]
    assert "importlib" not in refused.text


@pytest.mark.faults("Bad input")
def test_a_script_beside_a_package_that_cannot_be_imported_is_told_so(command_line, mine):
    mine("--help")
    (command_line.directory / "mine" / "__init__.py").write_text("raise RuntimeError('no license')\n")
    (command_line.directory / "tool.py").write_text(MAIN.format(name="mine.adaptor:Mine"))
    refused = command_line("run", module="tool")
    script = subprocess.run(
        [sys.executable, "tool.py", "run"], cwd=command_line.directory, capture_output=True, text=True, check=False
    )
    for code, text in ((refused.exit_code, refused.text), (script.returncode, script.stdout)):
        assert code == 2
        assert "RuntimeError: no license" in text.splitlines()[-1]
    assert script.stderr == ""


def test_a_class_within_a_class_may_be_named(mine):
    assert mine("run", name="mine.adaptor:Mine.Inner").exit_code == 0


@pytest.mark.parametrize(("served", "is_served"), [("a.b:C", True), ("a.b:D", False)])
def test_a_class_and_its_name_are_the_same_adaptor(served, is_served):
    by_class = type("C", (), {"__module__": "a.b"})
    assert AdaptorName(by_class).is_of(served) is is_served
    assert str(AdaptorName(by_class)) == str(AdaptorName("a.b:C"))
    if is_served:
        assert AdaptorName("a.b:C").is_of(served)
    else:
        with pytest.raises(BadInputError, match=r"No module named 'a'"):
            AdaptorName("a.b:C").is_of(served)
