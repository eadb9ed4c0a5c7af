"""A command talks to the daemon that it is for: of its adaptor, and of this machine and pid namespace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults("Whose daemon")


def change(command_line, **fields):
    """Change what the connection file says; return what it said before."""
    former = command_line.connection_file.read_text()
    command_line.connection_file.write_text(json.dumps({**json.loads(former), **fields}))
    return former


COMMANDS = [["run"], ["stop"], ["status"], ["cancel"], ["logs"]]


@pytest.mark.parametrize("command", [["run"], ["stop"]], ids=" ".join)
@pytest.mark.parametrize("named", ["file", "variable"])
def test_the_daemon_of_another_adaptor_is_refused(command_line, command, named):
    assert command_line.start().exit_code == 0
    arguments = ["--connection-file", command_line.connection_file] if named == "file" else []
    variable = {} if named == "file" else {"OPENJD_ADAPTOR_SOCKET": str(command_line.connection_file)}
    refused = command_line("daemon", *command, *arguments, module="echo_command", **variable)
    assert refused.exit_code == 2
    assert "serves the adaptor scripted:Scripted" in refused.failures[0]
    assert "echo:Echo" in refused.failures[0]
    assert command_line.calls == ["constructor", "on_start"]
    assert command_line.stop().exit_code == 0


def test_a_daemon_is_known_by_its_class_however_it_was_named(command_line):
    """As a package, as a class of one of its modules, and without any name."""
    connection = ["--connection-file", command_line.connection_file]
    assert command_line("daemon", "start", *connection, module="packaged").exit_code == 0
    assert command_line("daemon", "run", *connection, module="packaged").exit_code == 0
    assert command_line("daemon", "run", *connection, adaptor=None).exit_code == 0
    assert command_line("daemon", "stop", *connection, module="packaged").exit_code == 0


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_daemon_of_another_machine_runs_elsewhere_and_is_not_touched(command_line, command):
    assert command_line.start().exit_code == 0
    former = change(command_line, host="another-machine", boot="another boot", socket="/nowhere/daemon")
    present = command_line.connection_file.read_text()
    connection = ["--connection-file", command_line.connection_file]
    refused = command_line("daemon", *command, *connection, adaptor=None)
    assert refused.exit_code == 4
    assert "runs on another machine, another-machine" in refused.text
    started = command_line.start()
    assert started.exit_code == 3
    assert "runs on another machine" in started.failures[0]
    assert command_line.connection_file.read_text() == present
    assert command_line.daemon.is_running()
    command_line.connection_file.write_text(former)
    assert command_line.stop().exit_code == 0


def test_after_a_reboot_there_is_no_daemon(command_line):
    assert command_line.start().exit_code == 0
    daemon = command_line.daemon
    daemon.kill()
    daemon.wait()
    change(command_line, boot="the boot before")
    assert command_line.start().exit_code == 0
    assert command_line.stop().exit_code == 0


IN_A_NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def in_namespace(command_line, enter, words):
    """Run a command to its end behind the words that make a namespace for it."""
    return subprocess.run(
        [*enter, sys.executable, "-m", "adaptor_runtime", *words],
        env=command_line.environment,
        cwd=command_line.directory,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def can_make_namespaces():
    try:
        return subprocess.run([*IN_A_NAMESPACE, "true"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


IN_NAMESPACES = pytest.mark.skipif(
    os.name == "posix" and not can_make_namespaces(), reason="needs the right to make a pid namespace"
)


@pytest.mark.posix("namespaces of processes")
@IN_NAMESPACES
@pytest.mark.parametrize("command", [*COMMANDS, ["start"]], ids=" ".join)
def test_from_another_pid_namespace_a_daemon_runs_elsewhere(command_line, command):
    assert command_line.start().exit_code == 0
    present = command_line.connection_file.read_text()
    adaptor = ["--adaptor", command_line.adaptor] if command == ["start"] else []
    words = [*adaptor, "daemon", *command, "--connection-file", str(command_line.connection_file)]
    refused = in_namespace(command_line, IN_A_NAMESPACE, words)
    assert refused.returncode == (3 if command == ["start"] else 4)
    assert "runs in another PID namespace" in refused.stdout
    assert command_line.connection_file.read_text() == present
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.posix("namespaces of processes")
@IN_NAMESPACES
def test_a_daemon_that_ended_with_its_pid_namespace_is_dead_to_everybody(command_line):
    words = [
        "--adaptor",
        command_line.adaptor,
        "daemon",
        "start",
        "--connection-file",
        str(command_line.connection_file),
    ]
    subprocess.run(
        [*IN_A_NAMESPACE, sys.executable, "-m", "adaptor_runtime", *words],
        env=command_line.environment,
        cwd=command_line.directory,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    stopped = command_line.stop()  # the namespace is gone with its first process
    assert stopped.exit_code == 0
    assert "is dead" in stopped.text


@pytest.mark.posix("namespaces of processes")
@IN_NAMESPACES
@pytest.mark.parametrize("command", [["run"], ["daemon", "start"]], ids=" ".join)
def test_without_a_process_list_of_its_own_a_pid_namespace_is_refused_in_one_line(command_line, command):
    words = ["--adaptor", command_line.adaptor, *command]
    refused = in_namespace(command_line, ["unshare", "--pid", "--fork", "--kill-child"], words)
    assert refused.returncode == 1
    assert refused.stdout == "openjd_fail: cannot list processes: mount /proc in this container\n"
    assert command_line.calls == []


def test_two_daemons_of_one_session_are_distinguished_by_their_files(command_line):
    second = str(command_line.directory / "second.json")
    assert command_line.start().exit_code == 0
    started = command_line("daemon", "start", "--connection-file", second)
    assert started.exit_code == 0
    variable = {"OPENJD_ADAPTOR_SOCKET": second}
    assert command_line.task(**variable).exit_code == 0
    assert command_line.stop(**variable).exit_code == 0
    assert Path(second).exists()
    assert command_line("daemon", "stop", "--connection-file", second, adaptor=None).exit_code == 0
    assert os.listdir(command_line.temporary) == []


SEVERAL = """
import sys
from adaptor_runtime import Adaptor, EntryPoint, SemanticVersion

class One(Adaptor):
    data_version = SemanticVersion(1, 0)
    def on_run(self, run_data): print("I am", type(self).__name__)

class Two(One):
    pass

if __name__ == "__main__":
    chosen = {"one": One, "two": Two}[sys.argv.pop(1) if sys.argv[1] in ("one", "two") else "one"]
    EntryPoint(chosen).start()
"""


def test_a_program_that_is_another_adaptor_as_a_daemon_is_refused(command_line):
    (command_line.directory / "several.py").write_text(SEVERAL)
    words = ("--connection-file", command_line.connection_file)
    run = command_line("two", "run", module="several")
    assert "I am Two" in run.text
    refused = command_line("two", "daemon", "start", *words, module="several")
    assert refused.exit_code == 2
    assert "starts the adaptor One and not Two" in refused.failures[0]
    assert command_line.stop().exit_code == 0
    assert command_line("one", "daemon", "start", *words, module="several").exit_code == 0
    assert "I am One" in command_line.task().text
    assert command_line.stop().exit_code == 0
