"""Sessions of real adaptors: on threads, with applications, and a stream that writes down what it is told."""

from __future__ import annotations

import os
import re
import sys
import threading

import pytest
from adaptor_runtime.adaptors import (
    Adaptor,
    AdaptorRunner,
    ApplicationLostError,
    Deadlines,
    LoggingSubprocess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
    TaskCanceledError,
)
from adaptor_runtime.adaptors._outcome import Cause
from adaptor_runtime.statemachine import path
from adaptor_runtime_client._messages import Output
from recorded_session import sessions

HOOKS = ["on_start", "on_run", "on_stop", "on_cleanup"]
LONG = 1000.0  # seconds; longer than any test may take
NO_LIMITS = {"cancel": LONG}


class ScriptedAdaptor(Adaptor):
    """An adaptor whose hooks note that they were called and do what a test gives them to do."""

    integration_data_interface_version = SemanticVersion(1, 0)

    def __init__(self, **parts):
        super().__init__({})
        self.parts = parts
        self.called = []

    def play(self, hook):
        self.called.append((hook, threading.current_thread()))
        if hook in self.parts:
            self.parts[hook](self)

    @property
    def hooks(self):
        return [hook for hook, _ in self.called]

    def on_start(self):
        self.play("on_start")

    def on_run(self, run_data):
        self.play("on_run")

    def on_stop(self):
        self.play("on_stop")

    def on_cleanup(self):
        self.play("on_cleanup")

    def on_cancel(self):
        self.play("on_cancel")


@pytest.fixture
def session(stream):
    """Make a runner, and close it after the test."""
    with sessions(stream) as make:
        yield lambda adaptor=None, deadlines=NO_LIMITS, **options: make(adaptor, {**NO_LIMITS, **deadlines}, **options)


@pytest.fixture
def hang():
    """Make a hook that hangs until the test is over."""
    over = threading.Event()
    yield lambda _adaptor: over.wait()
    over.set()


def raising(error):
    def part(_adaptor):
        raise error

    return part


def play(runner):
    """Run one task from start to cleanup; return the exit codes of start, run and stop."""
    start = runner.wait(runner.start())
    if not start.succeeded:
        return [start.exit_code]
    return [0, runner.wait(runner.run({})).exit_code, runner.wait(runner.stop()).exit_code]


def test_hooks_are_called_in_order_on_one_thread_that_is_not_the_caller_s(session, stream):
    adaptor = ScriptedAdaptor()
    assert play(session(adaptor)) == [0, 0, 0]
    assert adaptor.hooks == HOOKS
    (thread,) = {thread for _, thread in adaptor.called}
    assert thread is not threading.current_thread()
    assert stream.transitions == ["start", "run", "finish", "stop", "cleanup"]


def test_each_request_is_a_task_stream_that_its_result_ends(session, stream):
    play(session(ScriptedAdaptor()))
    segments = [entry for entry in stream.told if isinstance(entry[0], str)]
    assert segments == [(what, name) for name in ("start", "task-1", "stop") for what in ("begin", "end")]
    assert stream.results["stop"].state == "cleaned"


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("hook", "codes", "called"),
    [
        ("on_start", [1], ["on_start", "on_cleanup"]),
        ("on_run", [0, 1, 0], HOOKS),
        ("on_stop", [0, 0, 1], HOOKS),
        ("on_cleanup", [0, 0, 1], HOOKS),
    ],
)
def test_an_exit_or_an_interrupt_raised_in_a_hook_is_a_failure_and_cleanup_follows(session, error, hook, codes, called):
    adaptor = ScriptedAdaptor(**{hook: raising(error)})
    assert play(session(adaptor)) == codes
    assert adaptor.hooks == called


def test_a_constructor_that_raises_fails_the_start_and_no_hook_is_called(session, stream):
    adaptor = ScriptedAdaptor()

    def factory():
        raise ValueError("no such scene")

    runner = session(factory=factory)
    start = runner.wait(runner.start())
    assert start.exit_code == 1
    assert "constructor raised ValueError: no such scene" in start.message
    assert adaptor.hooks == []
    assert path(runner.lifecycle.history) == ["idle", "failed", "cleaned"]
    assert "Traceback" in stream.text


def test_a_start_that_failed_ends_when_cleanup_has_ended(session):
    cleaned = []
    adaptor = ScriptedAdaptor(on_start=raising(ValueError("no license")), on_cleanup=lambda _: cleaned.append(True))
    runner = session(adaptor)
    assert runner.wait(runner.start()).exit_code == 1
    assert cleaned == [True]


@pytest.mark.parametrize(
    ("hook", "deadlines", "codes", "called"),
    [
        ("on_start", {"start": 1.0, "cancel": 0.05}, [5], ["on_start", "on_cleanup"]),
        ("on_run", {"run": 1.0, "cancel": 0.05}, [0, 5, 0], HOOKS),
        ("on_stop", {"stop": 1.5}, [0, 0, 5], HOOKS),
        ("on_cleanup", {"stop": 1.5}, [0, 0, 5], HOOKS),
    ],
)
def test_a_hook_that_hangs_is_abandoned_with_a_dump_of_all_threads_and_cleanup_follows(
    session, stream, hang, hook, deadlines, codes, called
):
    adaptor = ScriptedAdaptor(**{hook: hang})
    assert play(session(adaptor, deadlines=deadlines)) == codes
    assert [name for name in adaptor.hooks if name != "on_cancel"] == called
    assert f'File "{__file__}"' in stream.text


def test_a_constructor_that_hangs_is_abandoned(session, hang):
    runner = session(factory=lambda: hang(None), deadlines={"start": 0.05, "cancel": 0.05})
    assert runner.wait(runner.start()).exit_code == 5


def test_after_a_cancel_during_construction_only_cleanup_is_called(session):
    adaptor, canceled = ScriptedAdaptor(), threading.Event()

    def factory():
        runner.cancel(Cause("SIGTERM"))
        runner.post(canceled.set)
        canceled.wait()
        return adaptor

    runner = session(factory=factory)
    assert runner.wait(runner.start()).exit_code == 143
    assert adaptor.hooks == ["on_cleanup"]


def test_a_cancel_ends_the_expectations_of_a_task_at_once(session):
    caught = []

    def expect_in_vain(adaptor):
        future = adaptor.expect()
        runner.cancel(Cause("SIGTERM"))
        with pytest.raises(TaskCanceledError) as raised:
            future.result()
        caught.append(raised.value)

    adaptor = ScriptedAdaptor(on_run=expect_in_vain)
    runner = session(adaptor)
    assert play(runner) == [0, 143, 0]
    assert "SIGTERM" in str(caught[0])


def test_on_cancel_has_its_own_thread_and_may_end_the_hook(session):
    released = threading.Event()

    def wait(_adaptor):
        runner.cancel(Cause("SIGINT", 130))
        released.wait()

    adaptor = ScriptedAdaptor(on_run=wait, on_cancel=lambda _: released.set())
    runner = session(adaptor)
    assert play(runner) == [0, 130, 0]
    threads = dict(adaptor.called)
    assert threads["on_cancel"] is not threads["on_run"]


def test_an_on_cancel_that_raises_is_logged_and_changes_nothing(session, stream):
    def wait(adaptor):
        future = adaptor.expect()
        runner.cancel(Cause("SIGTERM"))
        future.result()

    runner = session(ScriptedAdaptor(on_run=wait, on_cancel=raising(ValueError("no such window"))))
    assert play(runner) == [0, 143, 0]
    assert "no such window" in stream.text


def application(program, **options):
    return LoggingSubprocess(args=[sys.executable, "-c", program], **options)


def test_a_callback_that_raises_fails_the_task_and_ends_its_expectations(session, stream):
    def on_run(adaptor):
        def callback(match):
            raise ValueError(f"cannot read {match.group()}")

        future = adaptor.expect()
        handler = RegexHandler([RegexCallback([re.compile("frame .*")], callback)])
        with application("print('frame x')", stdout_handler=handler):
            future.result()

    runner = session(ScriptedAdaptor(on_run=on_run))
    assert play(runner) == [0, 1, 0]
    assert stream.results["task-1"].message == "on_run failed: ValueError: cannot read frame x"
    assert stream.text.count("Traceback") == 1


def test_the_exit_of_a_declared_application_fails_the_session_at_once_and_its_task_with_1(session, stream):
    def on_start(adaptor):
        adaptor.application = application("import sys; sys.exit(len(input()))")
        adaptor.declare_application(adaptor.application)

    def on_run(adaptor):
        future = adaptor.expect()
        adaptor.application.write_line("frame")
        with pytest.raises(ApplicationLostError):
            future.result()
        assert str(adaptor.state) == "failed"

    runner = session(ScriptedAdaptor(on_start=on_start, on_run=on_run))
    assert play(runner) == [0, 1, 0]
    assert "exited with 5" in stream.results["task-1"].message
    assert stream.transitions == ["start", "run", "fail", "stop", "cleanup"]


@pytest.mark.posix("the application tells through a FIFO that it has printed")
def test_application_output_before_the_end_of_a_task_belongs_to_the_task(session, stream, tmp_path):
    fifo = tmp_path / "printed"
    os.mkfifo(fifo)

    def on_run(adaptor):
        program = f"print('frame 1', flush=True); open({str(fifo)!r}, 'w').close(); input()"
        adaptor.application = application(program)
        fifo.read_bytes()

    runner = session(ScriptedAdaptor(on_run=on_run, on_stop=lambda adaptor: adaptor.application.terminate(0)))
    assert play(runner) == [0, 0, 0]
    assert stream.told.index((Output("stdout"), b"frame 1\n")) < stream.told.index(("end", "task-1"))


def test_a_request_that_is_not_allowed_ends_with_3_and_calls_nothing(session):
    adaptor = ScriptedAdaptor()
    runner = session(adaptor)
    refused = runner.wait(runner.run({}))
    assert refused.exit_code == 3
    assert "idle" in refused.message
    assert adaptor.hooks == []


def test_status_shows_the_hook_in_flight_and_since_when(session):
    shown = []
    runner = session(ScriptedAdaptor(on_run=lambda _: shown.append(runner.status())))
    play(runner)
    assert (shown[0].state, shown[0].stop_owed, shown[0].in_flight["hook"]) == ("running", True, "on_run")
    assert shown[0].in_flight["seconds"] >= 0
    assert runner.status().in_flight is None


def test_a_program_of_an_author_runs_a_session_with_public_names_only(tmp_path, capsys):
    runner = AdaptorRunner(
        ScriptedAdaptor(on_run=lambda adaptor: adaptor.update_status(progress=50) or {}["no such key"]),
        deadlines=Deadlines(run=LONG),
        journal=tmp_path / "journal.jsonl",
    )
    try:
        assert play(runner) == [0, 1, 0]
    finally:
        runner.close()
    printed = capsys.readouterr().out
    assert "openjd_progress: 50\n" in printed
    assert "ERROR: KeyError: 'no such key'" in printed
    assert '"target": "cleaned"' in (tmp_path / "journal.jsonl").read_text()


def test_a_cancel_takes_the_cause_as_a_text(session):
    def on_run(adaptor):
        runner.cancel("SIGINT")
        adaptor.expect().result()

    runner = session(ScriptedAdaptor(on_run=on_run), deadlines=NO_LIMITS)
    assert play(runner) == [0, 130, 0]
