"""What is shown is a view: whatever becomes of standard output, outcome, task and session are what they are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from patience import SECONDS
from process_signal import INTERRUPT, TERMINATE, send_signal

pytestmark = pytest.mark.faults("The view")

LINES = {"say": "x" * 70 + "\n" + "\n".join(f"line {number}" for number in range(3_000))}
FAILS = {**LINES, "raise": "ValueError('no camera')"}


class Broken:
    """An output that cannot be written to."""

    def __enter__(self):
        self.descriptor = self.open()
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)


class Full(Broken):
    """A full device: writing to it is ENOSPC."""

    def open(self):
        return os.open("/dev/full", os.O_WRONLY)


class Gone(Broken):
    """A terminal that has gone away: writing to it is EIO."""

    def open(self):
        import pty
        import tty

        other, descriptor = pty.openpty()
        tty.setraw(descriptor)
        os.close(other)
        return descriptor


class ReadOnly(Broken):
    """A descriptor that nobody can write to: EBADF."""

    def open(self):
        return os.open(os.devnull, os.O_RDONLY)


class Closed(Broken):
    """A pipe whose reader has gone: EPIPE."""

    def open(self):
        reader, descriptor = os.pipe()
        os.close(reader)
        return descriptor


BROKEN = [
    pytest.param(Full, marks=pytest.mark.posix("a device that is always full")),
    pytest.param(Gone, marks=pytest.mark.posix("a terminal that has gone away")),
    ReadOnly,
    Closed,
]


def words(command_line, *arguments):
    return [sys.executable, "-m", "adaptor_runtime", *arguments]


def run(command_line, arguments, descriptor):
    """Run a command with this standard output; return its exit code and what it says on standard error."""
    finished = subprocess.run(
        words(command_line, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=descriptor,
        stderr=subprocess.PIPE,
        cwd=command_line.directory,
        env=command_line.environment,
        check=False,
        timeout=SECONDS,
    )
    return finished.returncode, finished.stderr.decode()


def begin(command_line, arguments, descriptor, **options):
    return subprocess.Popen(
        words(command_line, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=descriptor,
        stderr=subprocess.STDOUT,
        cwd=command_line.directory,
        env=command_line.environment,
        **options,
    )


def _file(command_line, name, data):
    """Return data as an option takes it that is too long for a command line of Windows."""
    path = command_line.directory / f"{name}.json"
    path.write_text(json.dumps(data))
    return f"file://{path}"


def foreground(command_line, run_data):
    return "--adaptor", command_line.adaptor, "run", "--run-data", _file(command_line, "run", run_data)


def start(command_line, init_data):
    connection = ("--connection-file", str(command_line.connection_file))
    data = _file(command_line, "init", init_data)
    return "--adaptor", command_line.adaptor, "daemon", "start", *connection, "--init-data", data


def task(command_line, run_data):
    connection = ("--connection-file", str(command_line.connection_file))
    return "daemon", "run", *connection, "--run-data", _file(command_line, "run", run_data)


def stop(command_line):
    return "daemon", "stop", "--connection-file", str(command_line.connection_file)


def check_said(broken, said, *, failure):
    if broken is Closed:
        assert said == ""  # whoever reads has seen enough
        return
    assert said.count("cannot write to standard output") == 1
    assert said.count("openjd_fail: ") == (1 if failure else 0)


@pytest.mark.parametrize(("data", "exit_code"), [(LINES, 0), (FAILS, 1)], ids=["succeeds", "fails"])
@pytest.mark.parametrize("broken", BROKEN)
def test_run_ends_as_it_does_with_a_reader(command_line, broken, data, exit_code):
    with broken() as view:
        code, said = run(command_line, foreground(command_line, {"on_run": data}), view.descriptor)
    assert code == exit_code
    check_said(broken, said, failure=exit_code)
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_daemon_session_goes_through_its_lifecycle_without_any_view(command_line, broken):
    with broken() as view:
        say = {"on_start": LINES, "on_stop": FAILS}
        code, said = run(command_line, start(command_line, say), view.descriptor)
        assert code == 0
        check_said(broken, said, failure=False)
        code, said = run(command_line, task(command_line, {"on_run": LINES}), view.descriptor)
        assert code == 0
        check_said(broken, said, failure=False)
        code, said = run(command_line, task(command_line, {"on_run": FAILS}), view.descriptor)
        assert code == 1
        check_said(broken, said, failure=True)
        code, said = run(command_line, stop(command_line), view.descriptor)
        assert code == 1
        check_said(broken, said, failure=True)
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_run", "on_stop", "on_cleanup"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_start_that_fails_without_any_view_is_reported_by_its_exit_code_and_by_stop(command_line, broken):
    with broken() as view:
        code, said = run(command_line, start(command_line, {"on_start": FAILS}), view.descriptor)
    assert code == 1
    check_said(broken, said, failure=True)
    stopped = command_line.stop()
    assert stopped.exit_code == 0
    assert stopped.count("no camera") == 1


def read_slowly(reader):
    """Read a pipe to its end in small pieces."""
    said = b""
    while piece := os.read(reader, 512):
        said += piece
    return said.decode()


@pytest.mark.posix("only there can a pipe of standard output be set not to block")
@pytest.mark.parametrize("command", ["run", "daemon run", "daemon start", "daemon stop"])
def test_a_descriptor_that_does_not_block_is_waited_for(command_line, command):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = {
        "on_start": FAILS if command == "daemon start" else {},
        "on_stop": FAILS if command == "daemon stop" else {},
    }
    if command in {"daemon run", "daemon stop"}:
        assert command_line.start(data).exit_code == 0
    arguments = {
        "run": foreground(command_line, {"on_run": FAILS}),
        "daemon run": task(command_line, {"on_run": FAILS}),
        "daemon start": start(command_line, data),
        "daemon stop": stop(command_line),
    }[command]
    with begin(command_line, arguments, writer) as process:
        os.close(writer)
        said = read_slowly(reader)
    os.close(reader)
    assert process.returncode == 1
    assert said.count("\nline ") == 3_000
    assert said.count("openjd_fail: ") == 1
    if command != "daemon stop":
        command_line.stop()


def test_a_stop_whose_reader_pauses_until_the_daemon_has_exited_shows_everything_and_the_outcome(command_line):
    lines = {"say": "\n".join(f"line {number}" for number in range(60_000)), "raise": "ValueError('no camera')"}
    assert command_line.start(_file(command_line, "init", {"on_stop": lines})).exit_code == 0
    daemon = command_line.daemon
    reader, writer = os.pipe()
    with begin(command_line, stop(command_line), writer) as process:
        os.close(writer)
        daemon.wait(SECONDS)
        with pytest.raises(psutil.NoSuchProcess):
            daemon.status()
        said = read_slowly(reader)
    os.close(reader)
    assert process.returncode == 1
    assert said.count("\nline ") + said.startswith("line ") == 60_000
    assert said.count("openjd_fail: ") == 1
    assert "no camera" in said.splitlines()[-1]


def test_a_task_whose_stream_can_not_be_read_by_its_command_ends_with_its_outcome(command_line):
    """A command of another release, which finds something in the stream that it cannot make sense of."""
    broken = """
import sys
from adaptor_runtime_client import _channel, _messages
decode = _channel.decode
def strange(head):
    message = decode(head)
    if type(message).__name__ == "Output":
        raise _messages.ProtocolError("a field of another release")
    return message
_channel.decode = strange
sys.argv[1:] = sys.argv[1:]
from adaptor_runtime.adaptors.command_line import main
main()
"""
    assert command_line.start({"on_stop": FAILS}).exit_code == 0
    for arguments, message in [(task(command_line, {"on_run": FAILS}), "on_run"), (stop(command_line), "on_stop")]:
        finished = subprocess.run(
            [sys.executable, "-c", broken, *arguments],
            capture_output=True,
            env=command_line.environment,
            check=False,
            encoding="utf-8",
        )
        assert finished.returncode == 1
        assert finished.stdout.count(f"openjd_fail: {message}") == 1
        assert finished.stderr.count("cannot show a part") == 1


def test_a_task_whose_stream_breaks_continues_and_reports_its_outcome(command_line, release):
    """The first event that the command receives ends its reading, as a frame does that is no frame."""
    broken = """
from adaptor_runtime_client import _channel, _messages
receive = _channel.Channel.receive
def once(self, *arguments):
    message, body = receive(self, *arguments)
    if type(message).__name__ in ("Output", "Log", "LifecycleRecord"):
        self.is_at_message = False
        raise _messages.ProtocolError("not a frame")
    return message, body
_channel.Channel.receive = once
from adaptor_runtime.adaptors.command_line import main
main()
"""
    gate = command_line.gate("gate")
    assert command_line.start().exit_code == 0
    data = {"on_run": {"say": "begun", "wait_at": gate, "raise": "ValueError('no camera')"}}
    with subprocess.Popen(
        [sys.executable, "-c", broken, *task(command_line, data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=command_line.environment,
        encoding="utf-8",
    ) as process:
        release(gate)
        said, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert said.count("openjd_fail: on_run failed: ValueError: no camera") == 1
    assert errors.count("cannot show the rest of the output") == 1
    assert "on_cancel" not in command_line.calls
    stopped = command_line.stop()
    assert stopped.exit_code == 0
    assert stopped.count("begun") == 1


# A pipe that somebody holds open and does not read.


@pytest.fixture
def unread(command_line):
    """Begin commands whose standard output is a pipe that nobody reads, and so is standard error unless it is given."""
    begun = []

    def begin(*words, errors=subprocess.STDOUT, **environment):
        command = [sys.executable, "-m", "adaptor_runtime", *words]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=command_line.directory,
            env={**command_line.environment, **environment},
            start_new_session=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


CALLED = ["constructor", "on_start", "on_run", "on_cancel", "on_stop", "on_cleanup"]


def test_a_signal_ends_a_run_whose_output_is_not_read(command_line, unread):
    gate = command_line.gate("printed")
    run_data = {"on_run": {"lines": 3_000, "open_to_write": gate, "lines 2": 3_000_000}}
    run = unread("--adaptor", "scripted:Scripted", "run", "--init-data", "{}", "--run-data", json.dumps(run_data))
    command_line.gates.wait_reached(gate)
    send_signal(run, signal.SIGTERM)
    assert run.wait(SECONDS) == 143
    assert command_line.calls == CALLED


def test_a_deadline_ends_a_run_whose_output_is_not_read(command_line, unread):
    run_data = json.dumps({"on_run": {"lines": 3_000_000}})
    options = ["--deadline", "run=1", "--deadline", "cancel=1"]
    run = unread("--adaptor", "scripted:Scripted", "run", "--init-data", "{}", "--run-data", run_data, *options)
    assert run.wait(SECONDS) == 5
    assert command_line.calls == CALLED


def test_a_signal_after_the_session_gives_up_the_reader_and_changes_no_outcome(command_line, unread):
    journal = command_line.directory / "journal.jsonl"
    words = ["--init-data", "{}", "--run-data", '{"on_run": {"lines": 30000}}', "--journal", str(journal)]
    run = unread("--adaptor", "scripted:Scripted", "run", *words, errors=subprocess.PIPE)
    while not (journal.exists() and '"target": "cleaned"' in journal.read_text()):
        psutil.wait_procs([psutil.Process(run.pid)], timeout=0.05)
    assert gives_up_the_reader(run) == 0


def test_a_signal_ends_a_stop_whose_output_is_not_read(command_line, unread):
    command_line.start({"on_stop": {"lines": 30_000}})
    stop = unread("daemon", "stop", "--connection-file", str(command_line.connection_file))
    psutil.Process(command_line.daemon.pid).wait(SECONDS)
    send_signal(stop, signal.SIGTERM)
    assert stop.wait(SECONDS) == 143
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]
    assert not command_line.connection_file.exists()


NOBODY_READS = "nobody reads the output, so the rest of it is not shown"
LIMIT = 18
"""Seconds: more than the reader gets, and less than the 20 that a cancel gets."""


TERMINATED = pytest.param(*TERMINATE.values, 143, id=TERMINATE.id)
INTERRUPTED = pytest.param(*INTERRUPT.values, 130, id=INTERRUPT.id, marks=INTERRUPT.marks)


def gives_up_the_reader(process, number=signal.SIGTERM):
    """Cancel a command that waits for its reader; return its exit code."""
    began = time.monotonic()
    send_signal(process, number)
    exit_code = process.wait(SECONDS)
    assert time.monotonic() - began < LIMIT
    assert process.stderr.read().decode().count(NOBODY_READS) == 1
    process.stderr.close()
    return exit_code


@pytest.mark.parametrize(("number", "exit_code"), [TERMINATED, INTERRUPTED])
def test_a_canceled_task_gives_up_a_reader_that_takes_nothing(command_line, unread, number, exit_code):
    gate = command_line.gate("printed")
    command_line.start()
    data = {"on_run": {"lines": 30_000, "open_to_write": gate}}
    running = unread(*task(command_line, data), errors=subprocess.PIPE)
    command_line.gates.wait_reached(gate)
    assert gives_up_the_reader(running, number) == exit_code
    assert command_line.stop().exit_code == 0


def test_a_canceled_task_gives_its_hook_all_the_time_of_the_cancel_although_nobody_reads(command_line, unread, release):
    printed, canceled = command_line.gate("printed"), command_line.gate("canceled")
    command_line.start({"on_cancel": {"wait_at": canceled}})
    data = {"on_run": {"lines": 30_000, "open_to_write": printed, "wait_for_cancel": "begun", "say": "ended"}}
    running = unread(*task(command_line, data), errors=subprocess.PIPE)
    command_line.gates.wait_reached(printed)
    send_signal(running, signal.SIGTERM)
    assert NOBODY_READS in running.stderr.readline().decode()
    release(canceled)
    assert running.wait(SECONDS) == 143
    assert running.stderr.read() == b""
    running.stderr.close()
    assert command_line.stop().count("ended") == 1


def test_a_canceled_stop_gives_up_a_reader_that_takes_nothing(command_line, unread):
    gate = command_line.gate("printed")
    command_line.start({"on_stop": {"lines": 30_000, "open_to_write": gate}})
    stopping = unread(*stop(command_line), errors=subprocess.PIPE)
    command_line.gates.wait_reached(gate)
    assert gives_up_the_reader(stopping) == 143
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]
    assert not command_line.connection_file.exists()


def test_a_canceled_start_gives_up_a_reader_that_takes_nothing(command_line, unread):
    gate = command_line.gate("printed")
    data = json.dumps({"on_start": {"lines": 30_000, "open_to_write": gate, "wait_for_cancel": "begun"}})
    words = ["daemon", "start", "--connection-file", str(command_line.connection_file), "--init-data", data]
    starting = unread("--adaptor", "scripted:Scripted", *words, errors=subprocess.PIPE)
    command_line.gates.wait_reached(gate)
    assert gives_up_the_reader(starting) == 143
    assert command_line.stop().exit_code == 0
