"""What a scheduler reads is the same, whether somebody looks at the session or not."""

from __future__ import annotations

import json
import re

import pytest

FIGURES = [(r"\btask-\w+", "task-1"), (r"\b(seconds|sequence|pid)=[\d.]+", r"\1=1")]
PROGRAM = "print('Fra:1'); print('openjd_progress: 60'); print('openjd_status: frame 1'); print('openjd_fail: no')"
EXPECTED = [
    "openjd_progress: 10",
    "openjd_status: half way",
    "said",
    "INFO: logged",
    "waiting at gate",
    "STDOUT: Fra:1",
    "openjd_progress: 60",
    "openjd_status: frame 1",
    "STDOUT: openjd_fail: no",
]
FAILURE = "openjd_fail: on_run failed: ValueError: no frame"


def steps(gate):
    """Return a task with each kind of line, which waits in its middle."""
    said = {"progress": 10, "status": "half way", "say": "said", "log": "logged", "wait_at": gate}
    return {"on_run": {**said, "application": PROGRAM, "raise": "ValueError('no frame')"}}


def figureless(text):
    for pattern, instead in FIGURES:
        text = re.sub(pattern, instead, text)
    return re.sub(r"Running command: .*", "Running command", text)


def assert_as_expected(finished):
    assert finished.exit_code == 1
    said = [line for line in finished.lines if not line.startswith("INFO: ") or line in EXPECTED]
    assert [line for line in said if line in EXPECTED] == EXPECTED
    assert [line for line in finished.lines if line.startswith("openjd_")] == [
        *(line for line in EXPECTED if line.startswith("openjd_")),
        FAILURE,
    ]


def watchers(command_line):
    """Start all that looks at a session, and wait until each of them has seen it."""
    words = ("--connection-file", command_line.connection_file)
    looks = [("status", "--watch"), ("status", "--watch", "--format", "json"), ("logs", "--follow", "--since", "1h")]
    looking = [command_line.begin("daemon", *look, *words, adaptor=None) for look in looks]
    for each in looking:
        each.wait_for("waiting at gate")
    return looking


def test_the_lines_of_a_task_are_the_same_whether_somebody_looks_or_not(command_line, release):
    runtime = command_line.directory / "runtime.json"
    runtime.write_text(json.dumps({"heartbeat": 3600, "line_times": False}))
    told = []
    for is_watched in (False, True):
        command_line.start(RUNTIME_CONFIG_PATH=str(runtime) if is_watched else "")
        gate = command_line.gate("gate")
        task = command_line.begin_task(steps(gate))
        task.wait_for("waiting at gate")
        looking = watchers(command_line) if is_watched else []
        release(gate)
        finished = task.finish()
        assert_as_expected(finished)
        told.append([figureless(finished.text), figureless(command_line.stop().text)])
        assert [each.finish().exit_code for each in looking] == [0] * len(looking)
    assert told[0] == told[1]


@pytest.mark.parametrize("words", [("--plain",), ("--journal", "kept.jsonl")])
def test_the_lines_of_a_run_are_the_same_without_a_view_and_with_a_journal(command_line, release, words):
    told = []
    for options in ((), words):
        gate = command_line.gate("gate")
        run = command_line.begin("run", "--run-data", steps(gate), *options)
        run.wait_for("waiting at gate")
        release(gate)
        finished = run.finish()
        assert_as_expected(finished)
        told.append(figureless(finished.text))
    assert told[0] == told[1]
