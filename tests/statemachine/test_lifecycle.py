"""What begin, settle, abandon, cancel and fail do to each other."""

from __future__ import annotations

import json

import pytest
from adaptor_runtime.statemachine import AdaptorState, IllegalCallError, Lifecycle, Trigger, path


@pytest.fixture
def started(lifecycle):
    lifecycle.settle(lifecycle.begin(Trigger.START))
    return lifecycle


def test_a_session_goes_through_the_states_in_order(lifecycle):
    for trigger in (Trigger.START, Trigger.RUN, Trigger.RUN, Trigger.STOP, Trigger.CLEANUP):
        lifecycle.settle(lifecycle.begin(trigger))
    assert path(lifecycle.history) == [
        "idle",
        "started",
        "running",
        "started",
        "running",
        "started",
        "stopped",
        "cleaned",
    ]
    assert [record.sequence for record in lifecycle.history] == list(range(1, 8))
    assert lifecycle.allowed() == ()


def test_the_record_of_a_hook_tells_its_seconds_outcome_and_task(started, clock):
    call = started.begin(Trigger.RUN, task_id="frame 7")
    begun = started.history[-1]
    clock.now += 2.5
    ended = started.settle(call)
    assert (begun.trigger, begun.hook, begun.seconds, begun.outcome, begun.task_id) == (
        "run",
        "on_run",
        None,
        None,
        "frame 7",
    )
    assert (ended.trigger, ended.hook, ended.seconds, ended.outcome, ended.task_id) == (
        "finish",
        "on_run",
        2.5,
        "returned",
        "frame 7",
    )
    assert (begun.cause, ended.cause, begun.time, ended.time) == (None, None, 100.0, 102.5)


def test_a_start_that_raised_fails_and_owes_no_stop(lifecycle):
    record = lifecycle.settle(lifecycle.begin(Trigger.START), error="no licence")
    assert (record.trigger, record.outcome, record.cause) == ("fail", "raised", "no licence")
    assert (lifecycle.state, lifecycle.stop_owed) == (AdaptorState.FAILED, False)
    assert lifecycle.allowed() == (Trigger.CLEANUP,)


def test_a_cancel_during_start_is_not_overwritten_when_start_returns(lifecycle):
    call = lifecycle.begin(Trigger.START)
    lifecycle.cancel(cause="SIGTERM")
    assert lifecycle.state is AdaptorState.CANCELED
    assert lifecycle.settle(call).kind == "settled"
    assert (lifecycle.state, lifecycle.stop_owed) == (AdaptorState.CANCELED, True)
    assert lifecycle.allowed() == (Trigger.STOP,)


@pytest.mark.parametrize("move", ["cancel", "fail"])
def test_the_first_cause_wins_over_a_start_that_raises_later(lifecycle, move):
    call = lifecycle.begin(Trigger.START)
    getattr(lifecycle, move)(cause="first")
    state = lifecycle.state
    record = lifecycle.settle(call, error="second")
    assert (record.kind, record.outcome, record.cause) == ("settled", "raised", "second")
    assert (lifecycle.state, lifecycle.stop_owed) == (state, False)


@pytest.mark.parametrize("error", [None, "bad frame"])
def test_a_task_ends_ready_for_the_next_whether_it_returned_or_raised(started, error):
    record = started.settle(started.begin(Trigger.RUN), error=error)
    assert (record.trigger, record.outcome) == ("finish", "raised" if error else "returned")
    assert Trigger.RUN in started.allowed()


@pytest.mark.parametrize("move", ["cancel", "fail"])
def test_a_task_that_was_overtaken_is_settled_without_a_transition(started, move):
    call = started.begin(Trigger.RUN)
    getattr(started, move)(cause="first")
    state = started.state
    assert started.settle(call, error="second").kind == "settled"
    assert (started.state, started.stop_owed) == (state, True)


def test_a_stop_that_raised_fails_and_is_not_owed_again(started):
    record = started.settle(started.begin(Trigger.STOP), error="hung up")
    assert (record.trigger, record.target, started.stop_owed) == ("fail", "failed", False)
    assert started.allowed() == (Trigger.CLEANUP,)


def test_a_stop_that_raised_after_a_failure_is_settled(started):
    started.fail(cause="loss")
    record = started.settle(started.begin(Trigger.STOP), error="hung up")
    assert (record.kind, started.state, started.stop_owed) == ("settled", AdaptorState.FAILED, False)


@pytest.mark.parametrize("move", ["cancel", "fail"])
def test_a_stop_that_returns_stops_also_when_overtaken(started, move):
    call = started.begin(Trigger.STOP)
    getattr(started, move)(cause="meanwhile")
    assert started.settle(call).trigger == "stop"
    assert (started.state, started.stop_owed) == (AdaptorState.STOPPED, False)


@pytest.mark.parametrize("error", [None, "ouch"])
def test_a_cleanup_leads_to_cleaned_whether_it_returned_or_raised(lifecycle, error):
    record = lifecycle.settle(lifecycle.begin(Trigger.CLEANUP), error=error)
    assert (record.target, record.outcome) == ("cleaned", "raised" if error else "returned")


def test_an_abandoned_start_fails_and_its_late_return_owes_no_stop(lifecycle, clock):
    call = lifecycle.begin(Trigger.START)
    clock.now += 60
    record = lifecycle.abandon(call, cause="on_start deadline of 60 s")
    assert (record.kind, record.trigger, record.outcome, record.seconds) == ("transition", "fail", "abandoned", 60.0)
    assert lifecycle.in_flight is None
    clock.now += 5
    late = lifecycle.settle(call)
    assert (late.kind, late.outcome, late.seconds, late.source, late.target) == (
        "late",
        "returned",
        65.0,
        "failed",
        "failed",
    )
    assert (lifecycle.state, lifecycle.stop_owed) == (AdaptorState.FAILED, False)


def test_no_run_follows_an_abandoned_task(started):
    record = started.abandon(started.begin(Trigger.RUN), cause="deadline")
    assert (record.kind, record.trigger, started.stop_owed) == ("transition", "fail", True)
    with pytest.raises(IllegalCallError, match="no further run is possible"):
        started.begin(Trigger.RUN)
    started.settle(started.begin(Trigger.STOP))
    started.settle(started.begin(Trigger.CLEANUP))
    assert started.state is AdaptorState.CLEANED


def test_an_abandoned_task_that_was_canceled_is_only_recorded(started):
    call = started.begin(Trigger.RUN)
    started.cancel(cause="SIGTERM")
    record = started.abandon(call, cause="deadline")
    assert (record.kind, record.outcome, record.trigger) == ("abandoned", "abandoned", "run")
    assert (started.state, started.in_flight) == (AdaptorState.CANCELED, None)


def test_an_abandoned_stop_is_not_owed_any_more(started):
    assert started.abandon(started.begin(Trigger.STOP), cause="deadline").trigger == "fail"
    assert (started.state, started.stop_owed) == (AdaptorState.FAILED, False)


def test_an_abandoned_stop_after_a_failure_is_only_recorded(started):
    started.fail(cause="loss")
    record = started.abandon(started.begin(Trigger.STOP), cause="deadline")
    assert (record.kind, started.stop_owed) == ("abandoned", False)


def test_an_abandoned_cleanup_leads_to_cleaned(lifecycle):
    record = lifecycle.abandon(lifecycle.begin(Trigger.CLEANUP), cause="deadline")
    assert (record.kind, record.target, record.outcome) == ("transition", "cleaned", "abandoned")


def test_a_deadline_that_comes_just_after_the_end_changes_nothing(started):
    call = started.begin(Trigger.RUN)
    started.settle(call)
    record = started.abandon(call, cause="deadline")
    assert (record.kind, record.outcome, started.state) == ("late", None, AdaptorState.STARTED)


def test_the_late_end_of_an_abandoned_hook_does_not_touch_the_hook_after_it(started):
    abandoned = started.begin(Trigger.RUN)
    started.abandon(abandoned, cause="deadline")
    stop = started.begin(Trigger.STOP)
    assert started.settle(abandoned).kind == "late"
    assert (started.in_flight, started.stop_owed) == (stop, True)


def test_a_cancel_names_the_task_in_flight_unless_another_is_given(started):
    started.begin(Trigger.RUN, task_id="7")
    assert started.cancel(cause="SIGTERM").task_id == "7"


def test_a_no_op_is_recorded_and_raises_nothing(started):
    record = started.refuse(Trigger.CANCEL, cause="the task is over", task_id="6")
    assert (record.kind, record.trigger, record.cause, record.task_id) == ("refused", "cancel", "the task is over", "6")
    assert started.state is AdaptorState.STARTED


def test_a_refusal_without_a_cause_records_the_reason(started):
    with pytest.raises(IllegalCallError):
        started.begin(Trigger.CLEANUP, task_id="7")
    started.cancel(cause="SIGTERM")
    with pytest.raises(IllegalCallError):
        started.cancel(cause="SIGINT")
    assert [(record.cause, record.task_id) for record in started.history if record.kind == "refused"] == [
        ("on_stop is owed first", "7"),
        ("SIGINT", None),
    ]


def test_the_history_is_bounded_and_keeps_the_latest():
    lifecycle = Lifecycle(history_limit=3)
    for number in range(10):
        lifecycle.refuse(Trigger.CANCEL, cause=str(number))
    assert [(record.sequence, record.cause) for record in lifecycle.history] == [(8, "7"), (9, "8"), (10, "9")]


def test_the_facts_belong_to_one_moment(started):
    call = started.begin(Trigger.RUN)
    assert started.facts() == (AdaptorState.RUNNING, True, call, (Trigger.CANCEL,))


def test_the_repr_shows_state_hook_and_debt(started):
    started.begin(Trigger.RUN)
    assert repr(started) == "<Lifecycle running, on_run in flight, stop owed>"
    assert repr(Lifecycle()) == "<Lifecycle idle>"


def test_the_hook_in_flight_can_be_sent_as_json(started):
    call = started.begin(Trigger.RUN, task_id="7")
    assert json.loads(json.dumps(call.to_dict())) == {
        "hook": "on_run",
        "trigger": "run",
        "since": 100.0,
        "task_id": "7",
        "state": "running",
    }
