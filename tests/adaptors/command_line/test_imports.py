"""What a command loads: ``daemon run`` pays for it once per task."""

from __future__ import annotations

import os
import re
import sys
import time

import pytest
from patience import SECONDS

pytestmark = pytest.mark.unmeasured

HEAVY = {
    "asyncio",
    "click",
    "importlib.metadata",
    "jsonschema_rs",
    "multiprocessing",
    "psutil",
    "structlog",
    "transitions",
    "yaml",
}
OF_PIPES = {"multiprocessing"} if os.name == "nt" else set()
"""What a command needs to connect to a daemon."""


def loaded(finished):
    """Return the modules that Python has reported on standard error."""
    assert finished.exit_code == 0, finished
    return set(re.findall(r"import time: +\d+ \| +\d+ \| +([\w.]+)\r?$", finished.text, re.MULTILINE))


def answered(command_line, *words, adaptor):
    """Return a command that tells what it loads, and whose daemon has answered at once, as a busy one may not."""
    until = time.monotonic() + SECONDS
    while True:
        finished = command_line(*words, adaptor=adaptor, PYTHONPROFILEIMPORTTIME="1")
        if not re.search(r'^daemon: +silent|"condition": "silent"', finished.text, re.MULTILINE):
            return finished
        assert time.monotonic() < until, finished


@pytest.mark.skipif(sys.version_info < (3, 10), reason="sys.stdlib_module_names came with Python 3.10")
@pytest.mark.parametrize("adaptor", [None, "scripted:Scripted"])
def test_the_commands_of_a_task_and_those_that_look_load_the_standard_library_only(command_line, adaptor):
    at_every_start = loaded(command_line(module="this", PYTHONPROFILEIMPORTTIME="1"))
    known = {*sys.stdlib_module_names, "adaptor_runtime", "adaptor_runtime_client"}
    known.add("org")  # pickle looks whether it runs in Jython
    data = command_line.directory / "data.json"
    data.write_text("{}")
    command_line.start()
    words = ["--connection-file", command_line.connection_file]
    looks = (["status"], ["status", "--format", "json"], ["logs"], ["logs", "--since", "10m", "--time"])
    for command in (["run"], ["run", "--run-data", f"file://{data}"], *looks, ["stop"]):
        modules = loaded(answered(command_line, "daemon", *command, *words, adaptor=adaptor))
        assert "adaptor_runtime.ipc._commands.frontend" in modules
        if command[0] == "status" and sys.platform != "linux":  # psutil knows the processes there, and loads much
            assert "psutil" in modules
            continue
        assert not {name for name in modules - at_every_start if name.split(".")[0] not in known}
        heavy = (modules - at_every_start) & (HEAVY | {"typing"}) - OF_PIPES
        assert heavy == set(), command


def test_a_list_of_daemons_loads_of_other_libraries_only_the_one_that_knows_processes(command_line):
    modules = loaded(command_line("daemon", "list", adaptor=None, PYTHONPROFILEIMPORTTIME="1"))
    assert modules & HEAVY - OF_PIPES <= {"psutil"}


def test_the_commands_of_a_task_load_attrs_with_an_author_s_entry_point_and_no_click(command_line):
    command_line.start(module="echo_command")
    options = {"module": "echo_command", "PYTHONPROFILEIMPORTTIME": "1"}
    for command in (command_line.task, command_line.stop):
        modules = loaded(command(**options))
        assert "adaptor_runtime.ipc._commands.frontend" in modules
        assert "attr" in modules
        assert not modules & HEAVY - OF_PIPES


def test_yaml_is_loaded_only_for_data_that_is_not_json(command_line):
    command_line.start()
    modules = loaded(command_line.task("frame: 1", PYTHONPROFILEIMPORTTIME="1"))
    assert any(name.startswith("yaml") for name in modules)  # a line that another thread has torn counts for nothing
    command_line.stop()


def test_a_session_in_one_process_reads_no_metadata_of_packages(command_line):
    modules = loaded(command_line.run(PYTHONPROFILEIMPORTTIME="1"))
    assert "structlog" in modules
    assert not modules & {"importlib.metadata", "jsonschema_rs", "yaml"}
    assert not {name for name in modules if "_application_adaptor" in name or "adaptors._application" in name}
