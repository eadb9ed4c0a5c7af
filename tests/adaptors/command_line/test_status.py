"""``daemon status`` and ``daemon list`` tell the truth in every state, and at once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema_rs
import psutil
import pytest
from adaptor_runtime.adaptors.command_line._daemon_status import ANSWER_SECONDS
from adaptor_runtime.ipc._commands.frontend import snapshot
from held_interpreter import HOLD
from patience import SECONDS
from process_signal import send_signal

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "status.schema.json").read_text(encoding="utf-8"))
WORKING = "import sys; print('Fra:12', flush=True); print('ready', flush=True); sys.stdin.read()"


def closed(schema):
    """Return the schema without room for keys that it does not describe."""
    if isinstance(schema, dict):
        schema = {name: closed(value) for name, value in schema.items()}
        if "properties" in schema:
            schema["additionalProperties"] = False
    return schema


VALIDATOR = jsonschema_rs.validator_for(closed(SCHEMA))


def query(command_line, *words):
    return command_line("daemon", *words, "--connection-file", command_line.connection_file, adaptor=None)


def status(command_line, *, condition="answers"):
    """Return the status as soon as it has the condition: a busy machine may keep the daemon from answering at once."""
    until = time.monotonic() + SECONDS
    while True:
        told = query(command_line, "status", "--format", "json")
        now = json.loads(told.lines[0])
        VALIDATOR.validate(now)
        if now["condition"] == condition:
            return now
        assert time.monotonic() < until, told


def limits(now):
    return {limit["name"]: limit["left"] for limit in now["limits"] if limit["left"] is not None}


def facts(now):
    call = now["in_flight"]
    return now["state"], now["stop_owed"], call and call["hook"], set(limits(now))


def test_status_tells_the_truth_in_every_state_of_a_session(command_line, release):
    gates = {hook: command_line.gate(hook) for hook in ("on_start", "on_run", "on_stop", "on_cleanup")}
    waits = {hook: {"wait_at": gate} for hook, gate in gates.items()}
    words = ("--deadline", "start=100", "--deadline", "run=200", "--deadline", "output=150")
    connection = ("--connection-file", command_line.connection_file)
    start = command_line.begin("daemon", "start", *connection, "--init-data", waits, *words)
    start.wait_for("waiting at on_start")
    now = status(command_line)
    assert facts(now) == ("idle", False, "on_start", {"start", "output"})
    assert 99 - now["state_seconds"] < limits(now)["start"] <= 100
    release(gates["on_start"])
    assert start.finish().exit_code == 0

    now = status(command_line)
    assert facts(now) == ("started", True, None, {"idle"})
    assert (now["progress"], now["refused"], now["restarts"]) == (None, 0, 0)

    steps = {"say": "begins", "progress": 40, "status": "half way", **waits["on_run"]}
    task = command_line.begin_task({"on_run": steps})
    task.wait_for("waiting at on_run")
    now = status(command_line)
    assert facts(now) == ("running", True, "on_run", {"run", "output"})
    assert (now["adaptor"], now["progress"], now["status_message"]) == ("Scripted", 40, "half way")
    assert now["output"]["lines"][-2:] == ["begins", "waiting at on_run"]
    assert 0 <= now["output"]["seconds"] <= now["in_flight"]["seconds"] + 1
    assert now["state_seconds"] == pytest.approx(now["in_flight"]["seconds"], abs=0.1)
    daemon = command_line.daemon
    assert now["pid"] == now["processes"][0]["pid"] == daemon.pid
    assert now["processes"][0]["resident_bytes"] == pytest.approx(daemon.memory_info().rss, rel=0.2)
    assert os.path.samefile(now["journal"], os.path.join(now["session_directory"], "journal.jsonl"))

    assert query(command_line, "cancel").exit_code == 0
    assert facts(status(command_line)) == ("canceled", True, "on_run", {"cancel"})
    release(gates["on_run"])
    assert task.finish().exit_code == 143
    assert command_line.task().exit_code == 3
    now = status(command_line)
    assert facts(now) == ("canceled", True, None, {"idle_over"})
    assert (now["refused"], now["progress"]) == (1, None)

    stop = command_line.begin_stop()
    stop.wait_for("waiting at on_stop")
    assert facts(status(command_line)) == ("canceled", True, "on_stop", {"stop"})
    release(gates["on_stop"])
    stop.wait_for("waiting at on_cleanup")
    assert facts(status(command_line)) == ("stopped", False, "on_cleanup", {"stop", "cleanup"})
    release(gates["on_cleanup"])
    assert stop.finish().exit_code == 0
    assert query(command_line, "status").exit_code == 4


def test_status_shows_the_processes_of_an_application_and_what_it_said(command_line):
    command_line.start({"on_start": {"open_application": WORKING}})
    now = status(command_line)
    daemon, *others = now["processes"]
    (application,) = [process for process in others if "Fra:12" in process["command"]]
    assert application["parent"] == daemon["pid"]
    assert "STDOUT: Fra:12" in now["output"]["lines"]
    assert now["usage"]["processes"] == len(now["processes"])
    text = query(command_line, "status").text
    assert "              STDOUT: Fra:12\n" in text
    waits = "sleeping" if os.name == "posix" else "running"  # Windows does not tell
    assert f"{application['pid']:>10}  {waits} " in text
    command_line.stop()


@pytest.mark.posix("there is no fork")
def test_of_many_processes_a_daemon_tells_the_first_command_lines(command_line):
    many = "import os\nfor number in range(70):\n  if not os.fork(): sys.stdin.read(); os._exit(0)\n"
    command_line.start({"on_start": {"open_application": WORKING.replace("print", many + "print", 1)}})
    told = snapshot(str(command_line.connection_file)).commands
    assert len(told) < 70
    (application,) = psutil.Process(command_line.daemon.pid).children()
    assert "Fra:12" in told[str(application.pid)]
    command_line.stop()


def test_status_shows_the_life_of_an_application_and_its_restarts(command_line):
    command_line.adaptor = "kept:Kept"
    assert command_line.start().exit_code == 0
    for _ in range(4):
        assert command_line.task().exit_code == 0
    now = status(command_line)
    launches = [record for record in now["applications"] if record["trigger"] == "launch"]
    assert (len(launches), now["restarts"]) == (2, 1)
    name = launches[0]["application"]
    assert f"application:  {name}, ready, started 2 times" in query(command_line, "status").lines
    command_line.stop()


@pytest.mark.faults("Lifecycle")
def test_status_answers_while_a_hook_holds_the_interpreter(command_line, release):
    limits_given = ("--deadline", "run=200", "--deadline", "output=150")
    command_line("daemon", "start", "--connection-file", command_line.connection_file, *limits_given)
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"progress": 40, "wait_at": gate, "raise": HOLD}})
    task.wait_for("waiting at")
    release(gate)
    now = status(command_line, condition="silent")
    assert set(limits(now)) == {"run", "output"}
    assert limits(now)["run"] == pytest.approx(200 - now["in_flight"]["seconds"], abs=0.1)
    assert 100 < limits(now)["output"] <= 150
    assert re.search(r"^limit: +run: 0:0[23]:\d\d of 0:03:20 left$", query(command_line, "status").text, re.MULTILINE)
    assert (now["state"], now["stop_owed"]) == ("running", True)
    assert (now["in_flight"]["hook"], now["in_flight"]["trigger"]) == ("on_run", "run")
    assert (now["progress"], now["output"]["lines"][-1]) == (40, "waiting at gate")
    assert now["processes"][0]["pid"] == command_line.daemon.pid
    assert now["history"][-1]["trigger"] == "run"
    told = query(command_line, "status").lines[0]
    why = rf"no answer within {ANSWER_SECONDS:g} s; a hook may hold the interpreter \(on_run, \d+ s\)"
    assert re.fullmatch(rf"daemon: +silent: {why}", told)
    command_line.daemon.kill()
    assert task.finish().exit_code == 4
    command_line.stop()


@pytest.mark.faults("Lifecycle")
def test_progress_and_status_of_a_former_task_are_not_those_of_a_task_that_hangs(command_line, release):
    command_line.start()
    assert command_line.task({"on_run": {"progress": 100, "status": "all frames written"}}).exit_code == 0
    gate = command_line.gate("gate")
    task = command_line.begin_task({"on_run": {"wait_at": str(gate), "raise": HOLD}})
    task.wait_for("waiting at")
    release(gate)
    now = status(command_line, condition="silent")
    assert (now["in_flight"]["hook"], now["progress"], now["status_message"]) == ("on_run", None, None)
    command_line.daemon.kill()
    assert task.finish().exit_code == 4
    command_line.stop()


@pytest.mark.faults("Lifecycle")
@pytest.mark.posix("only there is a signal that suspends")
def test_status_tells_how_to_continue_a_daemon_that_is_suspended(command_line):
    command_line.start()
    daemon = command_line.daemon
    daemon.suspend()
    now = status(command_line, condition="silent")
    assert now["message"].endswith(f"; its process is suspended (SIGSTOP): 'kill -CONT {daemon.pid}' continues it")
    daemon.resume()
    command_line.stop()


@pytest.mark.faults("Lifecycle")
@pytest.mark.parametrize("hook", ["on_start", "on_stop", "on_cleanup"])
def test_every_hook_that_holds_the_interpreter_is_seen(command_line, release, hook):
    gate = command_line.gate("gate")
    holds = {hook: {"wait_at": gate, "raise": HOLD}}
    begun = command_line.begin_start(holds)
    if hook != "on_start":
        assert begun.finish().exit_code == 0
        begun = command_line.begin_stop()
    begun.wait_for("waiting at")
    release(gate)
    now = status(command_line, condition="silent")
    assert now["in_flight"]["hook"] == hook
    assert now["stop_owed"] is (hook == "on_stop")
    command_line.daemon.kill()
    begun.finish()
    command_line.stop()


@pytest.mark.unmeasured
@pytest.mark.posix("without /proc, a list of all processes takes longer")
def test_what_status_tells_is_known_within_50_milliseconds(command_line, release):
    program = (
        "import sys, time\n"
        "from adaptor_runtime.adaptors.command_line._daemon_status import status_of\n"
        "status_of(sys.argv[1])\n"  # the first one imports
        "took = []\n"
        "for _ in range(20):\n"
        "    began = time.perf_counter(); now = status_of(sys.argv[1]); took.append(time.perf_counter() - began)\n"
        "print(now.condition, min(took))\n"
    )
    (command_line.directory / "measure.py").write_text(program)

    def measured():
        command = [sys.executable, "measure.py", str(command_line.connection_file)]
        options = {"cwd": command_line.directory, "env": command_line.environment, "stdout": subprocess.PIPE}
        condition, seconds = subprocess.run(command, check=True, **options).stdout.decode().split()
        assert float(seconds) < 0.05
        return condition

    busy = "exec('import time\\nuntil = time.monotonic() + 20\\nwhile time.monotonic() < until: pass')"
    for step, expected in ((busy, {"answers", "silent"}), (HOLD, {"silent"})):
        command_line.start()
        gate = command_line.gate(f"gate of {len(expected)}")
        task = command_line.begin_task({"on_run": {"wait_at": gate, "raise": step}})
        task.wait_for("waiting at")
        release(gate)
        if expected == {"silent"}:
            status(command_line, condition="silent")
        assert measured() in expected
        command_line.daemon.kill()
        task.finish()
        command_line.stop()


def test_of_a_dead_daemon_status_tells_when_why_and_where_its_journal_is(command_line):
    journal = command_line.directory / "kept.jsonl"
    connection = ("--connection-file", command_line.connection_file)
    assert command_line("daemon", "start", *connection, "--journal", journal).exit_code == 0
    task = command_line.begin_task({"on_run": {"progress": 70, "hang": "the last words"}})
    task.wait_for("the last words")
    began = time.time()
    command_line.daemon.kill()
    assert task.finish().exit_code == 4
    told = query(command_line, "status", "--format", "json")
    now = json.loads(told.lines[0])
    VALIDATOR.validate(now)
    assert (told.exit_code, now["condition"], now["state"], now["processes"]) == (4, "dead", "running", [])
    assert now["message"].endswith("was in flight")
    assert "it was killed or crashed after " in now["message"]
    assert now["last_sign_of_life"] == pytest.approx(began, abs=10)
    assert now["journal"] == str(journal)
    assert (now["progress"], now["output"]["lines"][-1]) == (70, "the last words")
    written = os.stat(os.path.join(now["session_directory"], "spool")).st_mtime
    assert now["output"]["seconds"] == pytest.approx(now["at"] - written, abs=0.01)
    assert now["in_flight"]["seconds"] == pytest.approx(now["last_sign_of_life"] - now["in_flight"]["at"], abs=0.01)
    text = query(command_line, "status")
    assert re.search(r"^state: +running, since [\d:]+ \(0:00:\d\d until it was last heard\)$", text.text, re.MULTILINE)
    assert re.search(r"^in flight: +on_run for task-\w+, for [\d:]+ until it was last heard$", text.text, re.MULTILINE)
    assert text.lines[-1].startswith("error: the daemon is gone: it was killed or crashed after ")
    listed = command_line.listed()
    assert " dead " in listed.lines[0]
    assert listed.lines[0].endswith(f"{command_line.connection_file}  journal {journal}")
    command_line.stop()


def test_of_a_session_that_is_over_status_tells_how_it_ended(command_line):
    assert command_line.start({"on_start": {"raise": "ValueError('no license')"}}).exit_code == 1
    told = query(command_line, "status", "--format", "json")
    now = json.loads(told.lines[0])
    VALIDATOR.validate(now)
    assert (told.exit_code, now["condition"]) == (4, "over")
    assert (now["state"], now["stop_owed"]) == ("cleaned", False)
    assert "no license" in now["message"]
    command_line.stop()


def test_status_tells_the_first_cause_of_a_cancel_or_a_failure(command_line):
    command_line.start()
    assert status(command_line)["cause"] is None
    assert query(command_line, "cancel").exit_code == 0
    assert command_line.task().exit_code == 3
    cause = status(command_line)["cause"]
    assert "daemon cancel" in cause
    assert f"cause:        {cause}" in query(command_line, "status").lines
    command_line.stop()


def test_of_a_session_that_a_signal_ended_status_tells_the_last_state(command_line):
    command_line.start()
    daemon = command_line.daemon
    send_signal(daemon, signal.SIGTERM)
    psutil.wait_procs([daemon], timeout=SECONDS)
    now = status(command_line, condition="over")
    assert now["state"] == "cleaned"
    assert "state:        cleaned" in query(command_line, "status").lines
    command_line.stop()


def test_watch_shows_the_status_until_the_session_ends(command_line):
    command_line.start()
    words = ("daemon", "status", "--connection-file", command_line.connection_file, "--watch")
    text = command_line.begin(*words, adaptor=None)
    records = command_line.begin(*words, "--format", "json", adaptor=None)
    for watching in (text, records):
        watching.wait_for("started")
        watching.wait_for("started")
    command_line.stop()
    told = text.finish()
    assert (told.exit_code, told.lines[-1]) == (0, "the session has ended")
    told = records.finish()
    assert told.exit_code == 0
    assert {json.loads(line)["state"] for line in told.lines if line.startswith("{")} >= {"started"}


@pytest.mark.faults("Lifecycle")
def test_watch_of_a_daemon_that_is_gone_fails_as_a_single_look_does(command_line):
    command_line.start()
    watching = command_line.begin(
        "daemon", "status", "--connection-file", command_line.connection_file, "--watch", adaptor=None
    )
    watching.wait_for("started")
    command_line.daemon.kill()
    for told in (watching.finish(), query(command_line, "status", "--watch"), query(command_line, "status")):
        assert told.exit_code == 4
        assert told.lines[-1].startswith("error: the daemon is gone: it was killed or crashed after ")
    command_line.stop()


def test_list_as_json_has_the_same_keys_without_the_history(command_line):
    assert json.loads(command_line.listed("--format", "json").text) == []
    command_line.start()
    (now,) = json.loads(command_line.listed("--format", "json").text)
    VALIDATOR.validate(now)
    assert (now["state"], now["pid"]) == ("started", command_line.daemon.pid)
    assert "history" not in now
    command_line.stop()


@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="only root can be another user")
def test_list_shows_the_daemons_of_other_users_without_their_files(command_line):
    program = "import os, sys; os.setuid(65534); print('there', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, "daemon", "_serve"]
    with psutil.Popen(command, stdin=-1, stdout=-1, env=command_line.environment) as other:
        other.stdout.readline()
        listed = command_line("daemon", "list", adaptor=None)
        (row,) = [line for line in listed.lines if line.split()[0] == str(other.pid)]
        assert row.split()[1] == "unknown"
        assert " of nobody (more with sudo -u nobody) " in row
        told = json.loads(command_line("daemon", "list", "--format", "json", adaptor=None).text)
        assert [(each["condition"], each["user"]) for each in told if each["pid"] == other.pid] == [
            ("unknown", "nobody")
        ]
        other.stdin.close()


LATE = 2**40 if os.name == "posix" else 2**38  # Windows counts to the year 30828
ABSURD = {"infinite": "1e999", "huge": "1" + "0" * 400, "of no calendar": "9e17", "before all calendars": "-9e17"}


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("kind", ABSURD)
def test_a_moment_in_a_damaged_journal_that_no_clock_shows_ends_no_query(command_line, kind):
    journal = command_line.directory / "damaged.jsonl"
    connection = ("--connection-file", command_line.connection_file)
    assert command_line("daemon", "start", *connection, "--journal", journal).exit_code == 0
    task = command_line.begin_task({"on_run": {"hang": "the last words"}})
    task.wait_for("the last words")
    command_line.daemon.kill()
    task.finish()
    journal.write_text(re.sub(r'"at": [\d.]+', f'"at": {ABSURD[kind]}', journal.read_text()))
    spool = os.path.join(json.loads(command_line.connection_file.read_text())["session_directory"], "spool")
    os.utime(spool, (LATE, LATE))
    for words in (["status"], ["status", "--format", "json"]):
        told = query(command_line, *words)
        assert told.exit_code == 4
        assert told.lines[-1].startswith("error: the daemon is gone: it was killed or crashed")
        assert "Traceback" not in told.text
    listed = command_line.listed()
    assert (listed.exit_code, len(listed.lines)) == (0, 1)
    assert " dead " in listed.text
    command_line.stop()
