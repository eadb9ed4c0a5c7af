"""What a command loads: ``daemon run`` pays for it once per task."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.unmeasured

HEAVY = {
    "asyncio",
    "importlib.metadata",
    "jsonschema_rs",
    "multiprocessing",
    "psutil",
    "structlog",
    "transitions",
    "yaml",
}


def loaded(finished):
    """Return the modules that Python has reported on standard error."""
    assert finished.exit_code == 0, finished
    return set(re.findall(r"import time: +\d+ \| +\d+ \| +(\S+)", finished.text))


def test_the_commands_of_a_task_load_little_through_an_entry_point(command_line):
    command_line.start(module="echo_command")
    options = {"module": "echo_command", "PYTHONPROFILEIMPORTTIME": "1"}
    for command in (command_line.task, command_line.stop):
        modules = loaded(command(**options))
        assert "adaptor_runtime.ipc._frontend" in modules
        assert not modules & HEAVY


def test_a_session_in_one_process_reads_no_metadata_of_packages(command_line):
    modules = loaded(command_line.run(PYTHONPROFILEIMPORTTIME="1"))
    assert "structlog" in modules
    assert not modules & {"importlib.metadata", "jsonschema_rs", "yaml"}
