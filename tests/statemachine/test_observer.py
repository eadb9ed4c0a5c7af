"""Records reach the observer in order, and nobody waits for a slow one."""

from __future__ import annotations

import logging
import threading

import pytest
from adaptor_runtime.statemachine import IllegalCallError, Lifecycle, Trigger
from patience import SECONDS


def test_every_record_is_observed_in_order_and_refusals_too():
    seen = []
    lifecycle = Lifecycle(on_record=seen.append)
    lifecycle.settle(lifecycle.begin(Trigger.START))
    with pytest.raises(IllegalCallError):
        lifecycle.begin(Trigger.START)
    lifecycle.refuse(Trigger.CANCEL, cause="the task is over")
    lifecycle.cancel(cause="SIGTERM")
    assert tuple(seen) == lifecycle.history
    assert [record.kind for record in seen] == ["transition", "refused", "refused", "transition"]


def test_a_slow_observer_does_not_block_another_thread():
    entered, release, seen = threading.Event(), threading.Event(), []

    def observer(record):
        seen.append(record.trigger)
        entered.set()
        assert release.wait(SECONDS)

    lifecycle = Lifecycle(on_record=observer)
    first = threading.Thread(target=lambda: lifecycle.settle(lifecycle.begin(Trigger.START)))
    first.start()
    assert entered.wait(SECONDS)
    lifecycle.begin(Trigger.RUN)  # would not return if it had to wait for the observer
    lifecycle.cancel(cause="SIGTERM")
    assert (str(lifecycle.state), seen) == ("canceled", ["start"])
    release.set()
    first.join(SECONDS)
    assert seen == ["start", "run", "cancel"]


def test_the_observer_may_call_the_lifecycle():
    seen = []

    def observer(record):
        seen.append((record.trigger, str(lifecycle.facts().state)))
        if record.trigger == "start":
            lifecycle.cancel(cause="an observer")

    lifecycle = Lifecycle(on_record=observer)
    lifecycle.settle(lifecycle.begin(Trigger.START))
    assert seen == [("start", "started"), ("cancel", "canceled")]


def test_an_observer_that_raises_stops_neither_the_lifecycle_nor_later_records():
    seen = []

    def observer(record):
        seen.append(record)
        raise ValueError(record.trigger)

    lifecycle = Lifecycle(on_record=observer)
    lifecycle.settle(lifecycle.begin(Trigger.START))
    lifecycle.cancel(cause="SIGTERM")
    assert tuple(seen) == lifecycle.history
    assert str(lifecycle.observer_error) == "start"


def test_the_machine_inside_writes_no_log_and_others_still_do(caplog):
    from transitions import Machine

    caplog.set_level(logging.DEBUG)
    Lifecycle().cancel(cause="SIGTERM")
    assert caplog.records == []
    Machine(states=["a", "b"], initial="a", transitions=[["go", "a", "b"]]).trigger("go")
    assert caplog.records != []
