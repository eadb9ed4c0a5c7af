"""``run`` with several tasks: loaded once, run in order, without a daemon."""

from __future__ import annotations

import signal

import pytest
from process_signal import INTERRUPT, TERMINATE

FAIL = {"on_run": {"raise": "ValueError('no frame')"}}


def begin(command_line, *tasks, options=(), **more):
    words = [word for task in tasks for word in ("--run-data", task)]
    return command_line.begin("run", *words, *options, **more)


def say(text):
    return {"on_run": {"say": text}}


def said(finished):
    """Return what the hooks have printed, in order."""
    return [line for line in finished.lines if line.startswith("frame ")]


def test_tasks_run_in_order_between_one_start_and_one_stop(command_line):
    data = command_line.directory / "task.yaml"
    data.write_text("on_run: {say: frame 2}")
    run = begin(command_line, say("frame 1"), f"file://{data}", say("frame 3")).finish()
    assert run.exit_code == 0
    assert said(run) == ["frame 1", "frame 2", "frame 3"]
    assert command_line.calls == ["constructor", "on_start", *["on_run"] * 3, "on_stop", "on_cleanup"]


def test_each_task_is_announced_before_it_runs_with_how_many_there_are(command_line):
    run = begin(command_line, say("frame 1"), say("frame 2")).finish()
    told = [line for line in run.lines if line.startswith("INFO: task ") or "to=running" in line]
    assert [line.partition(" trigger")[0] for line in told[::2]] == ["INFO: task 1 of 2", "INFO: task 2 of 2"]
    assert ["task_id=task-1" in told[1], "task_id=task-2" in told[3]] == [True, True]


def test_progress_and_status_belong_to_each_task(command_line):
    tasks = [{"on_run": {"progress": value, "status": f"at {value}"}} for value in (50, 25)]
    run = begin(command_line, *tasks).finish()
    told = [line for line in run.lines if line.startswith("openjd_")]
    assert told == ["openjd_progress: 50", "openjd_status: at 50", "openjd_progress: 25", "openjd_status: at 25"]


def test_a_task_that_fails_is_the_last_one_and_is_named(command_line):
    run = begin(command_line, say("frame 1"), FAIL, say("frame 3"), say("frame 4")).finish()
    assert run.exit_code == 1
    assert said(run) == ["frame 1"]
    assert run.failures == ["openjd_fail: task 2 of 4: on_run failed: ValueError: no frame"]
    assert "WARNING: the remaining tasks are skipped tasks=2" in run.lines
    assert command_line.calls[-3:] == ["on_run", "on_stop", "on_cleanup"]


def test_with_keep_going_the_others_run_and_the_first_failure_is_reported(command_line):
    late = {"on_run": {"raise": "KeyError('late')"}}
    run = begin(command_line, FAIL, say("frame 2"), late, say("frame 4"), options=["--keep-going"]).finish()
    assert run.exit_code == 1
    assert said(run) == ["frame 2", "frame 4"]
    assert run.failures == ["openjd_fail: task 1 of 4: on_run failed: ValueError: no frame"]
    assert [line for line in run.lines if line.startswith("ERROR: task")] == [
        "ERROR: task 3 of 4 failed error=\"on_run failed: KeyError: 'late'\""
    ]
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


def test_a_failed_stop_counts_if_no_task_failed(command_line):
    options = ["--init-data", {"on_stop": {"raise": "ValueError('no stop')"}}]
    run = begin(command_line, say("frame 1"), say("frame 2"), options=options).finish()
    assert run.exit_code == 1
    assert run.failures == ["openjd_fail: on_stop raised ValueError: no stop"]
    run = begin(command_line, say("frame 1"), FAIL, options=options).finish()
    assert run.failures == ["openjd_fail: task 2 of 2: on_run failed: ValueError: no frame"]


def test_no_task_runs_when_the_start_fails(command_line):
    options = ["--init-data", {"on_start": {"raise": "ValueError('no license')"}}, "--keep-going"]
    run = begin(command_line, say("frame 1"), say("frame 2"), options=options).finish()
    assert run.exit_code == 1
    assert command_line.calls == ["constructor", "on_start", "on_cleanup"]


@pytest.mark.parametrize("number", [INTERRUPT, TERMINATE])
@pytest.mark.parametrize("options", [[], ["--keep-going"]], ids=["", "keep going"])
def test_a_cancel_in_the_second_task_ends_the_run(command_line, number, options):
    wait = {"on_run": {"wait_for_cancel": "frame 2"}}
    run = begin(command_line, say("frame 1"), wait, say("frame 3"), options=options)
    run.wait_for("frame 2")
    run.signal(number)
    finished = run.finish()
    assert finished.exit_code == 128 + number
    assert said(finished) == ["frame 1", "frame 2"]
    assert command_line.calls[-4:] == ["on_run", "on_cancel", "on_stop", "on_cleanup"]


def test_a_failure_before_the_cancel_is_reported(command_line):
    wait = {"on_run": {"wait_for_cancel": "frame 2"}}
    run = begin(command_line, FAIL, wait, say("frame 3"), options=["--keep-going"])
    run.wait_for("frame 2")
    run.signal(signal.SIGTERM)
    finished = run.finish()
    assert finished.exit_code == 1
    assert "task 1 of 3" in finished.failures[0]


def test_the_deadline_is_that_of_each_task(command_line):
    slow = {"on_run": {"application": "import time; time.sleep(2)"}}  # three take longer than the deadline of one
    options = ["--deadline", "run=6"]
    run = begin(command_line, slow, slow, slow, {"on_run": {"hang": "frame 4"}}, say("frame 5"), options=options)
    finished = run.finish()
    assert finished.exit_code == 5
    assert finished.failures == ["openjd_fail: task 4 of 5: on_run did not end within its deadline of 6 s"]
    assert said(finished) == ["frame 4"]


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("[1]", "--run-data 2 of 3 needs a mapping"),
        ("file:///nowhere/data.json", "--run-data 2 of 3 (/nowhere/data.json) cannot be read"),
        ("{[}", "--run-data 2 of 3 is neither valid JSON"),
    ],
)
def test_all_data_is_read_before_anything_is_started(command_line, bad, words):
    run = begin(command_line, {}, bad, {}).finish()
    assert run.exit_code == 2
    assert len(run.lines) == 1
    assert words in run.failures[0]
    assert command_line.calls == []


@pytest.mark.faults("Bad input")
def test_all_data_is_checked_before_anything_is_started(command_line):
    (command_line.directory / "checked.py").write_text(
        "from scripted import Scripted\n"
        "class Checked(Scripted):\n"
        "    run_data_schema = {'properties': {'frame': {'type': 'integer'}}}\n"
    )
    run = begin(command_line, {"frame": 1}, {"frame": 2}, {"frame": "x"}, adaptor="checked:Checked").finish()
    assert run.exit_code == 2
    assert len(run.lines) == 1
    assert "--run-data 3 of 3: the run data does not fit the schema" in run.failures[0]
    assert command_line.calls == []
