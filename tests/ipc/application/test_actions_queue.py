from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, wait

import pytest
from adaptor_runtime.ipc import ActionsQueue
from adaptor_runtime.ipc._application import actions_queue as actions_queue_module
from adaptor_runtime_client import Action
from adaptor_runtime_client._channel import BODY_LIMIT, MESSAGE_LIMIT
from adaptor_runtime_client._messages import GivenAction, encode
from patience import SECONDS


def names(actions_queue):
    taken = iter(actions_queue.dequeue_action, None)
    return [action.name for action in taken]


def test_actions_leave_in_the_order_of_arrival():
    actions_queue = ActionsQueue()
    for name in ("a", "b", "c"):
        actions_queue.enqueue_action(Action(name))
    assert names(actions_queue) == ["a", "b", "c"]


def test_an_action_for_the_front_leaves_first():
    actions_queue = ActionsQueue()
    actions_queue.enqueue_action(Action("render"))
    actions_queue.enqueue_action(Action("close"), front=True)
    actions_queue.enqueue_action(Action("now"), True)
    assert names(actions_queue) == ["now", "close", "render"]


def test_length_and_truth_count_actions_that_are_not_taken():
    actions_queue = ActionsQueue()
    assert (len(actions_queue), bool(actions_queue)) == (0, False)
    actions_queue.enqueue_action(Action("render"))
    assert (len(actions_queue), bool(actions_queue), repr(actions_queue)) == (1, True, "<ActionsQueue of 1>")
    actions_queue.dequeue_action()
    assert (len(actions_queue), bool(actions_queue)) == (0, False)


def test_an_empty_queue_has_no_action():
    assert ActionsQueue().dequeue_action() is None


def test_taking_an_action_by_hand_ends_the_wait_for_it():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("render", {"frame": 1}))
    assert not future.done()
    assert actions_queue.dequeue_action() == Action("render", {"frame": 1})
    assert future.result(0) is None


def test_the_data_is_written_down_when_the_action_is_enqueued():
    actions_queue = ActionsQueue()
    args = {"frame": 1}
    actions_queue.enqueue_action(Action("render", args))
    args["frame"] = 2
    assert Action.from_bytes(actions_queue.take().body) == Action("render", {"frame": 1})


def test_circular_data_is_rejected_by_the_call():
    actions_queue = ActionsQueue()
    args = {}
    args["self"] = args
    with pytest.raises(ValueError, match="Circular"):
        actions_queue.enqueue_action(Action("render", args))
    assert not actions_queue


def test_data_too_large_for_a_message_is_rejected_by_the_call(monkeypatch):
    monkeypatch.setattr(actions_queue_module, "BODY_LIMIT", 1000)
    actions_queue = ActionsQueue()
    actions_queue.enqueue_action(Action("render", {"scene": "x" * 900}))
    with pytest.raises(ValueError, match="'render' takes 1041 bytes; the limit is 1000"):
        actions_queue.enqueue_action(Action("render", {"scene": "x" * 1000}))
    assert len(actions_queue) == 1


def test_an_accepted_action_fits_into_a_message():
    assert len(encode(GivenAction(2**63))) + BODY_LIMIT < MESSAGE_LIMIT


def test_a_canceled_action_is_never_performed():
    actions_queue = ActionsQueue()
    first, second = (actions_queue.enqueue_action(Action(name)) for name in ("first", "second"))
    assert first.cancel()
    assert actions_queue.take().action.name == "second"
    assert not second.cancel()
    assert second.running()
    with pytest.raises(CancelledError):
        first.result(0)


def test_who_waits_for_several_actions_sees_a_canceled_one_end():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("first"))
    future.cancel()
    assert actions_queue.take() is None
    assert wait([future], timeout=0).done == {future}


def test_an_action_is_performed_even_if_no_thread_still_waits_for_it():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("close"))
    future.end(RuntimeError("the session was canceled"))
    entry = actions_queue.take()
    entry.future.settle("a late result is dropped")
    with pytest.raises(RuntimeError, match="canceled"):
        future.result(0)


def test_a_waiting_application_gets_the_next_action_at_once():
    actions_queue = ActionsQueue()
    delivered = []
    assert actions_queue.take_or_wait(delivered.append) is None
    actions_queue.enqueue_action(Action("first"))
    actions_queue.enqueue_action(Action("second"))
    assert [entry.action.name for entry in delivered] == ["first"]
    assert len(actions_queue) == 1


def test_waiting_applications_are_served_in_the_order_of_arrival():
    actions_queue = ActionsQueue()
    delivered = []
    for name in ("one", "two"):
        actions_queue.take_or_wait(lambda entry, name=name: delivered.append((name, entry.action.name)))
    actions_queue.enqueue_action(Action("first"))
    actions_queue.enqueue_action(Action("second"))
    assert delivered == [("one", "first"), ("two", "second")]


def test_a_withdrawn_request_gets_nothing():
    actions_queue = ActionsQueue()
    delivered = []
    deliver = delivered.append
    actions_queue.take_or_wait(deliver)
    assert actions_queue.withdraw(deliver)
    actions_queue.enqueue_action(Action("first"))
    assert (delivered, len(actions_queue)) == ([], 1)
    assert not actions_queue.withdraw(deliver)


def test_returned_actions_leave_next_and_in_their_order():
    actions_queue = ActionsQueue()
    for name in ("first", "second", "third"):
        actions_queue.enqueue_action(Action(name))
    actions_queue.give_back([actions_queue.take(), actions_queue.take()])
    assert names(actions_queue) == ["first", "second", "third"]


def test_returned_actions_reach_waiting_applications_in_their_order():
    actions_queue = ActionsQueue()
    for name in ("first", "second", "third"):
        actions_queue.enqueue_action(Action(name))
    taken = [actions_queue.take() for _ in range(3)]
    delivered = []
    for name in ("one", "two"):
        actions_queue.take_or_wait(lambda entry, name=name: delivered.append((name, entry.action.name)))
    actions_queue.give_back(taken)
    assert delivered == [("one", "first"), ("two", "second")]
    assert names(actions_queue) == ["third"]


def test_a_returned_action_can_be_canceled_again():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("first"))
    actions_queue.give_back([actions_queue.take()])
    assert not future.running()
    assert future.cancel()
    assert actions_queue.take() is None


@pytest.mark.parametrize("name", ["render", "close"])
def test_a_returned_action_whose_wait_has_ended_is_performed_only_if_it_is_close(name):
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action(name), redeliver=True)
    entry = actions_queue.take()
    future.withdraw(RuntimeError("the session was canceled"))
    actions_queue.give_back([entry])
    assert names(actions_queue) == (["close"] if name == "close" else [])


def test_a_canceled_action_in_hand_is_not_performed_again():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("render"), redeliver=True)
    entry = actions_queue.take()
    assert not future.cancel()
    actions_queue.give_back([entry])
    assert (future.cancelled(), actions_queue.take()) == (True, None)


@pytest.mark.parametrize("first", ["hand", "cancel"])
@pytest.mark.parametrize("end", [lambda future: future.cancel(), lambda future: future.withdraw(RuntimeError("no"))])
def test_an_application_is_told_that_the_action_in_its_hand_is_canceled(first, end):
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("render"))
    told = []
    entry = actions_queue.take()
    steps = [lambda: entry.future.hand(lambda: told.append("canceled")), lambda: end(future)]
    for step in steps if first == "hand" else reversed(steps):
        step()
    assert told == ["canceled"]


def test_the_close_in_hand_of_an_application_is_not_canceled():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("close"))
    told = []
    actions_queue.take().future.hand(lambda: told.append("canceled"))
    future.withdraw(RuntimeError("the session was canceled"))
    assert told == []


def test_an_action_is_in_hand_until_it_is_given_back_also_after_its_wait_has_ended():
    actions_queue = ActionsQueue()
    future = actions_queue.enqueue_action(Action("render"))
    assert not future.is_in_hand()
    entry = actions_queue.take()
    future.withdraw(RuntimeError("no"))
    assert (future.is_in_hand(), future.running(), future.wait_until_given_back(0.01)) == (True, False, False)
    waiting = threading.Thread(target=future.wait_until_given_back)
    waiting.start()
    entry.future.give_back()
    waiting.join(SECONDS)
    assert not waiting.is_alive()


def test_a_watcher_sees_existing_and_later_futures():
    actions_queue = ActionsQueue()
    watched = []
    before = actions_queue.enqueue_action(Action("before"))
    actions_queue.watch_futures(watched.append)
    after = actions_queue.enqueue_action(Action("after"))
    assert watched == [before, after]


def test_threads_lose_nothing_and_take_nothing_twice():
    actions_queue = ActionsQueue()
    taken = []

    def put(start):
        for number in range(start, start + 500):
            actions_queue.enqueue_action(Action("do", {"number": number}))

    def take():
        arrived = threading.Semaphore(0)
        mine = []

        def deliver(entry):
            mine.append(entry)
            arrived.release()

        for _ in range(500):
            entry = actions_queue.take_or_wait(deliver)
            if entry is None:
                arrived.acquire()
            else:
                mine.append(entry)
        taken.extend(entry.action.args["number"] for entry in mine)

    threads = [threading.Thread(target=put, args=(start,)) for start in (0, 500, 1000)]
    threads += [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1500))
    assert not actions_queue


@pytest.mark.parametrize("timeout", [None, 30])
def test_a_wait_goes_on_when_an_application_that_has_not_begun_the_action_gives_it_back(actions_queue, timeout):
    future = actions_queue.enqueue_action(Action("render"))
    entry = actions_queue.take()
    results = []
    waiting = threading.Thread(target=lambda: results.append(future.result(timeout)))
    waiting.start()
    while not future.is_awaited:
        time.sleep(0.001)
    for _ in range(20):
        actions_queue.give_back([entry])
        time.sleep(0.001)  # a thread that is woken must get its turn
        entry = actions_queue.take()
    entry.future.settle("done")
    waiting.join(SECONDS)
    assert results == ["done"]
