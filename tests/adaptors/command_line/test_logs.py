"""``daemon logs`` shows output and touches nothing, and lines can carry their time."""

from __future__ import annotations

import json
import re
import signal
import time

import pytest
from held_interpreter import HOLD
from patience import SECONDS

STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")


def query(command_line, *words):
    return command_line("daemon", *words, "--connection-file", command_line.connection_file, adaptor=None)


def begin(command_line, *words):
    return command_line.begin("daemon", *words, "--connection-file", command_line.connection_file, adaptor=None)


def said(finished):
    return [STAMP.sub("", line) for line in finished.lines if not STAMP.sub("", line).startswith("INFO: ")]


def task_id(finished_or_line):
    return re.search(r"task_id=(task-\w+)", str(finished_or_line)).group(1)


END_OF_A_FOLLOWER = [
    pytest.param("interrupt", 130, marks=pytest.mark.posix("an interrupt of one process alone")),
    ("kill", None),
]


@pytest.mark.parametrize(("end", "exit_code"), END_OF_A_FOLLOWER)
def test_follow_shows_what_a_task_prints_and_its_end_leaves_the_task_alone(command_line, release, end, exit_code):
    command_line.start()
    gates = [command_line.gate(name) for name in ("first", "second")]
    steps = {"wait_at 1": gates[0], "say 1": "one", "wait_at 2": gates[1], "say 2": "two"}
    task = command_line.begin_task({"on_run": steps})
    task.wait_for("waiting at first")
    followers = [begin(command_line, "logs", "--follow", "--since", "1h") for _ in range(2)]
    for follower in followers:
        follower.wait_for("waiting at first")
    release(gates[0])
    for follower in followers:
        follower.wait_for("one")
    followers[0].signal(signal.SIGINT) if end == "interrupt" else followers[0].kill()
    assert followers[0].finish().exit_code == exit_code or end == "kill"
    release(gates[1])
    finished = task.finish()
    assert (finished.exit_code, said(finished)) == (0, ["waiting at first", "one", "waiting at second", "two"])
    followers[1].wait_for("two")
    assert command_line.stop().exit_code == 0
    assert followers[1].finish().exit_code == 0
    assert "on_cancel" not in command_line.calls


def test_follow_ends_with_the_task_that_it_shows(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"say": "of the task", "wait_at": gate}})
    name = task_id(task.wait_for("trigger=run"))
    follower = begin(command_line, "logs", "--follow", "--task", name)
    follower.wait_for("waiting at gate")
    release(gate)
    assert task.finish().exit_code == 0
    finished = follower.finish()
    assert (finished.exit_code, said(finished)) == (0, ["of the task", "waiting at gate"])
    assert "trigger=finish" in finished.lines[-1]
    command_line.stop()


def test_the_output_of_a_task_can_be_read_again_after_it_was_shown(command_line):
    command_line.start()
    first = command_line.task({"on_run": {"say": "the first"}})
    command_line.task({"on_run": {"say": "the second"}})
    again = query(command_line, "logs", "--task", task_id(first))
    assert (again.exit_code, said(again)) == (0, ["the first"])
    assert said(query(command_line, "logs")) == []
    assert said(query(command_line, "logs", "--since", "1h")) == ["the first", "the second"]
    assert said(query(command_line, "logs", "--since", "0")) == []
    unknown = query(command_line, "logs", "--task", "task-none")
    assert (unknown.exit_code, unknown.lines) == (
        3,
        ["error: the daemon refused: there is no output of a task task-none"],
    )
    command_line.stop()


@pytest.mark.faults("The view")
def test_of_a_daemon_that_was_killed_the_end_of_the_output_is_shown(command_line):
    command_line.start()
    program = "print('at work', flush=True); import time; time.sleep(100)"
    task = command_line.begin_task({"on_run": {"application": program}})
    task.wait_for("STDOUT: at work")
    command_line.daemon.kill()
    assert task.finish().exit_code == 4
    shown = query(command_line, "logs", "--time")
    assert shown.exit_code == 4
    at = shown.lines.index("adaptor-runtime: the daemon is gone; this is the end of its output:")
    assert "STDOUT: at work" in shown.lines[at:]
    assert shown.lines[-1].startswith("error: ")
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("The view")
def test_of_a_daemon_that_was_killed_the_output_of_one_task_is_shown(command_line):
    command_line.start()
    assert command_line.task({"on_run": {"say": "of the first task"}}).exit_code == 0
    task = command_line.begin_task({"on_run": {"hang": "of the second task"}})
    task.wait_for("of the second task")
    command_line.daemon.kill()
    told = task.finish()
    assert told.exit_code == 4
    name = re.search(r"trigger=run .*task_id=(task-\w+)", told.text)[1]
    shown = query(command_line, "logs", "--task", name)
    assert shown.exit_code == 4
    assert f"adaptor-runtime: the daemon is gone; this is the end of the output of task {name}:" in shown.lines
    assert "of the second task" in shown.text
    assert "of the first task" not in shown.text
    shown = query(command_line, "logs", "--task", "task-none")
    assert shown.lines[0] == "adaptor-runtime: the daemon is gone; nothing is left of the output of task task-none"
    assert len(shown.lines) == 2
    command_line.stop()


def test_each_line_has_the_time_at_which_it_was_said(command_line):
    command_line.start()
    began = time.time()
    command_line.task({"on_run": {"say 1": "early", "application": "import time; time.sleep(2.5)", "say 2": "late"}})
    shown = query(command_line, "logs", "--since", "1h", "--time")
    assert all(STAMP.match(line) for line in shown.lines)
    times = {
        line[20:]: time.mktime(time.strptime(line[:19], "%Y-%m-%d %H:%M:%S"))
        for line in shown.lines
        if "INFO" not in line
    }
    assert times["early"] >= int(began) - 1  # a time is known to a second
    assert times["late"] - times["early"] >= 1
    command_line.stop()


@pytest.mark.faults("Bad input")
def test_a_moment_that_is_none_is_rejected(command_line):
    command_line.start()
    for text in ("yesterday", "25:00", "-1", "9" * 400):
        rejected = query(command_line, "logs", f"--since={text}")
        assert (rejected.exit_code, len(rejected.lines)) == (2, 1)
    command_line.stop()


def test_attach_says_what_a_signal_does_before_it_does_it(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    words = ("--on-disconnect", "keep", "--run-data", {"on_run": {"wait_at": gate}})
    task = begin(command_line, "run", *words)
    task.wait_for("waiting at")
    task.kill()
    task.finish()
    attached = begin(command_line, "attach")
    assert attached.wait_for("").startswith("adaptor-runtime: a signal such as Ctrl-C cancels the task")
    release(gate)
    assert attached.finish().exit_code == 0
    command_line.stop()


@pytest.mark.faults("The view")
def test_what_was_given_back_to_the_disk_is_said_once_on_standard_error(command_line):
    command_line.start()
    program = "import sys; [sys.stdout.write('x' * 99 + chr(10)) for _ in range(100_000)]; print('the last')"
    first = command_line.task({"on_run": {"application": program}})
    command_line.task({"on_run": {"say": "the second"}})
    for words in (("--since", "1h"), ("--task", task_id(first)), ("--since", "1h", "--time")):
        shown = query(command_line, "logs", *words)
        gaps = [line for line in shown.lines if line.startswith("adaptor-runtime: ")]
        assert shown.exit_code == 0
        assert len(gaps) == 1
        assert re.search(r"\d MB of output is missing here: it was shown, and given back to the disk$", gaps[0])
    assert not [line for line in query(command_line, "logs").lines if line.startswith("adaptor-runtime: ")]
    command_line.stop()


@pytest.mark.faults("The view")
@pytest.mark.posix("only there does a signal end a command at once")
@pytest.mark.parametrize("command", [("logs",), ("logs", "--follow"), ("cancel",)])
def test_while_a_hook_holds_the_interpreter_a_command_says_so_and_a_signal_ends_it(command_line, release, command):
    command_line.start()
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"wait_at": gate, "raise": HOLD}})
    task.wait_for("waiting at")
    release(gate)
    until = time.monotonic() + SECONDS
    while json.loads(query(command_line, "status", "--format", "json").lines[0])["condition"] != "silent":
        assert time.monotonic() < until
    waiting = begin(command_line, *command)
    said = waiting.wait_for("does not answer")
    assert re.search(
        r"on_run for task-\w+, in flight since [\d:]+ \(0:00:\d\d\), may hold the interpreter; still waiting", said
    )
    waiting.signal(signal.SIGINT)
    assert waiting.finish().exit_code == 130
    command_line.daemon.kill()
    assert task.finish().exit_code == 4
    command_line.stop()


def test_follow_ends_when_its_reader_has_left(command_line, release):
    command_line.start()
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"say": "before", "wait_at": gate, "lines": 10}})
    task.wait_for("waiting at gate")
    follower = begin(command_line, "logs", "--follow", "--since", "1h")
    follower.wait_for("waiting at gate")
    follower.process.stdout.close()
    release(gate)
    assert follower.process.wait(timeout=SECONDS) == 0
    assert task.finish().exit_code == 0
    command_line.stop()
