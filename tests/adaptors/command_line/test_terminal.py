"""What a terminal shows beyond the lines that everybody gets, and that nobody else gets any of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import pytest

if os.name == "posix":
    import pty

TERMINAL = pytest.mark.posix("a terminal that a test can make")
STEPS = {"say": "the first", "progress": 50, "status": "half way", "application": "import time; time.sleep(2.5)"}
ERASE = b"\r\x1b[K"
KILL = "__import__('os').kill(__import__('os').getpid(), 9)"


def arguments(command_line, command, *words, data=None):
    connection = ["--connection-file", str(command_line.connection_file)]
    data = json.dumps({"on_run": STEPS} if data is None else data)
    return {
        "run": ["--adaptor", command_line.adaptor, "run", *words, "--run-data", data],
        "daemon start": ["--adaptor", command_line.adaptor, "daemon", "start", *words, *connection],
        "daemon run": ["daemon", "run", *words, *connection, "--run-data", data],
    }[command]


def on_terminal(command_line, words, **environment):
    """Run a command on a terminal; return its exit code and the bytes that it wrote there."""
    ours, terminal = pty.openpty()
    command = [sys.executable, "-m", "adaptor_runtime", *words]
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=command_line.directory,
        env={**command_line.environment, "TERM": "xterm", **environment},
        start_new_session=True,
    )
    os.close(terminal)
    written = b""
    try:
        while block := os.read(ours, 65536):
            written += block
    except OSError:  # the other end was closed
        pass
    os.close(ours)
    return process.wait(), written.replace(b"\r\n", b"\n")


def left_on_screen(written):
    """Return what remains of the bytes: an erased line is gone."""
    return b"\n".join(line.rpartition(ERASE)[2] for line in written.split(b"\n"))


def drawn(written):
    """Return the lines that were drawn below the others, and erased again."""
    return [line.decode() for line in re.findall(rb"\x1b\[K([^\n\r\x1b]+)(?=\r\x1b\[K)", written)]


def without_numbers(text):
    return re.sub(rb"\d+(\.\d+)?|task-\w+", b"N", text)


@TERMINAL
@pytest.mark.parametrize("command", ["run", "daemon run"])
def test_state_progress_status_and_time_are_below_the_lines(command_line, command):
    if command == "daemon run":
        command_line.start()
    code, written = on_terminal(command_line, arguments(command_line, command))
    assert code == 0
    lines = drawn(written)
    assert any(re.fullmatch(r"running  50 %  0:00:\d\d  \[#{10}-{10}\]  half way", line) for line in lines), lines
    times = {line.split("  ")[2] for line in lines if line.startswith("running  50 %")}
    assert len(times) > 1  # it goes on without output
    if command == "daemon run":
        command_line.stop()


@TERMINAL
def test_what_remains_on_the_terminal_is_what_a_scheduler_reads(command_line):
    command_line.start()
    _, written = on_terminal(command_line, arguments(command_line, "daemon run"))
    _, plain = on_terminal(command_line, arguments(command_line, "daemon run", "--plain"))
    piped = subprocess.run(
        [sys.executable, "-m", "adaptor_runtime", *arguments(command_line, "daemon run")],
        stdout=subprocess.PIPE,
        cwd=command_line.directory,
        env={**command_line.environment, "TERM": "xterm"},
        check=True,
    ).stdout
    assert b"\x1b" not in piped
    assert b"\x1b" not in plain
    assert without_numbers(left_on_screen(written)) == without_numbers(plain) == without_numbers(piped)
    assert piped.splitlines()[1:4] == [b"the first", b"openjd_progress: 50", b"openjd_status: half way"]
    command_line.stop()


@TERMINAL
@pytest.mark.parametrize(("environment", "is_red"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_a_failure_is_red_unless_nobody_wants_colours(command_line, environment, is_red):
    words = arguments(command_line, "run", data={"on_run": {"raise": "ValueError('no license')"}})
    code, written = on_terminal(command_line, words, **environment)
    assert code == 1
    assert (b"\x1b[31mopenjd_fail: on_run failed: ValueError: no license\x1b[0m\n" in written) is is_red
    assert b"openjd_fail: on_run failed: ValueError: no license" in written
    assert (ERASE in written) is (environment.get("TERM") != "dumb")


@TERMINAL
def test_the_line_is_erased_before_an_error_of_the_command(command_line):
    command_line.start()
    code, written = on_terminal(command_line, arguments(command_line, "daemon run", data={"on_run": {"raise": KILL}}))
    assert code == 4
    assert re.fullmatch(rb"(\x1b\[\d+m)?openjd_fail: the daemon .*", left_on_screen(written).splitlines()[-1])
    command_line.stop()


@TERMINAL
def test_the_start_of_a_daemon_shows_its_state(command_line):
    code, written = on_terminal(command_line, arguments(command_line, "daemon start"))
    assert (code, ERASE in written) == (0, True)
    assert left_on_screen(written).splitlines()[-1].startswith(b"openjd_env: OPENJD_ADAPTOR_SOCKET=")
    command_line.stop()


@pytest.mark.parametrize("command", ["run", "daemon run"])
def test_lines_have_a_time_except_those_for_the_scheduler(command_line, command):
    if command == "daemon run":
        command_line.start()
    words = [sys.executable, "-m", "adaptor_runtime", *arguments(command_line, command, "--time")]
    options = {"cwd": command_line.directory, "env": command_line.environment}
    lines = subprocess.run(words, check=True, stdout=subprocess.PIPE, **options).stdout.decode().splitlines()
    stamped = [line for line in lines if re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line)]
    assert [line for line in lines if line not in stamped] == ["openjd_progress: 50", "openjd_status: half way"]
    assert any(line.endswith(" the first") for line in stamped)
    if command == "daemon run":
        command_line.stop()


def configure(command_line, values):
    file = command_line.directory / "runtime.json"
    file.write_text(json.dumps(values))
    command_line.environment["RUNTIME_CONFIG_PATH"] = str(file)


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_the_configuration_gives_lines_their_time(command_line, mode):
    configure(command_line, {"line_times": True})
    if mode == "run":
        task = command_line.run(run_data={"on_run": {"say": "said"}})
    else:
        command_line.start()
        task = command_line.task({"on_run": {"say": "said"}})
        stop = command_line.stop()
        assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in stop.lines)
    (line,) = [line for line in task.lines if line.endswith("said")]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d said", line)


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_a_heartbeat_tells_a_scheduler_how_long_nothing_was_said(command_line, mode):
    configure(command_line, {"heartbeat": 0.6})
    data = {"on_run": {"say": "begins", "application": "import time; time.sleep(2)"}}
    began = time.monotonic()
    if mode == "run":
        task = command_line.run(run_data=data)
    else:
        command_line.start()
        task = command_line.task(data)
        command_line.stop()
    took = time.monotonic() - began
    beats = [int(seconds) for seconds in re.findall(r"^openjd_status: no output for (\d+) s$", task.text, re.MULTILINE)]
    assert 2 <= len(beats) <= took / 0.6
    assert 1 <= max(beats) <= took
