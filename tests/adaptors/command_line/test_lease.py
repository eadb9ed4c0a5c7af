"""A ``daemon run`` is a lease: its loss cancels the task, or keeps it for ``daemon attach``."""

from __future__ import annotations

import json
import re
import signal

import psutil
import pytest
from patience import SECONDS
from process_signal import send_signal

pytestmark = pytest.mark.faults("Lifecycle")

LOSSES = pytest.mark.parametrize(
    "name", ["SIGKILL", pytest.param("SIGHUP", marks=pytest.mark.posix("a terminal that hangs up"))]
)
COUNT = 2000


def lines_that_wait(gate):
    """Return the steps of a task that prints numbered lines, waits for the test, and prints the rest of them."""
    program = (
        "import sys\n"
        f"for number in range({COUNT}): print('line', number)\n"
        f"print('half', flush=True); open({gate!r}).read()\n"
        f"for number in range({COUNT}, {2 * COUNT}): print('line', number)\n"
    )
    return {"application": program}


def numbers(*finished):
    return [int(number) for text in finished for number in re.findall(r"STDOUT: line (\d+)", text)]


def leave_task(command_line, steps):
    """Start a task that is kept, and kill its command as soon as the task waits at its gate."""
    words = ("--on-disconnect=keep", "--run-data", {"on_run": steps})
    task = command_line.begin("daemon", "run", "--connection-file", command_line.connection_file, *words, adaptor=None)
    task.wait_for("waiting at")
    task.kill()
    task.finish()


def query(command_line, *words, **options):
    return command_line("daemon", *words, "--connection-file", command_line.connection_file, adaptor=None, **options)


def in_state(command_line, state):
    """Wait until a task that was left is over, by attaching to it."""
    query(command_line, "attach")
    assert json.loads(query(command_line, "status", "--format", "json").text)["state"] == state


@LOSSES
def test_the_loss_of_its_command_cancels_a_task(command_line, name):
    command_line.start()
    task = command_line.begin_task({"on_run": {"wait_for_cancel": "here"}})
    task.wait_for("here")
    task.kill() if name == "SIGKILL" else task.signal(signal.Signals[name])
    task.finish()
    in_state(command_line, "canceled")
    stop = command_line.stop()
    assert stop.exit_code == 0
    assert command_line.calls[-3:] == ["on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.parametrize(("last", "exit_code"), [({}, 0), ({"raise": "ValueError('no')"}, 1)])
def test_a_task_that_is_kept_is_shown_to_its_end_by_attach(command_line, release, last, exit_code):
    command_line.start()
    gate = command_line.gate("gate")
    run_data = {"on_run": {**lines_that_wait(gate), **last}}
    task = command_line.begin(
        *("daemon", "run", "--connection-file", command_line.connection_file),
        *("--on-disconnect", "keep", "--run-data", run_data),
        adaptor=None,
    )
    task.wait_for("half")
    task.kill()
    before = task.finish().text
    attached = command_line.begin("daemon", "attach", "--connection-file", command_line.connection_file, adaptor=None)
    release(gate)
    after = attached.finish()
    assert after.exit_code == exit_code
    seen = numbers(before, after.text)
    assert sorted(set(seen)) == list(range(2 * COUNT))
    assert numbers(after.text) == list(range(numbers(after.text)[0], 2 * COUNT))  # in order, each once
    assert ("ValueError: no" in after.text) == (exit_code == 1)
    again = query(command_line, "attach")
    assert again.exit_code == 3
    assert "no task to attach to" in again.text
    assert command_line.task().exit_code == 0
    command_line.stop()
    assert "on_cancel" not in command_line.calls


def test_attach_shows_the_result_of_a_task_that_is_over_and_the_next_task_does_not(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    leave_task(command_line, {"wait_at": gate, "say": "the end of the first"})
    release(gate)
    attached = query(command_line, "attach", "--task", "no-such")
    assert (attached.exit_code, "no task no-such" in attached.text) == (3, True)
    second = command_line.task({"on_run": {"say": "the second"}})
    while second.exit_code == 3:  # the first one is about to end
        second = command_line.task({"on_run": {"say": "the second"}})
    assert "the end of the first" not in second.text
    shown = [query(command_line, "logs"), query(command_line, "logs"), query(command_line, "attach")]
    assert [finished.exit_code for finished in shown] == [0, 0, 0]
    assert [finished.count("the end of the first") for finished in shown] == [1, 1, 1]
    assert query(command_line, "logs").count("the end of the first") == 0
    assert "the end of the first" not in command_line.stop().text


def test_a_task_that_is_shown_can_not_be_attached_to(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"wait_at": gate}})
    task.wait_for("waiting at")
    attached = query(command_line, "attach")
    assert (attached.exit_code, "another command" in attached.text) == (3, True)
    release(gate)
    assert task.finish().exit_code == 0
    command_line.stop()


def test_a_signal_to_attach_cancels_the_task(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    words = ("--on-disconnect", "keep", "--run-data", {"on_run": {"wait_at": gate, "wait_for_cancel": "here"}})
    task = command_line.begin("daemon", "run", "--connection-file", command_line.connection_file, *words, adaptor=None)
    task.wait_for("waiting at")
    task.kill()
    task.finish()
    attached = command_line.begin("daemon", "attach", "--connection-file", command_line.connection_file, adaptor=None)
    release(gate)
    attached.wait_for("here")
    attached.signal(signal.SIGTERM)
    assert attached.finish().exit_code == 143
    assert command_line.stop().exit_code == 0
    assert "on_cancel" in command_line.calls


def test_a_frozen_reader_loses_nothing_and_delays_nothing(command_line):
    command_line.start()
    count = 200_000
    program = f"print(*(f'line {{number}}' for number in range({count})), sep=chr(10))"
    task = command_line.begin_task({"on_run": {"application": program}})
    task.wait_for("line 0")
    psutil.Process(task.process.pid).suspend()
    daemon = command_line.daemon
    state = None
    while state != "started":  # the task ends although nobody reads
        state = json.loads(query(command_line, "status", "--format", "json").text)["state"]
    assert daemon.memory_info().rss < 120 * 1024 * 1024
    psutil.Process(task.process.pid).resume()
    finished = task.finish()
    assert finished.exit_code == 0
    assert numbers(finished.text) == list(range(count))
    command_line.stop()


def test_a_reader_that_is_resumed_after_the_stop_still_has_its_outcome(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    steps = {"wait_at": gate, "say": "done", "raise": "ValueError('no camera')"}
    task = command_line.begin_task({"on_run": steps})
    task.wait_for("waiting at")
    psutil.Process(task.process.pid).suspend()
    release(gate)
    assert command_line.stop().exit_code == 0
    psutil.Process(task.process.pid).resume()
    finished = task.finish()
    assert finished.exit_code == 1
    assert "done" in finished.lines
    assert finished.failures == ["openjd_fail: on_run failed: ValueError: no camera"]


@pytest.mark.parametrize("named", [True, False], ids=["by its name", "as the last one"])
def test_attach_returns_the_result_of_a_kept_task_when_the_session_is_over(command_line, release, named):
    command_line.start()
    gate = command_line.gate("gate")
    leave_task(command_line, {"wait_at": gate, "raise": "ValueError('bad')"})
    release(gate)
    daemon = command_line.daemon
    while re.search(r"(?m)^state:\s+running", query(command_line, "status").text):
        psutil.wait_procs([daemon], timeout=0.05)
    send_signal(daemon, signal.SIGTERM)
    psutil.wait_procs([daemon], timeout=SECONDS)
    [name] = [name for name in json.loads(command_line.connection_file.read_text())["outcomes"] if "task" in name]
    attached = query(command_line, "attach", *(["--task", name] if named else []))
    assert attached.exit_code == 1
    assert "ValueError: bad" in attached.text
    assert "the output of the task is not shown" in attached.text
    assert command_line.stop().exit_code == 0
