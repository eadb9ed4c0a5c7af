"""A task that says nothing for too long, or a hook that takes too long, is ended, and the log says at what it was."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.faults("Lifecycle")

SILENT = "print('the last words', flush=True); import time; time.sleep(1000)"
TALKING = "import time\nfor number in range(9): print(number, flush=True); time.sleep(0.5)"
FAST = ("--deadline", "cancel=2", "--deadline", "stop=5")


def commands(command_line, mode, init_data, run_data, *deadlines):
    """Run one task in one process or in a daemon, and return the command that ran the task."""
    words = ("--init-data", init_data, *deadlines)
    if mode == "run":
        return command_line("run", *words, "--run-data", run_data)
    connection = ("--connection-file", command_line.connection_file)
    assert command_line("daemon", "start", *connection, *words).exit_code == 0
    task = command_line.task(run_data)
    assert command_line.stop().exit_code == 0
    return task


@pytest.mark.parametrize("mode", ["run", "daemon"])
@pytest.mark.parametrize(("what", "text"), [("output", "no application output"), ("progress", "no progress")])
def test_a_silent_task_is_canceled(command_line, mode, what, text):
    task = commands(command_line, mode, {}, {"on_run": {"application": SILENT}}, "--deadline", f"{what}=4", *FAST)
    assert task.exit_code == 5
    assert f"on_run had {text} for 4 s" in task.failures[0]  # time enough for the application to say its words
    processes = [line for line in task.lines if line.startswith("WARNING: process pid=")]
    assert any("time.sleep" in line and "cpu_seconds=" in line and "memory_megabytes=" in line for line in processes)
    assert any(line.startswith("WARNING: last line") and "the last words" in line for line in task.lines)
    assert ("running", "canceled") in task.transitions
    assert command_line.calls[-3:] == ["on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_a_task_with_frequent_output_is_not_canceled(command_line, mode):
    task = commands(command_line, mode, {}, {"on_run": {"application": TALKING}}, "--deadline", "output=4")
    assert task.exit_code == 0


def test_progress_is_heard(command_line):
    steps = {}
    for number in range(9):
        steps[f"progress {number}"] = number
        steps[f"application {number}"] = "import time; time.sleep(0.5)"
    assert command_line("run", "--run-data", {"on_run": steps}, "--deadline", "progress=4").exit_code == 0


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_a_cleanup_that_hangs_ends_at_its_own_deadline(command_line, mode):
    hang = {"on_cleanup": {"wait_at": command_line.gate("for ever")}}
    init_data = ("--init-data", hang, "--deadline", "cleanup=0.5")
    if mode == "run":
        last = command_line("run", *init_data)
    else:
        command_line("daemon", "start", "--connection-file", command_line.connection_file, *init_data)
        last = command_line.stop()
    assert last.exit_code == 5
    assert last.failures == ["openjd_fail: on_cleanup did not end within its deadline of 0.5 s"]


@pytest.mark.parametrize("mode", ["run", "daemon"])
@pytest.mark.parametrize("hook", ["on_start", "on_run", "on_stop", "on_cleanup", "on_cancel"])
def test_a_hook_that_hangs_is_abandoned_with_a_dump_of_all_threads(command_line, mode, hook):
    gate = command_line.gate("for ever")
    hang = {hook: {"wait_at": gate}}
    init_data = {} if hook == "on_run" else hang
    run_data = hang if hook == "on_run" else {"on_run": {"expect": "nothing"}} if hook == "on_cancel" else {}
    # What does not hang may be slow.
    limits = [("start" if hook == "on_start" else "run", 0.5), ("cancel", 0.5), ("stop", 2)]
    words = ["--init-data", init_data, *(word for limit in limits for word in ("--deadline", "{}={}".format(*limit)))]
    connection = ("--connection-file", command_line.connection_file)
    if mode == "run":
        finished = [command_line("run", *words, "--run-data", run_data)]
    else:
        finished = [command_line("daemon", "start", *connection, *words)]
        if hook != "on_start":
            finished.append(command_line.task(run_data))
        finished.append(command_line.stop())
    assert 5 in [each.exit_code for each in finished]
    text = "".join(each.text for each in finished)
    if hook == "on_cancel":
        assert "on_run did not end within its deadline" in text
    else:
        assert f"{hook} did not end" in text
        assert text.count("most recent call first") >= 1
        assert text.count("ERROR: abandoned") == 1
    assert command_line.calls.count("on_cleanup") == 1
    assert command_line.calls.count("on_stop") == (hook != "on_start")
