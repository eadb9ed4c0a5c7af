"""Which daemon the commands without a connection file are for, where a scheduler has several in one session."""

from __future__ import annotations

import json

import pytest
from private_files import write_private

pytestmark = pytest.mark.faults("Whose daemon")
VARIABLE = "OPENJD_ADAPTOR_SOCKET"


def announced(finished):
    """Return the path that a command has announced; None for none."""
    lines = [line.partition("=")[2] for line in finished.lines if line.startswith(f"openjd_env: {VARIABLE}=")]
    return lines[0] if lines else None


def test_a_daemon_with_a_connection_file_is_also_announced(command_line):
    assert announced(command_line.start()) == str(command_line.connection_file)
    assert command_line.stop().exit_code == 0


def test_a_second_daemon_with_a_connection_file_leaves_the_variable_to_the_first(command_line):
    first = announced(command_line("daemon", "start"))
    environment = {VARIABLE: first}
    second = command_line.start({}, **environment)
    assert second.exit_code == 0
    assert announced(second) is None
    assert any(f"{VARIABLE} still names {first}" in line for line in second.lines)
    assert (
        "for the first"
        in command_line("daemon", "run", "--run-data", {"on_run": {"say": "for the first"}}, **environment).lines
    )
    assert command_line("daemon", "stop", **environment).exit_code == 0
    assert command_line.task({"on_run": {"say": "for the second"}}, **environment).exit_code == 0
    assert command_line.stop(**environment).exit_code == 0


def test_a_second_daemon_without_a_connection_file_is_announced_since_nothing_else_names_it(command_line):
    command_line.start()
    second = command_line("daemon", "start", **{VARIABLE: str(command_line.connection_file)})
    path = announced(second)
    assert path not in {None, str(command_line.connection_file)}
    assert command_line("daemon", "stop", **{VARIABLE: path}).exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.parametrize("content", [None, "garbage", "stale"])
def test_a_daemon_is_announced_unless_the_variable_names_a_live_one(command_line, content):
    former = command_line.directory / "former.json"
    if content is not None:
        gone = {
            "socket": "/x",
            "key": "k",
            "pid": 2**22 - 3,
            "start_time": 1.0,
            "release": "0",
            "session_directory": "",
        }
        text = json.dumps({**gone, "state": "ready"}) if content == "stale" else content
        write_private(former, text.encode())
    start = command_line.start({}, **{VARIABLE: str(former)})
    assert announced(start) == str(command_line.connection_file)
    assert command_line.stop().exit_code == 0


def test_the_same_connection_file_is_announced_again(command_line):
    environment = {VARIABLE: str(command_line.connection_file)}
    assert announced(command_line.start({}, **environment)) == str(command_line.connection_file)
    assert command_line("daemon", "stop", **environment).exit_code == 0
    assert announced(command_line.start({}, **environment)) == str(command_line.connection_file)
    assert command_line("daemon", "stop", **environment).exit_code == 0
