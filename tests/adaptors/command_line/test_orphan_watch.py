"""A daemon that nobody needs any more ends itself, with stop and cleanup."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys

import psutil
import pytest
from patience import SECONDS

pytestmark = pytest.mark.faults("Lifecycle")

HOOKS_IN_ORDER = ["constructor", "on_start", "on_stop", "on_cleanup"]


def told_by_stop(command_line, reason):
    stopped = command_line.stop()
    assert stopped.exit_code == 0
    assert "the session is already over" in stopped.text
    assert reason in stopped.text


def test_the_end_of_its_owner_ends_a_daemon(command_line):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        start = command_line.begin(
            "daemon", "start", "--connection-file", command_line.connection_file, "--owner-pid", owner.pid
        )
        assert start.finish().exit_code == 0
        daemon = command_line.daemon
        assert daemon.is_running()
        owner.kill()
        daemon.wait(SECONDS)
    assert command_line.calls == HOOKS_IN_ORDER
    told_by_stop(command_line, f"its owner, process {owner.pid}, has exited")


@pytest.mark.parametrize("step", ["on_start", "on_run"])
def test_the_end_of_its_owner_cancels_run(command_line, step):
    data = [{}, {}]
    data[step == "on_run"] = {step: {"wait_for_cancel": "working"}}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        init_data, run_data = (("--init-data", data[0]), ("--run-data", data[1]))
        run = command_line.begin("run", *init_data, *run_data, "--owner-pid", owner.pid)
        run.wait_for("working")
        owner.kill()
        finished = run.finish()
    assert finished.exit_code == 143
    task = ["on_run"] if step == "on_run" else []
    assert command_line.calls == ["constructor", "on_start", *task, "on_cancel", "on_stop", "on_cleanup"]
    assert finished.count(f"cause='the end of its owner, process {owner.pid}'") >= 1


def test_run_ends_as_usual_while_its_owner_is_there(command_line):
    assert command_line("run", "--owner-pid", os.getpid()).exit_code == 0


@pytest.mark.parametrize("command", ["daemon start", "run"])
@pytest.mark.parametrize("pid", ["2147483647", "0", "-5", "x"])
def test_an_owner_that_does_not_exist_is_bad_input(command_line, pid, command):
    start = command_line(*command.split(), f"--owner-pid={pid}")
    assert start.exit_code == 2
    assert "--owner-pid" in start.failures[0]


LOOKS_OFTEN = """
from functools import partial
from adaptor_runtime.adaptors._hosting import daemon_process
from scripted import Scripted

daemon_process.OrphanWatch = partial(daemon_process.OrphanWatch, look_seconds=0.2)
"""


@pytest.mark.parametrize("what", ["connection file", "idle"])
def test_a_daemon_looks_for_a_reason_to_end_now_and_then(command_line, what):
    (command_line.directory / "looks_often.py").write_text(LOOKS_OFTEN)
    journal = command_line.directory / "journal.jsonl"
    start = command_line.begin(
        *("daemon", "start", "--connection-file", command_line.connection_file, "--journal", journal),
        *(("--deadline", "idle=0.001") if what == "idle" else ()),
        adaptor="looks_often:Scripted",
    )
    assert start.finish().exit_code == 0
    content = json.loads(command_line.connection_file.read_text())
    if what == "connection file":
        command_line.connection_file.unlink()
    with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended by now
        psutil.Process(content["pid"]).wait(SECONDS)
    assert command_line.calls == HOOKS_IN_ORDER
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    reason = {"idle": "no frontend connected"}.get(what, what)
    assert any(reason in str(record["cause"]) for record in records if record.get("trigger") == "cancel")
    if what == "idle":
        told_by_stop(command_line, reason)


def test_a_deadline_of_the_command_line_counts_before_that_of_a_file(command_line, release):
    configuration = command_line.directory / "configuration.json"
    configuration.write_text('{"deadlines": {"run": 1000}}')
    gate = command_line.gate("for ever")
    words = ("--run-data", {"on_run": {"wait_at": gate}}, "--deadline", "run=0.2", "--deadline", "cancel=0.5")
    run = command_line("run", *words, RUNTIME_CONFIG_PATH=str(configuration))
    assert run.exit_code == 5
    assert "on_run did not end within its deadline" in run.failures[0]
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]


@pytest.mark.parametrize("text", ["run", "run=", "run=0", "run=nan", "run=x", "stop=none", "unknown=1", "=1"])
def test_a_deadline_that_cannot_be_read_is_bad_input(command_line, text):
    for words in (["run"], ["daemon", "start", "--connection-file", command_line.connection_file]):
        finished = command_line(*words, "--deadline", text)
        assert finished.exit_code == 2
        assert "--deadline" in finished.failures[0]
    assert command_line.calls == []


def test_a_deadline_may_be_no_limit(command_line):
    assert command_line("run", "--deadline", "start=none", "--deadline=run=none").exit_code == 0


def test_a_deadline_may_be_later_than_any_clock(command_line):
    assert command_line("run", "--deadline", "start=1e300", "--deadline=stop=1e300").exit_code == 0
    command_line("daemon", "start", "--connection-file", command_line.connection_file, "--deadline=stop=1e300")
    assert command_line.stop().exit_code == 0
