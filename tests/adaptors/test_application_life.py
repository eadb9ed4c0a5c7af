"""Sessions of real adaptors whose applications end, fail, are killed, or go on."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
import time

import pytest
from adaptor_runtime.adaptors import (
    Adaptor,
    ApplicationLostError,
    CommandAdaptor,
    LoggingSubprocess,
    ManagedProcess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
    TaskCanceledError,
)
from adaptor_runtime.adaptors._outcome import Cause
from adaptor_runtime.ipc import ActionsQueue, AdaptorServer
from adaptor_runtime.ipc._processes.process_identity import start_time, wait_gone
from adaptor_runtime.ipc._processes.process_tree import KILL, TERMINATE, group_alive
from adaptor_runtime_client import Action
from application_link import PACKAGES, PROGRAM
from patience import SECONDS
from platforms import is_wine
from program_ends import SAYS_KILLED_BY_A_STRANGER, kill
from recorded_session import sessions
from small_shell import shell_command

pytestmark = pytest.mark.faults("The application's life")

SHELL = shell_command("exit 0")[0]
PROMPT = 25.0  # seconds; far less than what would have to be waited for otherwise
LONG = 100


class Scripted(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def __init__(self, **hooks):
        super().__init__({})
        self.hooks = hooks

    def on_start(self):
        self.hooks.get("on_start", len)(self) if "on_start" in self.hooks else None

    def on_run(self, run_data):
        if "on_run" in self.hooks:
            self.hooks["on_run"](self)

    def on_stop(self):
        if "on_stop" in self.hooks:
            self.hooks["on_stop"](self)

    def on_cancel(self):
        if "on_cancel" in self.hooks:
            self.hooks["on_cancel"](self)


@pytest.fixture
def session(stream):
    with sessions(stream) as make:
        yield lambda adaptor, **deadlines: make(adaptor, {"cancel": 30.0, "stop": 30.0, **deadlines})


def play(runner, tasks=1):
    """Start, run tasks and stop; return the exit code of each."""
    codes = [runner.wait(runner.start()).exit_code]
    if codes == [0]:
        codes += [runner.wait(runner.run({})).exit_code for _ in range(tasks)]
    return [*codes, runner.wait(runner.stop()).exit_code]


def shell(script, **options):
    return LoggingSubprocess(args=shell_command(script), **options)


def rules(pattern, callback):
    return RegexHandler([RegexCallback([re.compile(pattern)], callback)])


def fail(match):
    raise RuntimeError(match[0])


# A fatal line.


def command(script, **attributes):
    executable, *arguments = shell_command(script)

    class Command(ManagedProcess):
        def get_executable(self):
            return executable

        def get_arguments(self):
            return arguments

    Command.__name__ = "Command"
    for name, value in attributes.items():
        setattr(Command, name, value)

    class Commands(CommandAdaptor):
        integration_data_interface_version = SemanticVersion(1, 0)

        def get_managed_process(self, run_data):
            return Command(run_data, stdout_handler=rules("no license", fail))

    return Commands({})


def test_a_fatal_line_ends_the_command(session, stream):
    runner = session(command(f"while :; do echo no license; sleep {LONG}; done"))
    runner.wait(runner.start())
    began = time.monotonic()
    outcome = runner.wait(runner.run({}))
    assert time.monotonic() - began < PROMPT
    assert outcome.message == "on_run failed: RuntimeError: no license"
    assert "asked_by=a callback that raised" in stream.text
    assert runner.wait(runner.run({})).exit_code == 1  # the next task is not held up either
    assert runner.wait(runner.stop()).exit_code == 0


def test_a_command_may_continue_after_a_callback_raised(session, stream):
    adaptor = command("echo no license; sleep 0.3; exit 0", end_on_callback_error=False)
    assert play(session(adaptor)) == [0, 1, 0]
    assert "how=exited with 0" in stream.text


def test_a_kept_application_can_be_ended_by_a_fatal_line(session):
    def on_run(adaptor):
        adaptor.process = shell(
            f"echo no license; sleep {LONG}", stdout_handler=rules("no license", fail), end_on_callback_error=True
        )
        adaptor.process.wait()

    assert play(session(Scripted(on_run=on_run)), tasks=2) == [0, 1, 1, 0]


# Errors that the author has seen.


def test_the_error_of_a_callback_that_was_caught_lets_the_task_try_again(session):
    def on_run(adaptor):
        for script in ("echo fatal", "echo done"):
            future = adaptor.expect()
            handler = RegexHandler(
                [RegexCallback([re.compile("fatal")], fail), RegexCallback([re.compile("done")], future.set_result)]
            )
            process = shell(f"{script}; read line", stdout_handler=handler)
            try:
                future.result()
            except RuntimeError:
                continue
            finally:
                process.terminate(0)

    assert play(session(Scripted(on_run=on_run))) == [0, 0, 0]


def test_the_error_that_follows_a_caught_one_counts(session, stream):
    def on_run(adaptor):
        first = adaptor.expect()
        process = shell("echo first; read line; echo second; read line", stdout_handler=rules(".+", fail))
        with pytest.raises(RuntimeError, match="first"):
            first.result()
        second = adaptor.expect()
        process.write_line("go on")
        concurrent_wait(second)

    def concurrent_wait(future):
        from concurrent.futures import wait

        wait([future])  # looks at no error

    assert play(session(Scripted(on_run=on_run))) == [0, 1, 0]
    assert stream.results["task-1"].message == "on_run failed: RuntimeError: second"


def test_a_caught_error_of_a_command_lets_the_task_try_again(session):
    class Retrying(type(command("echo no license"))):
        def on_run(self, run_data):
            try:
                super().on_run(run_data)
            except RuntimeError:
                pass

    assert play(session(Retrying({}))) == [0, 0, 0]


def test_a_callback_that_raises_between_two_tasks_ends_existing_expectations(session, stream):
    def on_start(adaptor):
        adaptor.future = adaptor.expect()
        adaptor.process = shell("read line; echo fatal; read line", stdout_handler=rules("fatal", fail))

    runner = session(Scripted(on_start=on_start, on_run=lambda adaptor: adaptor.future.result()))
    runner.wait(runner.start())
    failed = threading.Event()
    adaptor = runner._host._adaptor
    adaptor.future.add_done_callback(lambda _: failed.set())
    adaptor.process.write_line("now")
    while not failed.wait(0.05):
        runner.post(lambda: None)  # so that a step always ends
        runner._step()
    assert runner.wait(runner.run({})).message == "on_run failed: RuntimeError: fatal"
    assert runner.wait(runner.run({})).exit_code == 1  # it is the same future
    assert "Traceback" in stream.text
    assert runner.wait(runner.stop()).exit_code == 0


# The end of what is waited for.


@pytest.mark.posix("there are no signals")
@pytest.mark.parametrize("bound", [True, False])
def test_the_wait_for_an_application_that_was_not_declared_ends_with_it(session, stream, bound):
    def on_run(adaptor):
        process = shell("echo loading; sleep 0.3; kill -SEGV $$")
        adaptor.expect(of=process if bound else None).result()

    assert play(session(Scripted(on_run=on_run)), tasks=2) == [0, 1, 1, 0]
    assert "SIGSEGV (signal 11); its last line: loading" in stream.results["task-1"].message


@pytest.mark.parametrize("bound", [True, False])
def test_a_wait_that_begins_after_the_application_has_crashed_ends_at_once(session, bound):
    def on_run(adaptor):
        process = shell("exit 4")
        process.wait()
        with pytest.raises(ApplicationLostError, match="exited with 4"):
            adaptor.expect(of=process if bound else None).result()

    assert play(session(Scripted(on_run=on_run))) == [0, 0, 0]


def test_the_end_of_a_helper_ends_no_wait(session):
    def on_run(adaptor):
        future = adaptor.expect()
        shell("exit 0").wait()
        process = shell("sleep 0.5; echo done; read line", stdout_handler=rules("done", future.set_result))
        shell("exit 0").wait()
        future.result()
        process.terminate(0)

    assert play(session(Scripted(on_run=on_run))) == [0, 0, 0]


def test_an_application_that_died_before_it_was_declared_fails_the_session(session, stream):
    def on_start(adaptor):
        process = shell("exit 6")
        process.wait()
        adaptor.declare_application(process)
        adaptor.expect().result()

    assert play(session(Scripted(on_start=on_start)))[0] == 1
    assert "exited with 6" in stream.results["start"].message


@pytest.mark.parametrize("ending", [lambda process: process.terminate(0), lambda process: process.wait()])
def test_an_exit_that_the_task_requested_does_not_end_the_session(session, ending):
    def on_run(adaptor):
        process = shell("read line; exit 0")
        adaptor.declare_application(process)
        ending(process)

    assert play(session(Scripted(on_run=on_run)), tasks=2) == [0, 0, 0, 0]


def test_a_start_behind_a_launcher_ends_with_the_real_program(session, stream):
    def on_start(adaptor):
        shell("(sleep 1; exit 1) & exit 0")
        adaptor.expect().result()

    began = time.monotonic()
    assert play(session(Scripted(on_start=on_start)))[0] == 1
    assert time.monotonic() - began < PROMPT


# What the log says.


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", "how=exited with 0 asked_by=nobody"),
        ("exit 9", "how=exited with 9 asked_by=nobody"),
        pytest.param(
            "kill -SEGV $$",
            "how=was ended by SIGSEGV (signal 11) asked_by=nobody",
            marks=pytest.mark.posix("there are no signals"),
        ),
    ],
)
def test_each_end_of_an_application_is_in_the_log(session, stream, script, said):
    play(session(Scripted(on_run=lambda adaptor: shell(script).wait())))
    assert said in stream.text


def test_signals_from_the_runtime_are_logged_with_their_requester(session, stream):
    def on_run(adaptor):
        future = adaptor.expect()
        process = shell(
            "trap '' TERM; echo ready; while :; do sleep 0.1; done", stdout_handler=rules("ready", future.set_result)
        )
        future.result()
        process.terminate(0.2)

    play(session(Scripted(on_run=on_run)))
    for sent in (KILL,) if is_wine() else (TERMINATE, KILL):
        assert re.search(rf"sending {sent} to application \d+, requested by the adaptor", stream.text)
    assert "asked_by=the adaptor" in stream.text


@pytest.mark.posix("nothing tells a kill from an exit there")
def test_a_kill_from_elsewhere_is_told_with_the_memory(session, stream):
    def on_run(adaptor):
        process = shell(f"echo ready; sleep {LONG}")
        stream.wait_for_output("ready")  # the memory of what lives is read when it prints
        kill(process.pid)
        adaptor.expect(of=process).result()

    play(session(Scripted(on_run=on_run)))
    message = stream.results["task-1"].message
    assert "was ended by SIGKILL (signal 9), which the runtime did not send" in message
    assert re.search(r"peak [\d.]+ MB of the [\d.]+ [GM]B of (this machine|its cgroup)", message)
    assert ("probably out of memory" in message) == ("the kernel killed nothing" not in message)


def test_an_application_that_a_cancel_ended_names_its_cause(session, stream):
    def on_run(adaptor):
        adaptor.process = shell(f"sleep {LONG}")
        runner.cancel(Cause("SIGTERM"))
        adaptor.expect().result()

    runner = session(Scripted(on_run=on_run, on_cancel=lambda adaptor: adaptor.process.terminate(1)))
    assert play(runner) == [0, 143, 0]
    assert "asked_by=SIGTERM" in stream.text


# Actions.


class Linked(Scripted):
    """Has a server, and the sample application where a test asks for it."""

    def __init__(self, **hooks):
        super().__init__(**hooks)
        self.queue = ActionsQueue()
        self.server = AdaptorServer(self.queue, self)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def launch(self, **options):
        args = [sys.executable, "-u", str(PROGRAM), str(PACKAGES), self.server.server_path]
        return LoggingSubprocess(args=args, **options)

    def ask(self, name, args=None):
        return self.queue.enqueue_action(Action(name, args))


@pytest.fixture
def linked():
    made = []

    def make(**hooks):
        made.append(Linked(**hooks))
        return made[-1]

    yield make
    for adaptor in made:
        adaptor.server.shutdown()
        adaptor.thread.join(SECONDS)


def test_an_action_that_is_not_taken_ends_with_a_cancel(session, linked):
    def on_run(adaptor):
        future = adaptor.ask("render")
        runner.cancel(Cause("SIGTERM"))
        with pytest.raises(TaskCanceledError):
            future.result()

    runner = session(linked(on_run=on_run))
    began = time.monotonic()
    assert play(runner) == [0, 143, 0]
    assert time.monotonic() - began < PROMPT


def test_an_action_that_is_not_taken_ends_with_a_deadline(session, linked):
    adaptor = linked(on_run=lambda adaptor: adaptor.ask("render").result())
    began = time.monotonic()
    assert play(session(adaptor, run=0.3)) == [0, 5, 0]
    assert time.monotonic() - began < PROMPT


def test_an_action_that_is_not_taken_ends_with_the_application(session, linked, stream):
    def on_start(adaptor):
        shell("echo ImportError: no module named client >&2; exit 1")
        adaptor.ask("load").result()

    began = time.monotonic()
    assert play(session(linked(on_start=on_start)))[0] == 1
    assert time.monotonic() - began < PROMPT
    assert "exited with 1; its last line: ImportError: no module named client" in stream.results["start"].message


def test_an_action_that_is_not_taken_ends_with_a_failed_callback_and_is_not_performed_later(session, linked):
    def on_run(adaptor):
        if not hasattr(adaptor, "process"):
            adaptor.process = shell("echo fatal; read line", stdout_handler=rules("fatal", fail))
        adaptor.ask("render").result()

    adaptor = linked(on_run=on_run)
    runner = session(adaptor)
    runner.wait(runner.start())
    assert runner.wait(runner.run({})).message == "on_run failed: RuntimeError: fatal"
    assert adaptor.queue.take() is None
    assert runner.wait(runner.stop()).exit_code == 0


@pytest.mark.parametrize("wait", ["ask", "expect"])
def test_a_wait_that_begins_after_a_callback_failed_also_ends(session, linked, wait):
    failed = threading.Event()

    def fail_first(match):
        threading.Timer(0.1, failed.set).start()  # what this raises has been reported by then
        fail(match)

    def on_run(adaptor):
        shell("echo fatal; read line", stdout_handler=rules("fatal", fail_first))
        assert failed.wait(PROMPT)
        {"ask": lambda: adaptor.ask("render"), "expect": adaptor.expect}[wait]().result(PROMPT)

    runner = session(linked(on_run=on_run))
    runner.wait(runner.start())
    assert runner.wait(runner.run({})).message == "on_run failed: RuntimeError: fatal"
    assert runner.wait(runner.stop()).exit_code == 0


def test_a_hook_that_has_seen_the_failure_of_a_callback_may_wait_again(session, linked):
    def on_run(adaptor):
        future = adaptor.expect()
        shell(
            "echo fatal; read line; echo again",
            stdout_handler=RegexHandler(
                [RegexCallback([re.compile("fatal")], fail), RegexCallback([re.compile("again")], future.set_result)]
            ),
        )
        with pytest.raises(RuntimeError):
            future.result()
        second = adaptor.expect()
        threading.Timer(0.1, second.set_result, [1]).start()
        assert second.result(PROMPT) == 1

    runner = session(linked(on_run=on_run))
    runner.wait(runner.start())
    runner.wait(runner.run({}))
    assert runner.wait(runner.stop()).exit_code == 0


def test_actions_from_on_cancel_are_performed(session, linked):
    answers = []

    def on_run(adaptor):
        adaptor.process = adaptor.launch()
        assert adaptor.ask("echo", 1).result() == 1
        runner.cancel(Cause("SIGTERM"))
        with pytest.raises(TaskCanceledError):
            adaptor.expect().result()

    runner = session(
        linked(
            on_run=on_run,
            on_cancel=lambda adaptor: answers.append(adaptor.ask("echo", "abort").result(PROMPT)),
            on_stop=lambda adaptor: (adaptor.ask("close").result(), adaptor.process.wait()),
        )
    )
    assert play(runner) == [0, 143, 0]
    assert answers == ["abort"]


def test_a_start_whose_last_action_fails_unseen_has_failed(session, linked, stream):
    def on_start(adaptor):
        adaptor.process = adaptor.launch()
        adaptor.ask("echo", 1)
        adaptor.ask("fail")
        while adaptor.queue:  # published adaptors take an empty queue for a scene that is loaded
            time.sleep(0.01)

    assert play(session(linked(on_start=on_start)))[0] == 1
    message = stream.results["start"].message
    assert message.startswith("on_start failed: the action 'fail' failed in the application: KeyError")
    assert any(re.search(r'File ".*sample_application.py", line \d+', line) for line in stream.lines)
    assert all("\n" not in line for line in stream.lines if "sample_application" in line)


@pytest.mark.parametrize("hook", ["on_run", "on_stop"])
def test_an_action_that_fails_after_its_hook_fails_the_hook_that_runs_then(session, linked, stream, hook):
    def enqueue(adaptor):
        adaptor.ask("fail", {"go on": True})  # no application has taken it when the hook returns

    def perform(adaptor):
        adaptor.process = adaptor.launch()
        adaptor.ask("echo", 1).result()

    def close(adaptor):
        if hook == "on_stop":
            perform(adaptor)
        adaptor.ask("close").result()
        adaptor.process.wait()

    hooks = {"on_run": {"on_start": enqueue, "on_run": perform}, "on_stop": {"on_run": enqueue}}[hook]
    codes = play(session(linked(on_stop=close, **hooks)))
    assert codes == {"on_run": [0, 1, 0], "on_stop": [0, 0, 1]}[hook]
    request = {"on_run": "task-1", "on_stop": "stop"}[hook]
    assert "the action 'fail' failed in the application: KeyError" in stream.results[request].message


def poll(future):
    while not future.done():
        time.sleep(0.01)
    return future.result()


async def awaited(future):
    return await asyncio.wrap_future(future)


WAITS = {
    "done": poll,
    "result": lambda future: future.result(),
    "asyncio": lambda future: asyncio.run(awaited(future)),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("dead", [False, True], ids=["while it waits", "before it waits"])
def test_every_way_to_wait_ends_with_the_application(session, stream, wait, dead):
    def on_run(adaptor):
        process = shell("exit 3" if dead else "sleep 0.3; exit 3")
        while dead and process.is_running:
            time.sleep(0.01)
        wait(adaptor.expect())

    assert play(session(Scripted(on_run=on_run))) == [0, 1, 0]
    assert f"the application {SHELL} exited with 3" in stream.results["task-1"].message


def test_a_restarted_application_is_not_taken_for_the_one_that_ended(session):
    def on_run(adaptor):
        if hasattr(adaptor, "application"):
            adaptor.application.write_line("quit")
            while adaptor.application.is_running:
                time.sleep(0.001)
        adaptor.done = adaptor.expect()
        adaptor.application = shell(
            "read line; echo rendered; read line",
            stdout_handler=rules("rendered", lambda _: adaptor.done.set_result(1)),
        )
        adaptor.application.write_line("frame")
        adaptor.done.result()

    assert play(session(Scripted(on_run=on_run)), tasks=30) == [0] * 32


def test_an_adaptor_that_another_one_wraps_takes_part_in_its_session(session, stream):
    def on_start(adaptor):
        adaptor.inner = Scripted(on_run=lambda inner: inner.expect(of=inner.application).result())
        adaptor.inner.application = shell("sleep 0.3; exit 3")
        adaptor.inner.declare_application(adaptor.inner.application)

    assert play(session(Scripted(on_start=on_start, on_run=lambda adaptor: adaptor.inner.on_run({})))) == [0, 1, 0]
    assert f"the application {SHELL} exited with 3" in stream.results["task-1"].message


def test_a_subclass_of_an_application_may_have_methods_of_its_own(session):
    class Renderer(LoggingSubprocess):
        def end(self):
            self.write_line("quit")

    def on_run(adaptor):
        adaptor.application = Renderer(args=shell_command(f"sleep {LONG}"))
        adaptor.application.wait()

    began = time.monotonic()
    assert play(session(Scripted(on_run=on_run), run=0.3)) == [0, 5, 0]
    assert time.monotonic() - began < PROMPT


def test_a_failed_task_leaves_no_application_that_is_about_to_end(session):
    program = (
        "import signal, sys, time\n"
        "asked = getattr(signal, 'SIGBREAK', signal.SIGTERM)\n"
        "signal.signal(asked, lambda *_: (time.sleep(0.5), sys.exit(0)))\n"
        "print('bad', flush=True)\ninput()"
    )

    def on_run(adaptor):
        if hasattr(adaptor, "application"):
            assert not adaptor.application.is_running
            return
        adaptor.application = LoggingSubprocess(
            args=[sys.executable, "-c", program], stdout_handler=rules("bad", fail), end_on_callback_error=True
        )
        adaptor.expect().result()

    assert play(session(Scripted(on_run=on_run)), tasks=2) == [0, 1, 0, 0]


def test_a_task_that_waits_for_an_application_which_an_earlier_task_has_ended_fails(session):
    def on_start(adaptor):
        adaptor.application = shell("read line; read line")

    def on_run(adaptor):
        if adaptor.application.is_running:
            adaptor.application.terminate(0)
        else:
            adaptor.expect().result()

    assert play(session(Scripted(on_start=on_start, on_run=on_run)), tasks=2) == [0, 0, 1, 0]


@pytest.mark.parametrize("blocks", [lambda _: threading.Event().wait(), lambda _: sys.exit()], ids=["blocks", "exits"])
def test_a_callback_of_a_future_does_not_hold_the_session(session, blocks):
    def on_run(adaptor):
        future = adaptor.expect()
        future.add_done_callback(blocks)
        future.result()

    assert play(session(Scripted(on_run=on_run), run=0.3)) == [0, 5, 0]


def test_on_cancel_may_wait_for_output(session):
    said = []

    def on_run(adaptor):
        adaptor.answer = None
        adaptor.application = shell(
            "read line; echo saved; read line",
            stdout_handler=rules("saved", lambda _: adaptor.answer.set_result("saved")),
        )
        runner.cancel(Cause("SIGTERM"))
        adaptor.expect().result()

    def on_cancel(adaptor):
        adaptor.answer = adaptor.expect()
        adaptor.application.write_line("save")
        said.append(adaptor.answer.result(PROMPT))

    runner = session(Scripted(on_run=on_run, on_cancel=on_cancel))
    assert play(runner) == [0, 143, 0]
    assert said == ["saved"]


def test_a_prompt_is_matched_again_after_a_command_that_prints_nothing(session):
    program = "while True:\n    if input('> ') == 'say': print('hello')"

    def on_start(adaptor):
        adaptor.ready = adaptor.expect()
        handler = rules("^> $", lambda _: adaptor.ready.set_result(None))
        adaptor.application = LoggingSubprocess(args=[sys.executable, "-u", "-c", program], stdout_handler=handler)
        adaptor.ready.result(PROMPT)

    def on_run(adaptor):
        for line in ("say", "silent", "silent", "say"):
            adaptor.ready = adaptor.expect()
            adaptor.application.write_line(line)
            adaptor.ready.result(PROMPT)

    assert play(session(Scripted(on_start=on_start, on_run=on_run))) == [0, 0, 0]


def test_a_callback_that_waits_for_more_output_has_failed(session, stream):
    def on_run(adaptor):
        future = adaptor.expect()
        shell("echo first; echo second; read line", stdout_handler=rules("first", lambda _: future.result()))
        future.result()

    assert play(session(Scripted(on_run=on_run))) == [0, 1, 0]
    assert "an output callback cannot wait for more output" in stream.results["task-1"].message


def test_a_callback_may_wait_for_the_output_of_another_application(session):
    def on_run(adaptor):
        future, done = adaptor.expect(), adaptor.expect()
        other = shell("read line; echo other", stdout_handler=rules("other", lambda _: future.set_result(1)))

        def wait(match):
            other.write_line("now")
            done.set_result(future.result(PROMPT))

        shell("echo first; read line", stdout_handler=rules("first", wait))
        assert done.result() == 1

    assert play(session(Scripted(on_run=on_run))) == [0, 0, 0]


@pytest.mark.parametrize("wait", ["ask", "expect"])
@pytest.mark.parametrize("waited", [False, True])
def test_a_wait_without_an_application_ends_unless_the_adaptor_has_waited_for_the_end(session, linked, wait, waited):
    def on_run(adaptor):
        process = shell("exit 0")
        if waited:
            assert process.wait() == 0
        while process.is_running:
            time.sleep(0.01)
        future = {"ask": lambda: adaptor.ask("render"), "expect": adaptor.expect}[wait]()
        if waited:  # something else may fulfill it
            threading.Timer(0.1, future.set_result, [1]).start()
        future.result(PROMPT)

    assert play(session(linked(on_run=on_run)))[1] == (0 if waited else 1)


def test_an_application_that_ended_before_it_was_waited_for_counts_as_waited_for(session):
    def on_run(adaptor):
        process = shell("exit 0")
        while process.is_running:
            time.sleep(0.01)
        assert process.wait() == 0
        future = adaptor.expect()
        threading.Timer(0.1, future.set_result, [1]).start()
        assert future.result(PROMPT) == 1

    assert play(session(Scripted(on_run=on_run))) == [0, 0, 0]


def test_a_failed_action_that_the_author_has_seen_fails_nothing(session, linked):
    def on_run(adaptor):
        process = adaptor.launch()
        assert adaptor.ask("fail", {"go on": True}).exception() is not None
        assert adaptor.ask("close").result() is None
        process.wait()

    assert play(session(linked(on_run=on_run))) == [0, 0, 0]


def test_an_unanswered_action_of_on_stop_fails_nothing(session, linked):
    adaptor = linked(on_start=lambda adaptor: adaptor.launch(), on_stop=lambda adaptor: adaptor.ask("close"))
    assert play(session(adaptor)) == [0, 0, 0]


@pytest.mark.parametrize("declared", [True, False])
def test_the_end_of_an_application_is_the_cause_and_not_the_link_that_went_with_it(session, linked, stream, declared):
    def on_run(adaptor):
        process = adaptor.launch(stdout_handler=rules("hanging", lambda _: kill(process.pid)))
        if declared:
            adaptor.declare_application(process)
        adaptor.ask("hang").result()

    for number in range(3):
        runner = session(linked(on_run=on_run))
        assert play(runner)[1] == 1
        message = stream.results["task-1"].message
        assert SAYS_KILLED_BY_A_STRANGER in message, number
        assert "hanging" in message
        assert "link" not in message


# The end of the session.


def test_remaining_applications_are_ended_in_parallel_before_the_result_of_stop(session, stream):
    deaf = "trap '' TERM; echo ready; while :; do sleep 0.2; done"

    def on_start(adaptor):
        futures = [adaptor.expect() for _ in range(16)]
        adaptor.processes = [shell(deaf, stdout_handler=rules("ready", future.set_result)) for future in futures]
        for future in futures:
            future.result()

    adaptor = Scripted(on_start=on_start)
    runner = session(adaptor)
    runner.wait(runner.start())
    began = time.monotonic()
    assert runner.wait(runner.stop(10)).exit_code == 0
    assert time.monotonic() - began < PROMPT
    assert not any(group_alive(process.pid) for process in adaptor.processes)
    assert "asked_by=the end of the session" in stream.text


@pytest.mark.posix("there is no fork, and nothing leaves a job")
@pytest.mark.parametrize("how", ["setsid", "twice"])
def test_an_independent_process_does_not_survive_the_session(session, stream, how):
    program = {
        "setsid": "import os; os.fork() and os._exit(0); os.setsid(); ",
        "twice": "import os; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); ",
    }[how]
    program += "print(os.getpid(), flush=True); os.close(0); os.close(1); os.close(2); import time; time.sleep(100)"

    def on_run(adaptor):
        future = adaptor.expect()
        handler = rules(r"\d+", lambda match: future.set_result(int(match[0])))
        process = LoggingSubprocess(
            args=["sh", "-c", '"$0" -c "$1"; read line', sys.executable, program], stdout_handler=handler
        )
        adaptor.pid = future.result()
        adaptor.started = start_time(adaptor.pid)
        process.wait()
        os.kill(adaptor.pid, 0)

    adaptor = Scripted(on_run=on_run)
    assert play(session(adaptor)) == [0, 0, 0]
    assert wait_gone(adaptor.pid, adaptor.started, 0)
    # A process in between may be found before it has left.
    assert re.search(rf"process (\d+ \(\w*\), )?{adaptor.pid} \(", stream.text)


def test_a_process_that_a_hook_starts_by_itself_is_left_alone(session):
    import subprocess

    started, command = [], shell_command("sleep 100")
    play(session(Scripted(on_run=lambda adaptor: started.append(subprocess.Popen(command)))))
    assert started[0].poll() is None
    started[0].kill()
    started[0].wait()
