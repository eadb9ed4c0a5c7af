"""What applications and adaptors say that is no plain line, as a scheduler gets it."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.faults("Processes and output")

TALKING = {"adaptor": "talking:Talking"}
DOTS = "import os, time\nfor number in range(8): os.write({}, b'.'); time.sleep(0.55)"
NO_EVENTS = pytest.mark.not_wine("GenerateConsoleCtrlEvent fails there: no application can be asked to end")
LAST_LINES = """
import os, signal, time
def end(number, frame):
    os.write(1, b"saved 1\\nsaved 2")
    os._exit(0)
signal.signal(getattr(signal, "SIGBREAK", signal.SIGTERM), end)
print("ready", flush=True)
while True:
    time.sleep(0.1)
"""


@pytest.fixture(params=["run", "daemon"])
def perform(request, command_line):
    """Run one task in one process or in a daemon; give the command that ran it."""

    def perform(init_data, run_data, *words, **options):
        if request.param == "run":
            return command_line(
                "run", "--init-data", init_data, "--run-data", run_data, *words, **{**TALKING, **options}
            )
        connection = ("--connection-file", command_line.connection_file)
        start = command_line("daemon", "start", *connection, "--init-data", init_data, *words, **{**TALKING, **options})
        assert start.exit_code == 0
        task = command_line.task(run_data)
        assert command_line.stop().exit_code == 0
        return task

    return perform


def test_an_application_that_asks_gets_its_answer(perform):
    program = "import sys; print('Login'); sys.stdout.write('Password: '); sys.stdout.flush(); print(input())"
    task = perform({}, {"on_run": {"answer": program}}, "--deadline", "run=60")
    assert task.exit_code == 0
    assert [line for line in task.lines if line.startswith("STDOUT: ")] == [
        "STDOUT: Login",
        "STDOUT: Password: ",
        "STDOUT: sesame",
    ]


@pytest.mark.parametrize("descriptor", [1, 2])
@pytest.mark.parametrize("step", ["application", "child_program"])
def test_dots_are_output(perform, descriptor, step):
    task = perform({}, {"on_run": {step: DOTS.format(descriptor)}}, "--deadline", "output=4")
    assert task.exit_code == 0
    assert "".join(line[8:] for line in task.lines if line.startswith("STD")) == "." * 8


def test_output_that_is_hidden_is_output(perform, command_line):
    configuration = command_line.directory / "configuration.json"
    configuration.write_text('{"log_level": "CRITICAL"}')
    task = perform(
        {},
        {"on_run": {"application": DOTS.format(1)}},
        "--deadline",
        "output=4",
        RUNTIME_CONFIG_PATH=str(configuration),
    )
    assert task.exit_code == 0
    assert "..." not in task.text


def test_a_coloured_error_fails_the_task(perform):
    program = "print('\\x1b[1;31mError:\\x1b[0m no disk'); print('nul \\0 \\x1b[2K')"
    task = perform({}, {"on_run": {"watch_errors": program}})
    assert task.failures == ["openjd_fail: on_run failed: RuntimeError: no disk"]
    assert {"STDOUT: Error: no disk", "STDOUT: nul \\x00 "} <= set(task.lines)


def test_a_progress_bar_is_a_few_lines(perform):
    program = "for number in range(20_001): print(f'\\rframe={number}', end='')"
    task = perform({}, {"on_run": {"watch_errors": program}})
    lines = [line for line in task.lines if line.startswith("STDOUT: frame=")]
    assert lines[-1] == "STDOUT: frame=20000"
    assert len(lines) < 100


@pytest.mark.parametrize("step", ["say_without_end", "write"])
def test_a_progress_bar_of_the_adaptor_is_a_few_lines(perform, command_line, step):
    steps = {f"{step} {number}": f"\rframe={number}" for number in range(2001)}
    data = command_line.directory / "run_data.json"  # longer than a command line of Windows
    data.write_text(json.dumps({"on_run": steps}))
    task = perform({}, f"file://{data}", "--deadline", "run=60")
    lines = [line for line in task.lines if "frame=" in line]
    assert lines[-1].endswith("frame=2000")
    assert len(lines) < 100


@pytest.mark.parametrize("many", ["rendering", "rendering {}"])
def test_of_many_messages_a_few_are_sent_and_the_last_one_is(perform, many):
    task = perform({}, {"on_run": {"statuses": [many, "the last word"], "say": "after"}})
    said = [line for line in task.lines if line.startswith(("openjd_status: ", "openjd_progress: "))]
    assert {"openjd_status: the last word", "openjd_progress: 77"} == set(said[-2:])
    assert said[0] == "openjd_progress: 0"
    assert len(said) < 200


def test_the_last_message_does_not_wait_for_the_end_of_the_task(command_line, release):
    gate = command_line.gate("go on")
    run = command_line.begin_run({}, {"on_run": {"statuses": ["{}", "the last word"], "wait_at": gate}}, **TALKING)
    run.wait_for("openjd_status: the last word")
    release(gate)
    assert run.finish().exit_code == 0


def test_messages_that_are_not_sent_are_progress(perform):
    steps = {}
    for number in range(9):
        steps[f"progress {number}"] = 50
        steps[f"application {number}"] = "import time; time.sleep(0.5)"
    assert perform({}, {"on_run": steps}, "--deadline", "progress=4").exit_code == 0


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_command_may_have_an_encoding(perform, encoding):
    program = f"import os; [os.write(1, text.encode({encoding!r})) for text in ('é 1\\n', 'é 2\\n')]"
    task = perform({}, {"program": program, "options": {"encoding": encoding}}, adaptor="talking:Commands")
    assert [line for line in task.lines if line.startswith("STD")] == ["STDOUT: é 1", "STDOUT: é 2"]
    assert "openjd_status: 2" in task.lines


def test_a_command_may_have_one_order_of_both_streams(perform):
    program = "import os\nfor number in range(500): os.write(1 + number % 2, b'%d\\n' % number)"
    task = perform({}, {"program": program, "options": {"merge_output": True}}, adaptor="talking:Commands")
    lines = [line for line in task.lines if line.startswith("STD")]
    assert lines == [f"STDOUT: {number}" for number in range(500)]


def test_the_watchdog_says_that_output_may_be_in_a_buffer(command_line):
    program = "print('in the buffer'); import time; time.sleep(100)"
    limits = ("--deadline", "output=1", "--deadline", "cancel=2")
    run = command_line("run", "--run-data", {"on_run": {"watch_errors": program}}, *limits, **TALKING)
    assert run.exit_code == 5
    assert run.failures == [
        "openjd_fail: on_run had no application output for 1 s; its output may still be in its buffer"
    ]


@NO_EVENTS
@pytest.mark.parametrize("hook", ["on_stop", "on_cleanup"])
def test_the_last_lines_of_an_application_that_a_hook_ends_are_shown(command_line, hook):
    init_data = {"on_start": {"leave_application": LAST_LINES}, hook: {"terminate": ""}}
    run = command_line.run(init_data, **TALKING)
    assert {"STDOUT: saved 1", "STDOUT: saved 2"} <= set(run.lines)
    assert command_line.start(init_data, **TALKING).exit_code == 0
    stop = command_line.stop()
    assert {"STDOUT: saved 1", "STDOUT: saved 2"} <= set(stop.lines)


@NO_EVENTS
def test_the_last_lines_of_an_application_that_a_cancel_ends_are_shown(perform):
    task = perform(
        {"on_start": {"leave_application": LAST_LINES}, "on_cancel": {"terminate": ""}},
        {"on_run": {"wait_for_cancel": "waiting"}},
        "--deadline",
        "run=1",
    )
    assert task.exit_code == 5
    assert {"STDOUT: saved 1", "STDOUT: saved 2"} <= set(task.lines)


@NO_EVENTS
def test_the_last_lines_of_an_application_that_the_end_of_the_session_ends_are_shown(command_line):
    init_data = {"on_start": {"leave_application": LAST_LINES}}
    run = command_line.run(init_data, **TALKING)
    assert {"STDOUT: saved 1", "STDOUT: saved 2"} <= set(run.lines)
    assert command_line.start(init_data, **TALKING).exit_code == 0
    stop = command_line.stop()
    assert {"STDOUT: saved 1", "STDOUT: saved 2"} <= set(stop.lines)
