"""``serve`` and ``serve_once`` in real processes, with the adaptor's end of the link in the process of the test."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import Future

import pytest
from adaptor_runtime.ipc import ActionFailedError, AdaptorServer, ApplicationLinkLostError
from adaptor_runtime_client import Action, AdaptorGoneError, serve, serve_once
from adaptor_runtime_client._handed_action import HandedAction
from adaptor_runtime_client._service import Service
from application_link import PACKAGES, SECONDS, SERVING_PROGRAM, Application, Client


@pytest.fixture
def begin(start):
    def begin(loop="serve"):
        return start(program=SERVING_PROGRAM, loop=loop)

    return begin


@pytest.fixture
def ask(actions_queue):
    def ask(name, on_progress=None, **data):
        return actions_queue.enqueue_action(Action(name, data), on_progress=on_progress)

    return ask


@pytest.mark.parametrize("loop", ["serve", "ticks", "thread"])
def test_a_handler_gets_the_data_as_keywords_and_its_result_is_the_answer(begin, ask, loop):
    application = begin(loop)
    assert ask("echo", frame=7, camera="left").result(SECONDS) == {"frame": 7, "camera": "left"}
    assert ask("load", scene="/from/a").result(SECONDS) == "/to/a"
    assert ask("close").result(SECONDS) is None
    assert (application.wait(), application.stderr) == (0, "")
    assert application.stdout.endswith("served\n")


@pytest.mark.parametrize("loop", ["serve", "ticks"])
def test_a_handler_that_fails_leaves_the_application_serving(begin, ask, loop):
    application = begin(loop)
    with pytest.raises(ActionFailedError, match="'fail' failed in the application: KeyError: 'no light'") as caught:
        ask("fail", text="no light").result(SECONDS)
    assert "raise KeyError(text)" in caught.value.traceback
    assert "adaptor_runtime_client" not in caught.value.traceback
    assert caught.value.place.startswith(f"{SERVING_PROGRAM}:")
    assert caught.value.place.endswith(" in fail")
    assert ask("echo", still="here").result(SECONDS) == {"still": "here"}
    ask("close").result(SECONDS)
    assert (application.wait(), application.stderr) == (0, "")


def test_an_action_that_does_not_fit_a_handler_says_why(begin, ask):
    application = begin()
    for name, data, said in (
        ("dance", {}, "LookupError: the application has no action 'dance'; it serves: echo, fail, fork, "),
        ("load", {"scenes": []}, "TypeError: .*unexpected keyword argument 'scenes'"),
        ("generator", {}, "TypeError: the handler of 'generator' returned a generator and did nothing"),
        ("later", {}, "TypeError: the handler of 'later' returned a coroutine and did nothing; write a plain function"),
    ):
        with pytest.raises(ActionFailedError, match=said):
            ask(name, **data).result(SECONDS)
    assert ask("echo").result(SECONDS) == {}
    ask("close").result(SECONDS)
    assert (application.wait(), application.stderr) == (0, "")


@pytest.mark.parametrize(("loop", "code"), [("serve", 0), ("ticks", 7)])
def test_a_handler_that_exits_ends_the_application(begin, ask, loop, code):
    application = begin(loop)
    future = ask("leave", code=code)
    assert (future.exception(SECONDS) is None) == (code == 0)
    assert application.wait() == code


def test_progress_arrives_in_order_and_before_the_result(begin, ask):
    begin()
    told = []
    future = ask("steps", count=50, on_progress=lambda percent, status: told.append((percent, status)))
    future.add_done_callback(lambda future: told.append(future.result()))
    assert future.result(SECONDS) == "done"
    assert told == [*((2 * step, "odd" if step % 2 else "even") for step in range(51)), "done"]


class Connection:
    """Counts what a handler costs."""

    is_used_by_this_thread = False

    def __init__(self):
        self.sent = []
        self.looks = 0

    def send(self, frames):
        self.sent.append(frames)

    def look(self):
        self.looks += 1

    def is_canceled(self, request):
        return False


def test_a_loop_that_asks_all_the_time_whether_it_is_canceled_rarely_looks():
    handed = HandedAction(Connection(), 1, b'{"name": "render"}')
    began = time.monotonic()
    for _ in range(100_000):
        assert not handed.is_canceled()
    assert 1 <= handed.connection.looks <= 2 + (time.monotonic() - began) / 0.05


def test_progress_that_nobody_could_see_is_not_sent():
    connection = Connection()
    handed = HandedAction(connection, 1, b'{"name": "render"}')
    for step in range(100_001):
        handed.progress(step / 1000, "")
    assert len(connection.sent) <= 1001
    assert b'"percent":100.0' in connection.sent[-1]


def test_progress_that_is_no_number_is_complained_about_and_fails_nothing(capsys):
    handed = HandedAction(None, 1, b'{"name": "render"}')
    for percent in (float("nan"), "half", None):
        handed.progress(percent, "")
    assert capsys.readouterr().err.count("not a finite number and was not sent") == 3


def test_a_thread_of_a_handler_tells_progress_and_asks_whether_it_is_canceled(begin, ask):
    begin()
    told = []
    assert ask("in_a_thread", on_progress=lambda *progress: told.append(progress)).result(SECONDS) == [False]
    assert told == [(25, "in a thread")]


@pytest.mark.parametrize(("loop", "end"), [("serve", "raise"), ("ticks", "return"), ("thread", "return")])
def test_a_handler_learns_that_its_action_is_canceled(begin, ask, loop, end, caplog):
    caplog.set_level("INFO", "adaptor_runtime.application")
    application = begin(loop)
    future = ask("wait_for_cancel", end=end)
    assert application.read_until("waiting") == "waiting False\n"
    future.withdraw(RuntimeError("canceled"))
    assert application.read_until("canceled")
    assert future.wait_until_given_back(SECONDS)
    assert ask("echo").result(SECONDS) == {}
    assert {record.levelname for record in caplog.records} <= {"INFO"}
    assert ("stopped early" in caplog.text) == (end == "raise")


def test_a_cancel_of_an_action_in_hand_is_told_and_its_result_still_counts(begin, ask):
    application = begin()
    future = ask("wait_for_cancel", end="raise")
    application.read_until("waiting")
    assert (future.is_in_hand(), future.cancel()) == (True, False)
    with pytest.raises(ActionFailedError, match="stopped early"):
        future.result(SECONDS)
    assert future.wait_until_given_back(SECONDS)


def test_an_error_of_on_progress_is_that_of_the_future_and_cancels_the_handler(begin, ask):
    def refuse(percent, status):
        raise ValueError(f"{percent:.0f} {status}")

    begin()
    future = ask("steps", count=10, on_progress=refuse)
    with pytest.raises(ValueError, match="0 even"):
        future.result(SECONDS)
    assert ask("echo").result(SECONDS) == {}


def test_an_action_that_is_canceled_between_two_ticks_is_not_performed(server, actions_queue, monkeypatch):
    monkeypatch.setenv("ADAPTOR_RUNTIME_SERVER", server.server_path)
    service = Service()
    performed = []

    def render(frame):
        performed.append(frame)

    handlers = {"render": render}
    assert service.serve_once(handlers)
    first, second = (actions_queue.enqueue_action(Action("render", {"frame": frame})) for frame in (1, 2))
    wait_for(first.is_in_hand)
    first.withdraw(RuntimeError("canceled"))
    connection, request = service._loop._pending
    wait_for(lambda: connection.look() or connection.is_canceled(request))
    while not second.done():
        assert service.serve_once(handlers)
    assert performed == [2]
    assert first.wait_until_given_back(SECONDS)
    service._loop.link.close()


def wait_for(condition):
    due = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < due
        time.sleep(0.001)


def test_a_tick_waits_for_nothing(server, monkeypatch):
    monkeypatch.setenv("ADAPTOR_RUNTIME_SERVER", server.server_path)
    service = Service()
    service.serve_once({})
    began = time.process_time()
    for _ in range(1000):
        assert service.serve_once({})
    assert time.process_time() - began < 5  # a question that is asked each time would take as long, if answered at once
    server.shutdown()
    wait_for(lambda: not service.serve_once({}))
    assert not service.serve_once({})


def test_an_application_may_tick_while_it_loads_and_serve_after_that(server, actions_queue, monkeypatch):
    monkeypatch.setenv("ADAPTOR_RUNTIME_SERVER", server.server_path)
    service = Service()
    assert service.serve_once({})
    first, close = (actions_queue.enqueue_action(Action(name)) for name in ("first", "close"))
    service.serve({"first": lambda: "performed"})
    assert (first.result(SECONDS), close.result(SECONDS)) == ("performed", None)


def test_a_handler_may_run_the_event_loop_and_is_not_interrupted_by_the_next_action(begin, ask):
    begin("ticks")
    answers, echo = ask("nested"), ask("echo")
    assert answers.result(SECONDS) == [True, "this process already serves its adaptor: a handler returns to serve on"]
    assert echo.result(SECONDS) == {}


@pytest.mark.posix("the system has no fork")
def test_a_forked_child_of_a_handler_has_no_action(begin, ask):
    begin()
    assert ask("fork").result(SECONDS) == 0


@pytest.mark.parametrize("loop", ["serve", "ticks"])
def test_an_adaptor_that_has_gone_ends_the_service_without_an_error(begin, ask, server, loop):
    application = begin(loop)
    assert ask("echo").result(SECONDS) == {}
    server.shutdown()
    assert (application.wait(), application.stderr) == (0, "")
    assert application.stdout.endswith("served\n")


def test_the_loss_of_the_adaptor_cancels_the_handler(begin, ask, server):
    application = begin()
    future = ask("wait_for_cancel", end="return")
    application.read_until("waiting")
    server.shutdown()
    assert isinstance(future.exception(SECONDS), ApplicationLinkLostError)
    assert application.wait() == 0
    assert "canceled\n" in application.stdout


@pytest.mark.faults("The application's life")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "ERROR: ADAPTOR_RUNTIME_SERVER is not set, so no adaptor has started this program"),
        ("/nowhere/at/all", "ERROR: no adaptor-runtime adaptor answers at /nowhere/at/all: "),
    ],
)
def test_an_application_without_an_adaptor_says_so_in_one_line_and_fails(address, said):
    command = [sys.executable, str(SERVING_PROGRAM), str(PACKAGES), "serve"]
    environment = {**os.environ, "ADAPTOR_RUNTIME_SERVER": address}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert finished.returncode == 1
    [line] = finished.stderr.splitlines()
    assert line.startswith(said)


def test_the_event_loop_of_an_application_without_an_adaptor_is_not_ended(monkeypatch):
    monkeypatch.delenv("ADAPTOR_RUNTIME_SERVER", raising=False)
    service = Service()
    with pytest.raises(AdaptorGoneError, match="is not set"):
        service.serve_once({})
    with pytest.raises(AdaptorGoneError, match="is not set"):
        service.map_path("/from/a")


@pytest.mark.parametrize("function", [serve, serve_once])
def test_a_handler_that_cannot_be_called_is_rejected_at_once(function):
    with pytest.raises(TypeError, match="the handler of 'load' cannot be called: 'load'"):
        function(load="load")


def test_paths_are_mapped_in_any_thread_while_the_service_waits(server, actions_queue, monkeypatch):
    monkeypatch.setenv("ADAPTOR_RUNTIME_SERVER", server.server_path)
    service = Service()
    serving = threading.Thread(target=service.serve, args=({},))
    serving.start()
    assert [service.map_path(f"/from/{number}") for number in range(20)] == [f"/to/{number}" for number in range(20)]
    actions_queue.enqueue_action(Action("close")).result(SECONDS)
    serving.join(SECONDS)
    assert not serving.is_alive()


# What the adaptor learns of it.


@pytest.mark.parametrize("loop", ["serve", "ticks"])
def test_an_adaptor_learns_that_an_application_serves_and_that_it_has_left(actions_queue, adaptor, loop):
    told = queue.SimpleQueue()
    server = AdaptorServer(actions_queue, adaptor, on_serving=told.put, on_left=lambda *left: told.put(left))
    assert server.environment["ADAPTOR_RUNTIME_SERVER"] == server.server_path
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    application = Application(server.server_path, program=SERVING_PROGRAM, loop=loop)
    serving = told.get(timeout=SECONDS)
    session = os.getsid(0) if os.name == "posix" else None  # on Windows, it is in no job of this process
    assert (serving.number, serving.process, serving.session) == (1, application.pid, session)
    future: Future = actions_queue.enqueue_action(Action("hang"))
    application.read_until("hanging")
    future.add_done_callback(lambda _: told.put("ended"))
    application.kill()
    left, reason = told.get(timeout=SECONDS)
    assert (left, reason) == (serving, "the link to the application was lost: the other side closed the connection")
    assert told.get(timeout=SECONDS) == "ended"
    server.shutdown()
    thread.join(SECONDS)


def test_a_client_that_only_maps_paths_serves_nothing(actions_queue, adaptor):
    told = []
    server = AdaptorServer(actions_queue, adaptor, on_serving=told.append, on_left=lambda *left: told.append(left))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = Client(server.server_path)
    assert client.map_path("/from/a") == "/to/a"
    server.shutdown()
    thread.join(SECONDS)
    assert told == []


def test_an_error_of_what_is_told_is_logged_and_ends_nothing(actions_queue, adaptor, caplog):
    server = AdaptorServer(actions_queue, adaptor, on_serving=lambda _: {}["no such key"])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = Client(server.server_path)
    assert client.poll_once() is None
    assert client.map_path("/from/a") == "/to/a"
    server.shutdown()
    thread.join(SECONDS)
    assert "on_serving raised KeyError: 'no such key'" in caplog.text
