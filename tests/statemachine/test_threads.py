"""Calls from many threads at once."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from adaptor_runtime.statemachine import (
    AdaptorState,
    ApplicationLife,
    ApplicationTrigger,
    IllegalCallError,
    Lifecycle,
    Trigger,
)
from patience import SECONDS

THREADS = 8
ROUNDS = 300


def in_threads(work):
    """Run ``work(number)`` in several threads that begin together; return when all have ended, or raise their error."""
    together, errors = threading.Barrier(THREADS), []

    def body(number):
        together.wait(SECONDS)
        try:
            work(number)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def started(**options):
    lifecycle = Lifecycle(**options)
    lifecycle.settle(lifecycle.begin(Trigger.START))
    return lifecycle


def test_of_simultaneous_calls_exactly_one_hook_is_in_flight():
    inside, accepted, seen = threading.Semaphore(1), Counter(), []
    lifecycle = started(history_limit=10**6, on_record=seen.append)

    def work(number):
        for _ in range(ROUNDS):
            try:
                call = lifecycle.begin(Trigger.RUN)
            except IllegalCallError:
                continue
            assert inside.acquire(blocking=False), "two hooks in flight"
            accepted[number] += 1
            inside.release()
            lifecycle.settle(call)

    in_threads(work)
    runs = sum(accepted.values())
    kinds = Counter(record.kind for record in lifecycle.history)
    assert kinds == {
        "transition": 1 + 2 * runs,
        "refused": THREADS * ROUNDS - runs,
    }
    assert [record.sequence for record in lifecycle.history] == list(range(1, len(lifecycle.history) + 1))
    assert tuple(seen) == lifecycle.history


def test_each_record_continues_where_the_last_one_left_the_state():
    lifecycle = started(history_limit=10**6)

    def work(number):
        for _ in range(ROUNDS):
            try:
                lifecycle.settle(lifecycle.begin(Trigger.RUN))
                if number == 0 and lifecycle.history[-1].sequence > ROUNDS:
                    lifecycle.cancel(cause="enough")
            except IllegalCallError:
                continue

    in_threads(work)
    states = [record.target for record in lifecycle.history]
    assert [record.source for record in lifecycle.history[1:]] == states[:-1]


def test_of_simultaneous_cancels_one_moves_and_the_others_are_refused():
    lifecycle, refused = started(), []

    def work(number):
        try:
            lifecycle.cancel(cause=f"signal {number}")
        except IllegalCallError:
            refused.append(number)

    in_threads(work)
    assert (lifecycle.state, len(refused)) == (AdaptorState.CANCELED, THREADS - 1)


@pytest.mark.parametrize("_round", range(50))
def test_a_deadline_and_the_end_of_a_hook_agree_on_one_outcome(_round):
    lifecycle = started()
    call, records = lifecycle.begin(Trigger.RUN), []

    def work(number):
        records.append(lifecycle.abandon(call, cause="deadline") if number % 2 else lifecycle.settle(call))

    in_threads(work)
    assert Counter(record.kind for record in records) == {"transition": 1, "late": THREADS - 1}


def test_of_simultaneous_requests_to_an_application_one_is_sent_at_a_time():
    inside, seen = threading.Semaphore(1), []
    life = ApplicationLife("blender", history_limit=10**6, on_record=seen.append)
    life.move(ApplicationTrigger.LAUNCH)
    life.move(ApplicationTrigger.READY)

    def work(number):
        for _ in range(ROUNDS):
            if number % 2:
                sent = life.move_if_allowed(ApplicationTrigger.ASK) is not None
            else:
                try:
                    sent = life.move(ApplicationTrigger.ASK) is not None
                except IllegalCallError:
                    sent = False
            if sent:
                assert inside.acquire(blocking=False), "two requests at once"
                inside.release()
                life.move(ApplicationTrigger.READY)

    in_threads(work)
    assert tuple(seen) == life.history
    assert [record.sequence for record in seen] == list(range(1, len(seen) + 1))
    assert [record.source for record in seen[1:]] == [record.target for record in seen[:-1]]


@pytest.mark.parametrize("_round", range(20))
def test_an_end_that_was_asked_for_and_an_exit_agree_on_one_cause(_round):
    life, records = ApplicationLife("blender"), []
    life.move(ApplicationTrigger.LAUNCH)

    def work(number):
        trigger = ApplicationTrigger.LOSE if number % 2 else ApplicationTrigger.CLOSE
        records.append(life.move_if_allowed(trigger, cause=str(number)))

    in_threads(work)
    moved = [record for record in records if record is not None]
    assert sorted(moved) == sorted(life.history[1:])
    assert [record.trigger for record in life.history[1:]] in (["close"], ["lose", "close"])
