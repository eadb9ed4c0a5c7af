"""Children of an adaptor that run no program of their own: they are no second runtime, and leave nothing hanging."""

from __future__ import annotations

import json
import time

import psutil
import pytest

pytestmark = pytest.mark.faults("A forked child is taken for the runtime")

FORKS = pytest.mark.posix("fork")
WAYS = pytest.mark.parametrize("way", ["run", "daemon"])
QUICK = 50
"""Seconds that a command takes at most which waits for nobody; those that wait for a helper take longer."""


@pytest.fixture(autouse=True)
def _adaptor(command_line):
    command_line.adaptor = "workers:Workers"


class Session:
    """One session, by ``run`` or by the commands of a daemon; what all of it has said."""

    def __init__(self, command_line, way, init_data=None, run_data=None, **options):
        if way == "run":
            finished = [command_line.run(init_data, run_data, **options)]
        else:
            finished = [command_line.start(init_data, **options), command_line.task(run_data), command_line.stop()]
        self.codes = [each.exit_code for each in finished]
        self.text = "".join(each.text for each in finished)
        self.lines = self.text.split("\n")
        self.all = finished


def said_by_worker(number, lines):
    """What a worker says stays in its order, stream by stream."""
    wanted = [
        f"STDOUT: printed {number}",
        f"STDOUT: written {number}",
        f"STDOUT: WARNING: logged {number}",
        f"STDOUT: WARNING: logged with structlog number={number}",
        f"openjd_progress: {number}",
        f"openjd_status: status {number}",
    ]
    assert [line for line in lines if line in wanted] == wanted, lines
    assert f"STDERR: printed as an error {number}" in lines
    return True


@FORKS
@WAYS
@pytest.mark.parametrize("hook", ["constructor", "on_start", "on_run", "on_stop"])
def test_output_of_a_worker_is_output_of_the_adaptor_and_its_messages_are_sent(command_line, way, hook):
    data = {hook: {"process": 7}}
    session = Session(command_line, way, {} if hook == "on_run" else data, data)
    assert not any(session.codes)
    assert said_by_worker(7, session.lines)
    assert "worker ended with 0" in session.lines


@FORKS
@WAYS
def test_a_grandchild_is_not_the_runtime_either(command_line, way):
    session = Session(command_line, way, run_data={"on_run": {"speak_in_fork_of_fork": 8}})
    assert not any(session.codes)
    assert said_by_worker(8, session.lines)


@FORKS
@WAYS
def test_a_worker_can_be_terminated(command_line, way):
    session = Session(command_line, way, run_data={"on_run": {"terminate": "terminated by signal"}})
    assert session.codes == [0] * len(session.codes)
    assert session.lines.count("terminated by signal -15") == 2
    assert "canceled" not in session.text


@FORKS
@WAYS
@pytest.mark.parametrize(("end", "code"), [("return", 0), ("raise", 1), ("exit", 7)])
@pytest.mark.parametrize("hook", ["on_start", "on_run"])
def test_a_child_that_leaves_a_hook_ends_there(command_line, way, end, code, hook):
    data = {hook: {"fork": end}}
    session = Session(command_line, way, {} if hook == "on_run" else data, data)
    assert not any(session.codes)
    assert session.lines.count(f"child ended with {code}") == 1
    assert session.lines.count("STDERR: ValueError: a child") == (end == "raise")
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


@FORKS
def test_a_child_that_leaves_a_hook_writes_nothing_into_the_journal(command_line, tmp_path):
    journal = tmp_path / "journal.jsonl"
    data = {"on_run": {"fork": "return", "application": "print('application')"}}
    finished = command_line.begin(
        "run", "--init-data", {}, "--run-data", data, "--journal", journal, adaptor="workers:Workers"
    ).finish()
    assert finished.exit_code == 0
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    sequences = [entry["sequence"] for entry in entries if "sequence" in entry]
    assert sequences == sorted(set(sequences))


@WAYS
@pytest.mark.parametrize(
    "method", [pytest.param("fork", marks=FORKS), pytest.param("forkserver", marks=FORKS), "spawn"]
)
@pytest.mark.parametrize("kind", ["Pool", "Executor"])
@pytest.mark.parametrize("end", ["with", "close", "open"])
def test_a_pool_works_as_in_a_script(command_line, way, kind, method, end):
    began = time.monotonic()
    session = Session(command_line, way, run_data={"on_run": {"pool": [kind, method, end]}})
    assert not any(session.codes), session.text
    assert session.lines.count("doubled: [2, 4, 6]") == 1
    assert "left behind" not in session.text
    assert time.monotonic() - began < QUICK


@FORKS
@WAYS
@pytest.mark.parametrize("hook", ["constructor", "on_start"])
def test_a_pool_that_is_kept_open_serves_each_task(command_line, way, hook):
    data = {hook: {"pool": ["Executor", "fork", "open"]}}
    session = Session(command_line, way, data, {"on_run": {"use_pool": ""}})
    assert not any(session.codes)
    assert session.lines.count("doubled: [2, 4, 6]") == 2


@FORKS
@WAYS
def test_helpers_that_an_import_starts_work_and_delay_nothing(command_line, way):
    began = time.monotonic()
    adaptor = "pool_at_import:PoolAtImport"
    session = Session(command_line, way, run_data={"on_run": {"speak": 9}}, adaptor=adaptor)
    assert not any(session.codes)
    assert time.monotonic() - began < QUICK
    assert any("printed 9" in line for line in session.lines)


@FORKS
def test_an_import_that_fails_after_it_has_started_a_helper_fails_the_start_at_once(command_line, tmp_path):
    (tmp_path / "half.py").write_text("import pool_at_import\nraise RuntimeError('no scene')\n")
    finished = command_line.start(
        adaptor="half:Half", PYTHONPATH=f"{command_line.environment['PYTHONPATH']}:{tmp_path}"
    )
    assert finished.exit_code == 2
    assert "no scene" in finished.failures[0]


@FORKS
def test_a_daemon_that_dies_after_its_import_has_started_a_helper_fails_the_start_at_once(command_line, tmp_path):
    # The frontend does not import it: the module of an author's own program is imported before a command is read.
    (tmp_path / "program.py").write_text(
        "import os, sys\n"
        "from adaptor_runtime import EntryPoint\n"
        "from scripted import Scripted\n"
        "if '_serve' in sys.argv:\n"
        "    import pool_at_import\n"
        "    os.write(2, b'the last words\\n')\n"
        "    os.kill(os.getpid(), 9)\n"
        "EntryPoint(Scripted).start()\n"
    )
    path = f"{command_line.environment['PYTHONPATH']}:{tmp_path}"
    began = time.monotonic()
    start = command_line.begin_start(module="program", PYTHONPATH=path)
    finished = start.finish()
    assert finished.exit_code == 1
    assert "SIGKILL before it was ready: the last words" in finished.failures[0]
    assert time.monotonic() - began < QUICK
    assert command_line.stop().exit_code == 0
    command_line.kill(command_line.processes())  # of a killed process nobody ends the helpers


@FORKS
@WAYS
@pytest.mark.parametrize("step", ["leave_deaf_worker", "leave_fork"])
def test_workers_that_are_left_behind_are_ended_with_the_session(command_line, way, step):
    session = Session(command_line, way, {"on_start": {step: ""}})
    assert not any(session.codes)
    assert [line for line in session.lines if "left behind" in line] or way == "daemon"
    assert command_line.left() == []


@FORKS
def test_a_worker_does_not_hide_the_death_of_its_daemon(command_line):
    command_line.start({"on_start": {"pool": ["Executor", "fork", "open"]}})
    daemon = command_line.daemon
    data = {"on_run": {"pool": ["Executor", "fork", "open"], "say": "rendering", "wait_for_cancel": ""}}
    task = command_line.begin_task(data)
    task.wait_for("rendering")
    children = daemon.children(recursive=True)
    began = time.monotonic()
    daemon.kill()
    assert task.finish().exit_code == 4
    assert time.monotonic() - began < QUICK
    assert command_line.stop().exit_code == 0
    command_line.kill(children)  # of a killed daemon nobody ends the workers


@FORKS
def test_a_worker_does_not_keep_an_application_from_the_end_of_its_input(command_line):
    program = "import sys; print('ready'); sys.stdin.read(); print('closed')"
    data = {"on_start": {"open_application": program, "pool": ["Executor", "fork", "open"]}, "on_stop": {"close": ""}}
    (command_line.directory / "closing.py").write_text(
        "from workers import Workers\n"
        "class Closing(Workers):\n"
        "    def step_close(self, _):\n"
        "        print('exit code', self.application.wait(30))\n"
    )
    finished = command_line.run(data, {}, adaptor="closing:Closing")
    assert finished.exit_code == 0
    assert "exit code 0" in finished.lines


@FORKS
def test_a_value_that_is_to_be_redacted_is_not_shown_by_a_worker(command_line):
    finished = command_line.run({"on_start": {"secret": "hush-hush"}})
    assert finished.exit_code == 0
    assert "hush-hush" not in finished.text
    assert "the environment variable TOKEN cannot be changed by a child process" in finished.text


@FORKS
def test_who_reads_to_the_end_of_the_output_does_not_wait_for_a_worker(command_line):
    """The harness reads to the end of the pipe, which a worker in a session of its own has inherited."""
    (command_line.directory / "detached.py").write_text(
        "import os, time\n"
        "from workers import Workers\n"
        "class Detached(Workers):\n"
        "    def step_detach(self, _):\n"
        "        if os.fork() == 0:\n"
        "            os.setsid()\n"
        "            time.sleep(600)\n"
        "            os._exit(0)\n"
    )
    finished = command_line.run({"on_start": {"detach": ""}}, adaptor="detached:Detached")
    assert finished.exit_code == 0
    left = command_line.processes()
    command_line.kill(left)
    psutil.wait_procs(left)
