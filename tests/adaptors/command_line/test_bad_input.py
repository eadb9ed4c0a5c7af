"""Whatever is typed, or lies about, is answered with one line and the right exit code, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys

import pytest
from private_files import write_private

pytestmark = pytest.mark.faults("Bad input")

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi")
)
BAD_DATA = {
    "a list": ("[1, 2]", "mapping"),
    "a text": ("just words", "mapping"),
    "a number": ("5", "mapping"),
    "null inside text": ("\x01", ""),
    "malformed JSON": ('{"frame": 1', "JSON"),
    "malformed YAML": ("frame: [1, 2", "YAML"),
    "an alias bomb": (BOMB, "alias"),
    "deep JSON": ('{"a": ' * 100_000 + "1" + "}" * 100_000, "deep"),
    "deep YAML": ("x: " + "[" * 5_000 + "]" * 5_000, "deep"),
    "a Python object": ("a: !!python/object/apply:os.system ['echo owned']", ""),
    "two documents": ("a: 1\n---\nb: 2\n", ""),
    "a key that is a mapping": ("? {a: 1}\n: 2\n", ""),
}


@pytest.mark.parametrize("option", ["--init-data", "--run-data", "--path-mapping-rules"])
@pytest.mark.parametrize("kind", BAD_DATA)
def test_data_that_is_not_a_mapping_is_rejected(command_line, kind, option):
    text, word = BAD_DATA[kind]
    data = command_line.directory / "data"
    data.write_text(text)
    run = command_line("run", option, f"file://{data}")
    assert run.exit_code == 2
    assert len(run.lines) == 1
    assert option in run.failures[0]
    assert word in run.failures[0]
    assert command_line.calls == []


@pytest.mark.parametrize("kind", ["a list", "malformed JSON", "malformed YAML", "an alias bomb"])
def test_inline_data_that_is_not_a_mapping_is_rejected(command_line, kind):
    command = command_line("run", "--init-data", BAD_DATA[kind][0])
    assert command.exit_code == 2
    assert len(command.lines) == 1


def test_bad_run_data_never_reaches_the_daemon(command_line):
    command_line.start()
    task = command_line("daemon", "run", "--connection-file", command_line.connection_file, "--run-data", "[1]")
    assert task.exit_code == 2
    assert command_line.stop().exit_code == 0
    assert "on_run" not in command_line.calls


@pytest.mark.parametrize("path", ["/nowhere/data.json", "/", "", "\ud800", "/etc/\0x"])
def test_an_unreadable_data_file_is_rejected(command_line, path):
    if "\0" in path:
        pytest.skip("an argument cannot hold it")
    path = path.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    run = command_line("run", "--init-data", f"file://{path}")
    assert run.exit_code == 2
    assert len(run.lines) == 1


@pytest.mark.posix("bash")
def test_data_may_be_read_from_an_inherited_pipe(command_line):
    script = f'{sys.executable} -m packaged run --run-data file://<(printf \'{{"on_run": {{"say": "piped"}}}}\')'
    environment = command_line.environment
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "piped" in run.stdout.splitlines()


@pytest.mark.posix("a pipe that is a file")
@pytest.mark.parametrize("command", ["run", "daemon start", "daemon run"])
def test_a_command_that_waits_for_a_pipe_to_be_written_is_ended_by_a_signal(command_line, command):
    option = "--init-data" if command == "daemon start" else "--run-data"
    running = command_line.begin(*command.split(), option, f"file://{command_line.gate('data')}")
    with open(command_line.directory / "data", "w"):  # the command has opened its end
        running.signal(signal.SIGTERM)
        finished = running.finish()
    assert finished.exit_code in {143, -signal.SIGTERM}
    assert command_line.calls == []


def test_a_data_file_that_is_not_text_is_rejected(command_line):
    data = command_line.directory / "data"
    data.write_bytes(b'{"a": "\xff\xfe"}')
    run = command_line("run", "--init-data", f"file://{data}")
    assert run.exit_code == 2
    assert "UTF-8" in run.failures[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--unknown"],
        ["run", "--init-data"],
        ["run", "surplus"],
        ["daemon", "start", "--unknown"],
        ["daemon", "run", "--unknown"],
        ["daemon", "stop", "surplus"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_reported_in_one_line_that_points_to_the_help(command_line, arguments):
    command = command_line(*arguments)
    assert command.exit_code == 2
    assert len(command.lines) == 1
    assert "--help" in command.failures[0]


@pytest.mark.parametrize("arguments", [["unknown"], ["daemon", "unknown"], ["--unknown", "run"]], ids=" ".join)
def test_an_unknown_command_is_reported_in_one_line(command_line, arguments):
    command = command_line(*arguments)
    assert command.exit_code == 2
    assert len(command.lines) == 1


@pytest.mark.parametrize("arguments", [[], ["daemon"]], ids=["none", "daemon"])
def test_no_command_shows_the_help(command_line, arguments):
    command = command_line(*arguments)
    assert command.exit_code == 2
    assert "Example:" in command.text
    assert "Commands:" in command.text


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        ("nothing_of_this_name:Scripted", "nothing_of_this_name"),
        ("scripted", "package.module:Class"),
        ("scripted:", "package.module:Class"),
        (":Scripted", "package.module:Class"),
        ("scripted:Missing", "Missing"),
        ("scripted:NotAnAdaptor", "not a subclass"),
        ("scripted:some_value", "not a subclass"),
        ("scripted:note", "not a subclass"),
        ("..scripted:Scripted", "scripted"),
        ("adaptor_runtime.adaptors:Adaptor", "abstract"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["daemon", "start"], ["version-info"]], ids=" ".join)
def test_an_adaptor_that_cannot_be_imported_is_reported_in_one_line(command_line, command, reference, word):
    finished = command_line(*command, adaptor=reference)
    assert finished.exit_code == 2
    assert len(finished.lines) == 1
    assert word in finished.text


@pytest.mark.parametrize(
    ("reference", "word", "place"),
    [
        ("broken_import:Scripted", "no license", "broken_import.py, line "),
        ("broken_syntax:Scripted", "SyntaxError", "broken_syntax.py, line "),
        ("leaving_import:Scripted", "SystemExit", "leaving_import.py, line "),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["daemon", "start"], ["version-info"]], ids=" ".join)
def test_what_the_module_of_an_adaptor_raised_is_reported_in_one_line_after_its_frames(
    command_line, command, reference, word, place
):
    finished = command_line(*command, adaptor=reference)
    assert finished.exit_code == 2
    assert word in finished.lines[-1]
    assert place in finished.lines[-1]
    frames = 0 if word == "SyntaxError" else 1  # what cannot be parsed has been called by nobody but the import
    assert finished.text.count("Traceback") == frames
    assert "importlib" not in finished.text
    assert "adaptor_import.py" not in finished.text


@pytest.mark.parametrize("command", [["run"], ["daemon", "start"], ["version-info"]], ids=" ".join)
def test_a_missing_adaptor_is_reported_in_one_line(command_line, command):
    finished = command_line(*command, adaptor=None)
    assert finished.exit_code == 2
    assert len(finished.lines) == 1
    assert "--adaptor" in finished.text


def _commands(path):
    return [["daemon", "run", "--connection-file", path], ["daemon", "stop", "--connection-file", path]]


@pytest.mark.parametrize("which", [0, 1], ids=["run", "stop"])
def test_without_a_connection_file_there_is_no_daemon(command_line, which):
    finished = command_line(*_commands(command_line.connection_file)[which], adaptor=None)
    assert finished.exit_code == 4
    assert len(finished.lines) == 1
    assert "daemon start" in finished.failures[0]


@pytest.mark.parametrize("command", ["run", "stop"])
def test_neither_connection_file_nor_variable_is_bad_usage(command_line, command):
    finished = command_line("daemon", command, adaptor=None)
    assert finished.exit_code == 2
    assert "OPENJD_ADAPTOR_SOCKET" in finished.failures[0]


WRONG_CONTENT = {
    "empty": b"",
    "text": b"hello",
    "list": b"[]",
    "deep": b"[" * 50_000,
    "binary": bytes(range(256)),
    "wrong types": json.dumps({"socket": 1, "key": [], "pid": "x"}).encode(),
    "large": b" " * 1_000_000,
    "too few": b'{"socket": "/tmp/nothing"}',
}


@pytest.mark.parametrize("command", ["start", "run", "stop"])
@pytest.mark.parametrize("kind", WRONG_CONTENT)
def test_a_garbage_connection_file_is_rejected_and_kept(command_line, command, kind):
    path = command_line.directory / "garbage"
    write_private(path, WRONG_CONTENT[kind])
    finished = command_line("daemon", command, "--connection-file", path)
    assert finished.exit_code == 2
    assert len(finished.lines) == 1
    assert path.read_bytes() == WRONG_CONTENT[kind]


# Access lists are tested in tests/windows.
STRANGE = [
    pytest.param("open to others", marks=pytest.mark.posix("modes of files")),
    pytest.param("a link", marks=pytest.mark.posix("everybody may make a link there")),
    pytest.param("a pipe", marks=pytest.mark.posix("a pipe that is a file")),
    pytest.param("of somebody else", marks=pytest.mark.posix("owners by number")),
]


@pytest.mark.parametrize("command", ["start", "run", "stop"])
@pytest.mark.parametrize("kind", ["a directory", *STRANGE])
def test_a_connection_file_that_is_not_private_is_rejected(command_line, command, kind):
    path = command_line.directory / "strange"
    stale = {"socket": "/x", "key": "k", "pid": 1, "start_time": 0.0, "release": "0", "session_directory": ""}
    target = command_line.directory / "target"
    target.write_text(json.dumps(stale))
    target.chmod(0o600)
    if kind == "a link":
        path.symlink_to(target)
    elif kind == "a directory":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path, 0o600)
    else:
        target.rename(path)
        path.chmod(0o666 if kind == "open to others" else 0o600)
        if kind == "of somebody else":
            if os.geteuid() != 0:
                pytest.skip("only root can give a file away")
            os.chown(path, 12345, 12345)
    finished = command_line("daemon", command, "--connection-file", path)
    assert finished.exit_code == 2
    assert len(finished.lines) == 1
    assert stat.S_IFMT(path.lstat().st_mode)


def _stale(command_line):
    gone = {"socket": "/x", "key": "k", "pid": 2**22 - 3, "start_time": 1.0, "release": "0", "session_directory": ""}
    write_private(command_line.connection_file, json.dumps({**gone, "state": "ready", "message": ""}).encode())


def test_run_finds_no_daemon_behind_a_stale_connection_file(command_line):
    _stale(command_line)
    task = command_line.task()
    assert task.exit_code == 4
    assert len(task.lines) == 1
    command_line.connection_file.unlink()


def test_a_stale_connection_file_is_removed_by_stop(command_line):
    _stale(command_line)
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert "is dead" in stop.text
    assert not command_line.connection_file.exists()


def test_a_stale_connection_file_is_taken_over_by_start(command_line):
    _stale(command_line)
    assert command_line.start().exit_code == 0
    assert command_line.stop().exit_code == 0


@pytest.mark.parametrize("command", ["start", "run", "stop"])
def test_a_connection_file_in_a_directory_that_is_missing(command_line, command):
    path = command_line.directory / "missing" / "connection.json"
    finished = command_line("daemon", command, "--connection-file", path)
    assert finished.exit_code == (2 if command == "start" else 4)
    assert len(finished.lines) == 1
    assert str(path) in finished.failures[0]


@pytest.mark.parametrize("value", ["/nowhere/at/all", "/proc"])
def test_an_unwritable_temporary_directory_is_reported(command_line, value):
    start = command_line.start(TMPDIR=value, TEMP=value, TMP=value)
    if start.exit_code == 0:  # Python has looked for another one
        assert command_line.stop(TMPDIR=value).exit_code == 0
    else:
        assert start.exit_code == 2
        assert len(start.lines) == 1


@pytest.mark.parametrize("command", [["run"], ["daemon", "start"]], ids=" ".join)
@pytest.mark.parametrize("path", ["/nowhere/journal", "/"])
def test_a_journal_that_cannot_be_written_is_reported_in_one_line(command_line, command, path):
    options = ["--connection-file", command_line.connection_file] if command[0] == "daemon" else []
    finished = command_line(*command, *options, "--journal", path)
    assert finished.exit_code == 2
    assert len(finished.lines) == 1
    assert "journal" in finished.failures[0]
    assert command_line.calls == []
    if command_line.connection_file.exists():
        assert command_line.stop().exit_code == 0


def test_the_hidden_command_says_what_to_use_instead(command_line):
    finished = command_line("daemon", "_serve")
    assert finished.exit_code == 2
    assert "daemon start" in finished.text
    assert len(finished.lines) == 1
