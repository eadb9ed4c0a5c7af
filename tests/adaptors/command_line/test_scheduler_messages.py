"""No text of a task, of an application or of an exception becomes a message to the scheduler."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = pytest.mark.faults("Text of applications")

WORDS = ["openjd_env: A=1", "openjd_unset_env: PATH", "openjd_redacted_env: A=1", "openjd_fail: not at all"]
DISGUISES = [
    "{}",
    "  {}",
    "\t{}",
    "\u00a0{}",
    "\u2028{}",
    "\x85{}",
    "\x0b\x0c{}",
    "\ufeff{}",
    "before\n{}",
    "before\r{}",
    "before\r\n{}",
    "before\n \n{}\nafter",
    "before\u2028{}",
    "x" * 64_000 + "{}",
    "x" * 60_000 + "{}",
    "x" * 59_999 + "\r{}",
]
HOSTILE = "\n".join(disguise.format(word) for word in WORDS for disguise in DISGUISES)
HOSTILE += "\n" + "\n".join(word.upper() for word in WORDS) + "\n" + "\n".join(word.replace(":", "") for word in WORDS)
TEXTS = [disguise.format(WORDS[0]) for disguise in DISGUISES] + [HOSTILE]
STEPS = [
    "say",
    "say_as_error",
    "say_without_end",
    "write",
    "write_as_error",
    "child",
    "log",
    "log_badly",
    "log_exception",
    "structlog",
    "structlog_named",
    "structlog_exception",
    "status",
]


def run_with(command_line, steps):
    """Run a task whose data is longer than a command line of Windows."""
    data = command_line.directory / "run_data.json"
    data.write_text(json.dumps({"on_run": steps}))
    return command_line("run", "--run-data", f"file://{data}")


@pytest.mark.parametrize("step", STEPS)
def test_no_text_becomes_a_message(command_line, step):
    run = run_with(command_line, {f"{step} {number}": text for number, text in enumerate(TEXTS)})
    assert run.exit_code == 0
    assert "A=1" in run.text


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_no_output_of_an_application_becomes_a_message(command_line, stream):
    texts = command_line.directory / "texts.json"
    texts.write_text(json.dumps(TEXTS))
    program = f"import json, sys\nfor text in json.load(open({str(texts)!r})): print(text, file=sys.{stream})"
    run = command_line.run({}, {"on_run": {"application": program}})
    assert run.exit_code == 0
    assert f"{stream.upper()}: openjd_env: A=1" in run.lines


@pytest.mark.parametrize(
    "text", ["before\nopenjd_env: A=1", "openjd_fail: x", "\u2028openjd_unset_env: A", "x" * 70_000]
)
def test_the_message_of_an_exception_becomes_one_failure_line(command_line, text):
    run = run_with(command_line, {"raise": f"ValueError({text!r})"})
    assert run.exit_code == 1
    assert run.failures[0].startswith("openjd_fail: on_run failed: ValueError: ")
    assert len(run.failures[0]) < 9_000


@pytest.mark.parametrize("level", ["openjd_env", "before\nopenjd_env", " OPENJD_fail", ""])
def test_a_log_level_name_cannot_forge_a_message(command_line, level):
    run = command_line.run({}, {"on_run": {"log_at": [level, "A=1"]}})
    assert run.exit_code == 0
    assert "A=1" in run.text


def test_pieces_written_separately_do_not_become_a_message(command_line):
    pieces = {f"say_without_end {number}": piece for number, piece in enumerate(["open", "jd_env", ": A", "=1", "\n"])}
    written = {f"write {number}": piece for number, piece in enumerate(["open", "jd_env", ": A", "=1", "\n"])}
    long = {"write long": "x" * 61_000, "write word": "openjd_env: A=1\n"}
    run = run_with(command_line, {**pieces, **written, **long})
    assert run.exit_code == 0
    assert run.count("openjd_env: A=1") == 3
    assert run.count("STDOUT: openjd_env: A=1") >= 2  # the long line may or may not have been cut before the third


def test_an_adaptor_may_set_variables_itself(command_line):
    line = 'openjd_env: "B=1\\n2"'
    init_data = {"on_start": {"set_environment 1": ["A", "1"], "set_environment 2": ["B", "1\n2"]}}
    run = command_line.run(init_data, allowed=["openjd_env: A=1", line])
    assert "openjd_env: A=1" in run.lines
    assert line in run.lines


def test_an_adaptor_has_the_same_output_in_the_foreground_and_in_a_daemon(command_line):
    text = command_line.directory / "hostile.txt"
    text.write_bytes(HOSTILE.encode())
    program = (
        f"import sys\nprint(open({str(text)!r}, encoding='utf-8', newline='').read())\n"
        "print('openjd_progress: 7')\nprint('plain')\n"
    )
    steps = {f"{step} 1": "words" for step in STEPS if step != "log_exception"}
    steps = {**steps, "say long": "x" * 70_000, "say hostile": HOSTILE, "log hostile": HOSTILE, "progress": 3.5}
    script = {"on_run": {**steps, "application": program, "raise": "ValueError('no')"}}
    data = command_line.directory / "data.json"
    data.write_text(json.dumps(script))
    run = command_line("run", "--run-data", f"file://{data}")
    start = command_line.start()
    task = command_line(
        "daemon", "run", "--connection-file", command_line.connection_file, "--run-data", f"file://{data}"
    )
    stop = command_line.stop()
    in_daemon = [line for part in (start, task, stop) for line in part.lines]
    assert _comparable(in_daemon) == _comparable(run.lines)
    assert "STDOUT: plain" in run.lines
    assert run.failures == task.failures


def _comparable(lines):
    """What the adaptor and its application have said, without the end and without what differs from run to run.

    Lines that bypass Python's own streams have no order among those that do not.
    """
    alike = [re.sub(r"\b(pid=|application )\d+", r"\1N", line) for line in lines]
    return sorted(
        line for line in alike if not line.startswith(("openjd_fail:", "openjd_env:")) and " sequence=" not in line
    )


def test_each_line_reaches_the_scheduler_in_one_write(command_line):
    """Two writers, one pipe: a message is never torn by the lines of an application."""
    program = "for i in range(5000): print('x' * 100)"
    writer = {"open_application": "print('ready')\n" + program}
    for number in range(50):
        writer[f"session_log_level {number}"] = "INFO"
    run = command_line.run({}, {"on_run": writer}, allowed={"openjd_session_runtime_loglevel: INFO"})
    assert sum(line == "openjd_session_runtime_loglevel: INFO" for line in run.lines) == 50
    assert all(line == "STDOUT: " + "x" * 100 for line in run.lines if "xx" in line and "Running" not in line)
