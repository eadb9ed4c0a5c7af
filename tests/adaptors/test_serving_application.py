"""Sessions of real adaptors whose applications serve them with ``serve``."""

from __future__ import annotations

import os
import re
import sys
import threading

import pytest
from adaptor_runtime.adaptors import (
    Adaptor,
    LoggingSubprocess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
    TaskCanceledError,
)
from adaptor_runtime.adaptors._outcome import Cause
from adaptor_runtime.ipc import ActionsQueue, AdaptorServer
from adaptor_runtime_client import Action
from adaptor_runtime_client._messages import Progress, StatusMessage
from application_link import PACKAGES, SERVING_PROGRAM
from patience import SECONDS
from program_ends import SAYS_KILLED_BY_A_STRANGER, kill
from recorded_session import sessions

pytestmark = [
    pytest.mark.faults("The application's life"),
]


class Served(Adaptor):
    """Starts the application once, and calls the test for a task."""

    data_version = SemanticVersion(1, 0)

    def __init__(self, on_run, on_line=lambda adaptor, line: None):
        super().__init__({})
        self.run, self.on_line = on_run, on_line
        self.serving, self.left = [], []

    def on_start(self):
        self.actions = ActionsQueue()
        ready = self.expect()
        self.server = AdaptorServer(
            self.actions, self, on_serving=ready.set_result, on_left=lambda *left: self.left.append(left)
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.application = LoggingSubprocess(
            args=[sys.executable, SERVING_PROGRAM, PACKAGES, "serve"],
            environment={**os.environ, **self.server.environment},
            stdout_handler=RegexHandler(
                [RegexCallback([re.compile(".+")], lambda match: self.on_line(self, match[0]))]
            ),
        )
        self.serving.append(ready.result())

    def on_run(self, run_data):
        self.run(self)

    def on_stop(self):
        if self.application.is_running:
            self.call("echo").result()
            self.call("close").result()
        self.application.wait()

    def on_cleanup(self):
        self.server.shutdown()

    def call(self, name, on_progress=None, **data):
        return self.actions.enqueue_action(Action(name, data), on_progress=on_progress)


@pytest.fixture
def play(stream):
    with sessions(stream) as make:

        def play(adaptor, **deadlines):
            runner = adaptor.runner = make(adaptor, {"cancel": 30.0, "stop": 30.0, **deadlines})
            codes = [runner.wait(runner.start()).exit_code, runner.wait(runner.run({})).exit_code]
            return [*codes, runner.wait(runner.stop()).exit_code]

        yield play


def test_the_loss_of_an_application_that_is_killed_in_a_call_has_its_cause(play, stream):
    def kill_hanging(adaptor, line):
        if line == "hanging":
            kill(adaptor.application.pid)

    adaptor = Served(lambda adaptor: adaptor.call("hang").result(), kill_hanging)
    assert play(adaptor)[:2] == [0, 1]
    [(left, reason)] = adaptor.left
    assert left == adaptor.serving[0]
    assert left.session == adaptor.application.pid
    assert SAYS_KILLED_BY_A_STRANGER in reason
    assert SAYS_KILLED_BY_A_STRANGER in stream.results["task-1"].message


@pytest.mark.parametrize("how", ["cancel", "deadline"])
def test_a_canceled_task_leaves_the_application_idle(play, how):
    futures = []

    def on_run(adaptor):
        futures.append(adaptor.call("wait_for_cancel", end="raise"))
        with pytest.raises(TaskCanceledError) as caught:
            futures[0].result()
        assert futures[0].wait_until_given_back(SECONDS)
        raise caught.value

    def on_line(adaptor, line):
        if line == "waiting False" and how == "cancel":
            adaptor.runner.cancel(Cause("SIGTERM"))

    adaptor = Served(on_run, on_line)
    codes = play(adaptor, **({"run": 1.0} if how == "deadline" else {}))
    assert codes == [0, 143 if how == "cancel" else 5, 0]
    assert adaptor.application.returncode == 0


def test_the_progress_of_a_call_becomes_that_of_the_task(play, stream):
    def on_run(adaptor):
        def show(percent, status):
            adaptor.update_status(progress=percent, status_message=status)

        adaptor.update_status(status_message=adaptor.call("steps", count=2, on_progress=show).result())

    assert play(Served(on_run)) == [0, 0, 0]
    shown = [message for message, _ in stream.told if isinstance(message, (Progress, StatusMessage))]
    assert shown == [
        *(Progress(0), StatusMessage("even"), Progress(50), StatusMessage("odd"), Progress(100), StatusMessage("even")),
        StatusMessage("done"),
    ]
