"""What an application prints while it performs an action is there before what became of the action."""

from __future__ import annotations

import re
import sys
import threading
import time
from pathlib import Path

import adaptor_runtime_client
import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.processes import LoggingSubprocess
from adaptor_runtime.ipc import ActionFailedError, ActionsQueue
from adaptor_runtime.ipc._application import applications
from adaptor_runtime_client import Action
from application_link import SECONDS, PathMapper, served

pytestmark = [
    pytest.mark.faults("Processes and output"),
]

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from adaptor_runtime_client import ClientInterface

class Application(ClientInterface):
    def __init__(self, path):
        super().__init__(path)
        self.actions.update(work=self.work, fail=self.fail, leave=self.leave)
        self.open = True

    def work(self, args):
        print("worked on", args["number"], end=args.get("end", "\\n"), file=getattr(sys, args.get("stream", "stdout")))
        return args["number"]

    def fail(self, args):
        print("failing")
        raise ValueError("no")

    def leave(self, args):
        print("leaving")
        sys.exit(3)

    def action_failed(self, action, error):
        pass

    def close(self, args):
        self.open = False

    def graceful_shutdown(self, signum, frame):
        pass

application = Application(sys.argv[2])
if sys.argv[3] == "poll":
    application.poll()
elif sys.argv[3] == "poll_once":
    while application.open:
        application.poll_once(timeout=None)
else:
    while application.open:
        _, _, action = application._request_next_action()
        application._perform_action(action)
"""


@pytest.fixture
def actions():
    return ActionsQueue()


@pytest.fixture(params=["poll", "poll_once", "loop"])
def application(request, actions, start):
    """An application whose Python collects what it prints, as it does where the output is a pipe."""
    with served(actions, PathMapper()) as server:
        folder = Path(adaptor_runtime_client.__file__).parent.parent
        yield start([sys.executable, "-c", PROGRAM, folder, server.server_path, request.param])


def seen_at_the_end(future, sink, stream="stdout"):
    """Return what was emitted when the future was fulfilled."""
    seen = []
    future.add_done_callback(lambda future: seen.append(sink.of(stream)))
    future.exception(SECONDS)
    return seen[0]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_output_arrives_before_the_result(actions, application, sink, stream, end):
    for number in range(50):
        future = actions.enqueue_action(Action("work", {"number": number, "stream": stream, "end": end}))
        assert f"worked on {number}\n".encode() in seen_at_the_end(future, sink, stream)
    actions.enqueue_action(Action("close"))


def test_output_arrives_before_the_error(actions, application, sink):
    future = actions.enqueue_action(Action("fail"))
    assert b"failing\n" in seen_at_the_end(future, sink)
    assert isinstance(future.exception(), ActionFailedError)
    future = actions.enqueue_action(Action("leave"))
    assert b"leaving\n" in seen_at_the_end(future, sink)
    application.wait()


def test_a_callback_on_the_output_runs_before_the_result_is_seen(actions, start):
    order = []

    def take_note(match):
        time.sleep(0.1)
        order.append(match[0])

    handler = RegexHandler([RegexCallback([re.compile(r"^worked on \d$")], take_note)])
    with served(actions, PathMapper()) as server:
        folder = Path(adaptor_runtime_client.__file__).parent.parent
        start([sys.executable, "-c", PROGRAM, folder, server.server_path, "poll"], stdout_handler=handler)
        for number in range(3):
            result = actions.enqueue_action(Action("work", {"number": number})).result(SECONDS)
            order.append(result)
        actions.enqueue_action(Action("close")).result(SECONDS)
    assert order == ["worked on 0", 0, "worked on 1", 1, "worked on 2", 2]


def test_a_callback_that_waits_for_the_result_delays_it_only_for_a_while(actions, start, monkeypatch):
    monkeypatch.setattr(applications, "FLUSH_SECONDS", 0.2)
    results, futures = [], []
    ready = threading.Event()

    def wait_for_result(match):
        ready.wait(SECONDS)
        results.append(futures[0].result(SECONDS))

    handler = RegexHandler([RegexCallback([re.compile("^worked on")], wait_for_result)])
    with served(actions, PathMapper()) as server:
        folder = Path(adaptor_runtime_client.__file__).parent.parent
        arguments = [sys.executable, "-c", PROGRAM, folder, server.server_path, "poll"]
        process = LoggingSubprocess(args=arguments, stdout_handler=handler, emit_output=lambda *_: None)
        futures.append(actions.enqueue_action(Action("work", {"number": 7})))
        ready.set()
        assert futures[0].result(SECONDS) == 7
        actions.enqueue_action(Action("close")).result(SECONDS)
        process.wait()
    assert results == [7]
