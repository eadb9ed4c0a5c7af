from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import time
from concurrent.futures import wait
from logging.handlers import QueueHandler
from pathlib import Path

import pytest
from adaptor_runtime.ipc import ActionFailedError, ApplicationLinkLostError
from adaptor_runtime_client import Action, _handed_action
from adaptor_runtime_client._application_key import find_key
from adaptor_runtime_client._greeting import greet
from adaptor_runtime_client._messages import MapPath, NextAction
from application_link import ASKED, SECONDS, Client, served

INTERRUPTED = -signal.SIGINT if os.name == "posix" else 0xC000013A
NO_EVENTS = pytest.mark.not_wine("GenerateConsoleCtrlEvent fails there: no application can be asked to end")

# Actions.


@pytest.mark.parametrize("size", [0, 1_000_000])
def test_the_result_of_an_action_is_what_its_handler_returned(actions_queue, start, size):
    start()
    args = {"text": "é 🎬 \udcff", "numbers": [1, None, 1.5], "many": "x" * size}
    assert actions_queue.enqueue_action(Action("echo", args)).result(SECONDS) == args


def test_thousands_of_actions_are_performed_in_order_and_none_is_lost(actions_queue, start):
    application = start()
    ended = []
    futures = []
    for number in range(3_000):
        future = actions_queue.enqueue_action(Action("echo", {"number": number}))
        future.add_done_callback(lambda future: ended.append(future.result()["number"]))
        futures.append(future)
    close = actions_queue.enqueue_action(Action("close"))
    for future in futures:
        future.result(SECONDS)
    assert close.result(SECONDS) is None
    assert ended == list(range(3_000))
    assert application.wait() == 0


def test_an_action_that_was_enqueued_before_the_server_existed_is_performed(actions_queue, adaptor):
    future = actions_queue.enqueue_action(Action("echo", {}))
    with served(actions_queue, adaptor) as server:
        thread = threading.Thread(target=lambda: Client(server.server_path).poll_once(None))
        thread.start()
        with pytest.raises(ActionFailedError):
            future.result(SECONDS)
        thread.join(SECONDS)


def test_an_application_prints_the_actions_it_performs(actions_queue, start):
    application = start()
    actions_queue.enqueue_action(Action("echo", {"frame": 1}))
    actions_queue.enqueue_action(Action("close"))
    assert (application.wait(), application.stderr) == (0, "")
    assert application.stdout == ("ready\nPerforming action: echo\nPerforming action: close\npolled\n")


def test_an_unknown_action_is_reported_on_both_sides_and_ends_nothing(actions_queue, start):
    application = start()
    with pytest.raises(ActionFailedError, match=r"'dance' failed in the application: LookupError") as caught:
        actions_queue.enqueue_action(Action("dance", {"steps": 2})).result(SECONDS)
    assert (caught.value.action, caught.value.error_type) == ("dance", "LookupError")
    assert actions_queue.enqueue_action(Action("echo", {"still": "here"})).result(SECONDS) == {"still": "here"}
    actions_queue.enqueue_action(Action("close"))
    assert application.wait() == 0
    assert application.stderr.endswith(": dance\n")
    assert "steps" not in application.stderr


def test_an_action_that_raises_is_reported_and_ends_the_application_with_its_traceback(actions_queue, start):
    application = start()
    with pytest.raises(ActionFailedError, match="KeyError: 'no such key'") as caught:
        actions_queue.enqueue_action(Action("fail")).result(SECONDS)
    assert "Traceback" in caught.value.traceback
    assert caught.value.exit_code == 1
    assert application.wait() == 1
    assert "KeyError: 'no such key'" in application.stderr


def test_a_failed_action_is_logged_even_if_no_code_asks(actions_queue, start, caplog):
    start()
    wait([actions_queue.enqueue_action(Action("fail"))], SECONDS)
    assert "'fail' failed in the application" in caplog.text


@pytest.mark.parametrize(("name", "args"), [("quit", {"code": 0}), ("close", {"code": 0}), ("quit", {"code": None})])
def test_an_action_that_ends_the_application_well_is_done(actions_queue, start, name, args):
    application = start()
    assert actions_queue.enqueue_action(Action(name, args)).result(SECONDS) is None
    assert application.wait() == 0


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [("quit", "SystemExit: 7", 7), ("close", "SystemExit: 7", 7), ("interrupt", "KeyboardInterrupt", INTERRUPTED)],
)
def test_an_action_that_makes_the_application_fail_has_failed(actions_queue, start, name, said, code):
    application = start()
    with pytest.raises(ActionFailedError, match=said):
        actions_queue.enqueue_action(Action(name, {"code": 7})).result(SECONDS)
    assert application.wait() == code


def test_what_json_cannot_express_arrives_as_text_and_is_no_failure(actions_queue, client):
    client.actions["render"] = lambda args: {"FINISHED"}
    future = actions_queue.enqueue_action(Action("render"))
    client.poll_once(SECONDS)
    assert future.result(SECONDS) == "{'FINISHED'}"


def test_an_action_whose_data_is_not_json_is_refused_by_the_call_and_not_enqueued(actions_queue):
    with pytest.raises(TypeError, match="which has no set"):
        actions_queue.enqueue_action(Action("render", {"frames": {1}}))
    assert not actions_queue


def test_a_close_that_ends_the_process_itself_is_done(actions_queue, client):
    future = actions_queue.enqueue_action(Action("close"))
    client.actions["close"] = lambda args: client._adaptor_link.close()
    client.poll_once(SECONDS)
    assert future.result(SECONDS) is None


def test_a_client_with_its_own_loop_requests_actions_and_performs_them(actions_queue, client):
    future = actions_queue.enqueue_action(Action("echo", {"number": 1}))
    status, reason, action = client._request_next_action()
    assert (status, reason, action) == (200, "OK", Action("echo", {"number": 1}))
    assert not future.done()
    client._perform_action(action)
    assert future.result(SECONDS) == {"number": 1}


def test_an_action_of_such_a_client_counts_as_performed_when_it_requests_the_next(actions_queue, client):
    first, _ = (actions_queue.enqueue_action(Action(name)) for name in ("echo", "close"))
    assert client._request_next_action()[2] == Action("echo")
    assert client._request_next_action()[2] == Action("close")
    assert first.result(SECONDS) is None


def test_a_handler_that_raises_in_such_a_client_is_reported_and_raised(actions_queue, client):
    client.actions["fail"] = lambda args: {}["no such key"]
    future = actions_queue.enqueue_action(Action("fail"))
    with pytest.raises(KeyError):
        client._perform_action(client._request_next_action()[2])
    with pytest.raises(ActionFailedError, match="no such key"):
        future.result(SECONDS)


def test_such_a_client_may_perform_actions_that_the_adaptor_did_not_send(client):
    performed = []
    client.actions["own"] = performed.append
    client._perform_action(Action("own", {"number": 2}))
    assert performed == [{"number": 2}]


def test_several_applications_share_the_actions(actions_queue, start):
    applications = [start() for _ in range(3)]
    futures = [actions_queue.enqueue_action(Action("pid")) for _ in range(600)]
    assert {future.result(SECONDS) for future in futures} <= {application.pid for application in applications}
    for _ in applications:
        actions_queue.enqueue_action(Action("close"))
    assert [application.wait() for application in applications] == [0, 0, 0]


def test_several_threads_of_one_client_share_the_actions(actions_queue, client):
    threads = [threading.Thread(target=client.poll_once, args=(SECONDS,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    futures = [actions_queue.enqueue_action(Action("echo", {"number": number})) for number in range(5)]
    assert [future.result(SECONDS)["number"] for future in futures] == list(range(5))
    for thread in threads:
        thread.join(SECONDS)


@pytest.mark.faults("The application's life")
def test_large_results_and_large_actions_that_cross_do_not_block_each_other(actions_queue, start):
    start()
    data = "x" * 1_000_000
    futures = [actions_queue.enqueue_action(Action("echo", {"data": data})) for _ in range(6)]
    assert [len(future.result(SECONDS)["data"]) for future in futures] == [1_000_000] * 6


# Applications that die.


def test_the_loss_of_an_application_ends_the_wait_for_its_action_at_once(actions_queue, start):
    told = queue.SimpleQueue()
    listener = QueueHandler(told)
    logging.getLogger("adaptor_runtime.application").addHandler(listener)
    application = start()
    future = actions_queue.enqueue_action(Action("hang"))
    later = actions_queue.enqueue_action(Action("echo", {"for": "the next one"}))
    application.read_until("hanging")
    begun = time.monotonic()
    application.kill()
    assert future.wait_until_given_back(SECONDS)  # nobody waits for its result, so its loss is logged
    assert time.monotonic() - begun < 30
    with pytest.raises(ApplicationLinkLostError, match="while performing the action 'hang'"):
        future.result(0)
    assert "'hang'" in told.get(timeout=SECONDS).getMessage()
    logging.getLogger("adaptor_runtime.application").removeHandler(listener)
    assert not later.done()
    start()
    assert later.result(SECONDS) == {"for": "the next one"}


def test_an_application_that_exits_during_an_action_has_not_done_it(actions_queue, start):
    start()
    with pytest.raises(ApplicationLinkLostError):
        actions_queue.enqueue_action(Action("vanish")).result(SECONDS)


def test_an_action_that_may_be_done_twice_goes_to_the_next_application_first(actions_queue, start):
    application = start()
    futures = [actions_queue.enqueue_action(Action("hang"), redeliver=True)]
    futures += [actions_queue.enqueue_action(Action("echo", {"number": number})) for number in range(3)]
    application.read_until("hanging")
    application.kill()
    start().read_until("hanging")
    assert not wait(futures, 0).done
    assert len(actions_queue) == 3


def test_an_application_that_died_while_waiting_takes_nothing(actions_queue, start):
    applications = [start() for _ in range(3)]
    assert actions_queue.enqueue_action(Action("echo", {})).result(SECONDS) == {}
    for application in applications:
        application.kill()
    futures = [actions_queue.enqueue_action(Action("echo", {"number": number})) for number in range(20)]
    start()
    assert [future.result(SECONDS)["number"] for future in futures] == list(range(20))


def test_actions_survive_applications_that_die_all_the_time(actions_queue, start):
    futures = [actions_queue.enqueue_action(Action("pid"), redeliver=True) for _ in range(300)]
    for _ in range(4):
        application = start()
        application.read_until("Performing")
        application.kill()
    start()
    assert all(future.result(SECONDS) for future in futures)


class WaitingThreads:
    """An application with several threads that wait for an action, which the test receives for it."""

    def __init__(self, path, count):
        self._channel, _ = greet(path, find_key(path), "application", SECONDS)
        for number in range(count):
            self._channel.send(NextAction(number))
        # What was said before it has been heard when this is answered.
        self._channel.send(MapPath(count, "/from/here"))
        self._channel.receive(SECONDS)

    def receive(self):
        return Action.from_bytes(self._channel.receive(SECONDS)[1]).args["number"]

    def leave(self):
        self._channel.close()


@pytest.mark.parametrize("redeliver", [False, True])
def test_actions_that_did_not_reach_the_threads_that_waited_keep_their_order(actions_queue, server, redeliver):
    dying = WaitingThreads(server.server_path, 5)
    # The first one fills the socket, so that the others do not leave the adaptor.
    for number in range(5):
        args = {"number": number, "many": "x" * (0 if number else 5_000_000)}
        actions_queue.enqueue_action(Action("echo", args), redeliver=redeliver)
    assert len(actions_queue) == 0
    others = WaitingThreads(server.server_path, 3)
    dying.leave()
    assert [others.receive() for _ in range(3)] == [0, 1, 2]
    assert [actions_queue.dequeue_action().args["number"] for _ in range(2)] == [3, 4]
    others.leave()


def test_a_result_too_large_for_a_message_is_a_failure_and_keeps_the_link(actions_queue, client, monkeypatch):
    monkeypatch.setattr(_handed_action, "MESSAGE_LIMIT", 1000)
    client.actions["many"] = lambda args: "x" * 1000
    future = actions_queue.enqueue_action(Action("many"), redeliver=True)
    client.poll_once(SECONDS)
    with pytest.raises(ActionFailedError, match=r"its result takes 1054 bytes; the limit is 1000"):
        future.result(SECONDS)
    assert client.map_path("/from/a") == "/to/a"


def test_an_error_with_a_text_that_is_far_too_long_is_cut(actions_queue, client):
    def fail(args):
        raise ValueError("begin " + "x" * 3_000_000)

    client.actions["fail"] = fail
    client.action_failed = lambda action, error: None
    future = actions_queue.enqueue_action(Action("fail"))
    client.poll_once(SECONDS)
    with pytest.raises(ActionFailedError, match=r"ValueError: begin x+\.\.\. \(2000006 more characters\)"):
        future.result(SECONDS)


@pytest.mark.posix("the system has no fork")
def test_a_forked_child_does_not_hold_the_link_of_a_dead_application(actions_queue, adaptor, start):
    application = start()
    child = actions_queue.enqueue_action(Action("fork")).result(SECONDS)
    adaptor.wait_for("/child")
    try:
        future = actions_queue.enqueue_action(Action("hang"))
        application.read_until("hanging")
        application.process.kill()
        with pytest.raises(ApplicationLinkLostError):
            future.result(SECONDS)
    finally:
        os.kill(child, signal.SIGKILL)


# Path mapping.


def test_paths_are_mapped_and_requested_only_once(client, adaptor, capsys):
    assert [client.map_path("/from/here"), client.map_path("/from/here")] == ["/to/here", "/to/here"]
    assert adaptor.asked == ["/from/here"]
    assert capsys.readouterr().out == (
        "Requesting Path Mapping for path '/from/here'.\nMapped path '/from/here' to '/to/here'.\n"
    )


def test_a_path_is_mapped_while_another_thread_waits_for_an_action(actions_queue, client):
    waiting = threading.Thread(target=client.poll)
    waiting.start()
    for number in range(100):
        assert client.map_path(f"/from/{number}") == f"/to/{number}"
    actions_queue.enqueue_action(Action("close")).result(SECONDS)
    waiting.join(SECONDS)
    assert not waiting.is_alive()


def test_a_handler_may_ask_for_paths(actions_queue, client):
    client.actions["map"] = lambda args: client.map_path(args["path"])
    future = actions_queue.enqueue_action(Action("map", {"path": "/from/a"}))
    client.poll_once(SECONDS)
    assert future.result(SECONDS) == "/to/a"


def test_many_threads_ask_over_one_connection(client, server):
    answers = {}

    def ask(thread):
        for number in range(50):
            path = f"/from/{thread}/{number}"
            answers[path] = client.map_path(path)

    threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(answers) == 400
    assert all(answer == path.replace("/from", "/to") for path, answer in answers.items())
    assert "1 connected" in repr(server)


def test_an_adaptor_that_cannot_map_a_path_says_why(client, adaptor):
    for _ in range(2):
        with pytest.raises(
            RuntimeError, match=r"Failed to get a mapped path for path '/bad'.*LookupError: no such path"
        ):
            client.map_path("/bad")
    assert adaptor.asked == ["/bad", "/bad"]


class UnprintableExit(SystemExit):
    def __str__(self):
        raise SystemExit


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (SystemExit(3), r"SystemExit: 3$"),
        (KeyboardInterrupt(), "KeyboardInterrupt: $"),
        (GeneratorExit("odd"), "GeneratorExit: odd$"),
        (UnprintableExit(), "UnprintableExit$"),
    ],
)
def test_an_adaptor_that_ends_its_thread_while_it_maps_a_path_says_why_and_goes_on(client, adaptor, raised, said):
    answer = adaptor.map_path

    def fail(path):
        raise raised

    adaptor.map_path = fail
    with pytest.raises(RuntimeError, match=rf"The adaptor says: {said}"):
        client.map_path("/from/a")
    adaptor.map_path = answer
    assert client.map_path("/from/a") == "/to/a"


@pytest.mark.faults("Authors' classes")
def test_a_callback_of_a_future_that_ends_its_thread_is_logged_and_the_application_is_served_on(
    actions_queue, start, caplog
):
    def leave(future):
        raise SystemExit(3)

    start()
    first = actions_queue.enqueue_action(Action("echo"))
    first.add_done_callback(leave)
    assert actions_queue.enqueue_action(Action("echo", {"still": "here"})).result(SECONDS) == {"still": "here"}
    assert "a callback of the future of the action 'echo' raised SystemExit: 3" in caplog.text


def test_the_rules_are_requested_only_once(client, adaptor):
    rules = client.path_mapping_rules()
    assert [rule.to_dict() for rule in rules] == [
        {
            "source_path_format": "POSIX",
            "source_path": "/from",
            "destination_path": "/to",
            "destination_os": "linux",
        }
    ]
    adaptor.rules = []
    assert client.path_mapping_rules() == rules


def test_rules_may_be_objects_that_know_their_form(client, adaptor):
    adaptor.rules = client.path_mapping_rules()
    client._known_rules = None
    assert client.path_mapping_rules() == adaptor.rules


@pytest.mark.parametrize(("rules", "said"), [(None, "TypeError"), ([{"source_path": "/from"}], "lacks")])
def test_values_that_are_not_rules_are_rejected(client, adaptor, rules, said):
    adaptor.rules = rules
    with pytest.raises(RuntimeError, match=said):
        client.path_mapping_rules()


def test_a_slow_answer_to_one_application_does_not_delay_another(adaptor, server, client, start, actions_queue):
    adaptor.hold.clear()
    asking = threading.Thread(target=client.map_path, args=("/from/slow",))
    asking.start()
    start()
    assert actions_queue.enqueue_action(Action("echo", {})).result(SECONDS) == {}
    adaptor.hold.set()
    asking.join(SECONDS)


@NO_EVENTS
def test_a_signal_handler_may_ask_while_the_main_thread_waits(actions_queue, start):
    application = start()
    actions_queue.enqueue_action(Action("echo", {})).result(SECONDS)
    application.ask_to_end()
    assert application.wait() == 3
    assert f"signal {ASKED.value} /to/the handler" in application.stdout


@NO_EVENTS
def test_a_signal_within_an_action_reports_the_action(actions_queue, start):
    application = start()
    future = actions_queue.enqueue_action(Action("hang"))
    application.read_until("hanging")
    application.ask_to_end()
    with pytest.raises(ActionFailedError, match="SystemExit: 3"):
        future.result(SECONDS)


# One action at a time.


def test_a_poll_for_nothing_returns_at_once(client):
    assert client.poll_once() is None
    assert client.poll_once(timeout=0.01) is None


def test_a_poll_that_timed_out_takes_nothing_later(actions_queue, client):
    assert client.poll_once(timeout=0.01) is None
    future = actions_queue.enqueue_action(Action("echo", {"n": 1}))
    assert len(actions_queue) == 1
    assert client.poll_once() == Action("echo", {"n": 1})
    assert future.result(SECONDS) == {"n": 1}


def test_a_poll_wakes_for_an_action(actions_queue, client):
    performed = []
    thread = threading.Thread(target=lambda: performed.append(client.poll_once(timeout=SECONDS)))
    thread.start()
    actions_queue.enqueue_action(Action("echo", {})).result(SECONDS)
    thread.join(SECONDS)
    assert performed == [Action("echo", {})]


def test_polls_that_give_up_while_actions_arrive_lose_no_action(actions_queue, client):
    results = []
    client.actions["echo"] = lambda args: results.append(args["number"])
    done = threading.Event()

    def poll():
        while not done.is_set() or actions_queue:
            client.poll_once(timeout=0.0001)

    thread = threading.Thread(target=poll)
    thread.start()
    futures = []
    for number in range(300):
        futures.append(actions_queue.enqueue_action(Action("echo", {"number": number})))
        if number % 3 == 0:
            futures[-1].result(SECONDS)
    wait(futures, SECONDS)
    done.set()
    thread.join(SECONDS)
    assert results == list(range(300))


def test_an_application_may_outlive_an_action_that_failed(actions_queue, client):
    failed = []
    client.actions["fail"] = lambda args: {}["no such key"]
    client.action_failed = lambda action, error: failed.append((action.name, type(error)))
    future = actions_queue.enqueue_action(Action("fail"))
    actions_queue.enqueue_action(Action("close"))
    client.poll()
    assert failed == [("fail", KeyError)]
    assert isinstance(future.exception(SECONDS), ActionFailedError)


@pytest.mark.parametrize(
    ("result", "arrived"), [(Path("/a"), str(Path("/a"))), ({1: {2}}, {"1": "{2}"}), ({(1, 2): 3}, "{(1, 2): 3}")]
)
def test_a_result_that_json_does_not_know_arrives_as_text(actions_queue, client, result, arrived):
    client.actions["odd"] = lambda args: result
    future = actions_queue.enqueue_action(Action("odd"))
    client.poll_once(SECONDS)
    assert future.result(SECONDS) == arrived
