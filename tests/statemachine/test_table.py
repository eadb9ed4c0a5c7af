"""Every state, trigger and fact: the machine moves as the table says, or the call is refused and nothing changed."""

from __future__ import annotations

from itertools import product

import pytest
from adaptor_runtime.statemachine import TRANSITIONS, AdaptorState, IllegalCallError, Lifecycle, Moves, Record, Trigger
from adaptor_runtime.statemachine._guard import Guard
from adaptor_runtime.statemachine._states import ADAPTOR, CALLS

EVERYWHERE = list(product(AdaptorState, (False, True)))
NO_HOOK_OR_ONE = [None, *(row.hook for row in CALLS.values())]


def target_of(trigger, state, stop_owed):
    """Read the table; None where it forbids the trigger."""
    for row in TRANSITIONS:
        if row.trigger is trigger and state in row.sources and row.stop_owed in (None, stop_owed):
            return row.target
    return None


def facts(lifecycle):
    return lifecycle.state, lifecycle.stop_owed, lifecycle.in_flight


def refused_without_a_change(lifecycle, trigger, call):
    """Make an illegal call; tell whether it raised and left nothing behind but the record of it."""
    before, history = facts(lifecycle), lifecycle.history
    with pytest.raises(IllegalCallError) as caught:
        call()
    assert facts(lifecycle) == before
    assert lifecycle.history[:-1] == history == caught.value.history
    record = lifecycle.history[-1]
    assert (record.kind, record.trigger, record.source, record.target) == (
        "refused",
        trigger.value,
        before[0].value,
        before[0].value,
    )
    return True


def test_each_trigger_has_one_row():
    assert [row.trigger for row in TRANSITIONS] == list(Trigger)


def test_each_state_is_reached_and_all_but_cleaned_are_left():
    assert {row.target for row in TRANSITIONS} == set(AdaptorState) - {AdaptorState.IDLE}
    assert {source for row in TRANSITIONS for source in row.sources} == set(AdaptorState) - {AdaptorState.CLEANED}


def test_states_and_triggers_print_as_their_values():
    names = ["idle", "started", "running", "canceled", "failed", "stopped", "cleaned"]
    assert [str(state) for state in AdaptorState] == [f"{state}" for state in AdaptorState] == names
    assert f"{Trigger.START} {Moves.AT_ONCE}" == "start at once"


@pytest.mark.parametrize(("state", "stop_owed"), EVERYWHERE)
@pytest.mark.parametrize("trigger", Trigger)
def test_the_guard_moves_as_written_or_not_at_all(state, stop_owed, trigger):
    guard = Guard(ADAPTOR)
    guard._model.state = state.value
    guard.fact = stop_owed
    target = target_of(trigger, state, stop_owed)
    assert guard.may(trigger) is (target is not None)
    assert guard.move(trigger) is (target is not None)
    assert (guard.state, guard.fact) == (target or state, stop_owed)


@pytest.mark.parametrize("hook", NO_HOOK_OR_ONE)
@pytest.mark.parametrize(("state", "stop_owed"), EVERYWHERE)
@pytest.mark.parametrize("trigger", CALLS)
def test_a_hook_begins_where_the_table_allows_it_and_no_other_is_in_flight(
    state, stop_owed, hook, trigger, lifecycle_in
):
    lifecycle = lifecycle_in(state, stop_owed=stop_owed, hook=hook)
    target = target_of(trigger, state, stop_owed)
    if hook is not None or target is None:
        assert refused_without_a_change(lifecycle, trigger, lambda: lifecycle.begin(trigger))
        return
    call = lifecycle.begin(trigger, task_id="7")
    assert facts(lifecycle) == (target if trigger is Trigger.RUN else state, stop_owed, call)
    assert (call.hook, call.trigger, call.task_id) == (CALLS[trigger].hook, trigger, "7")
    kinds = [(record.kind, record.source, record.target) for record in lifecycle.history]
    assert kinds == ([("transition", "started", "running")] if trigger is Trigger.RUN else [])


@pytest.mark.parametrize("hook", NO_HOOK_OR_ONE)
@pytest.mark.parametrize(("state", "stop_owed"), EVERYWHERE)
@pytest.mark.parametrize("trigger", [Trigger.CANCEL, Trigger.FAIL])
def test_cancel_and_fail_move_at_once_with_and_without_a_hook_in_flight(state, stop_owed, hook, trigger, lifecycle_in):
    lifecycle = lifecycle_in(state, stop_owed=stop_owed, hook=hook)
    move = {Trigger.CANCEL: lifecycle.cancel, Trigger.FAIL: lifecycle.fail}[trigger]
    target = target_of(trigger, state, stop_owed)
    if target is None:
        assert refused_without_a_change(lifecycle, trigger, lambda: move(cause="a test"))
        return
    in_flight = lifecycle.in_flight
    record = move(cause="a test")
    assert facts(lifecycle) == (target, stop_owed, in_flight)
    assert record == lifecycle.history[-1]
    assert (record.kind, record.trigger, record.source, record.target, record.cause, record.hook) == (
        "transition",
        trigger.value,
        state.value,
        target.value,
        "a test",
        hook,
    )


@pytest.mark.parametrize("hook", NO_HOOK_OR_ONE)
@pytest.mark.parametrize(("state", "stop_owed"), EVERYWHERE)
def test_exactly_the_allowed_calls_are_not_refused(state, stop_owed, hook, lifecycle_in):
    calls = [Trigger.START, Trigger.RUN, Trigger.CANCEL, Trigger.STOP, Trigger.CLEANUP]
    accepted = []
    for trigger in calls:
        lifecycle = lifecycle_in(state, stop_owed=stop_owed, hook=hook)
        try:
            lifecycle.cancel(cause="a test") if trigger is Trigger.CANCEL else lifecycle.begin(trigger)
        except IllegalCallError:
            continue
        accepted.append(trigger)
    assert list(lifecycle_in(state, stop_owed=stop_owed, hook=hook).allowed()) == accepted


@pytest.mark.parametrize("outcome", ["returned", "raised", "abandoned"])
@pytest.mark.parametrize(("state", "stop_owed"), EVERYWHERE)
@pytest.mark.parametrize("hook", [row.hook for row in CALLS.values()])
def test_the_end_of_a_hook_moves_along_the_table_or_is_only_recorded(state, stop_owed, hook, outcome, lifecycle_in):
    lifecycle = lifecycle_in(state, stop_owed=stop_owed, hook=hook)
    call = lifecycle.in_flight
    if outcome == "abandoned":
        record = lifecycle.abandon(call, cause="a test")
    else:
        record = lifecycle.settle(call, error="ouch" if outcome == "raised" else None)
    assert lifecycle.in_flight is None
    assert (record.hook, record.outcome, record.task_id) == (hook, outcome, "task")
    assert record.target == lifecycle.state.value
    if record.kind == "transition":
        assert lifecycle.state is target_of(Trigger(record.trigger), state, stop_owed)
    else:
        assert (record.kind, lifecycle.state) == ("abandoned" if outcome == "abandoned" else "settled", state)


@pytest.mark.parametrize("trigger", [Trigger.FINISH, Trigger.CANCEL, Trigger.FAIL])
def test_begin_takes_only_triggers_that_a_hook_belongs_to(lifecycle, trigger):
    with pytest.raises(ValueError, match=f"no hook belongs to {trigger}: begin takes start, run, stop, cleanup"):
        lifecycle.begin(trigger)
    assert lifecycle.history == ()


def operations(lifecycle):
    """Return everything that can be done to a lifecycle, by name."""
    call = lifecycle.in_flight
    ends = {
        "return": lambda: lifecycle.settle(call),
        "raise": lambda: lifecycle.settle(call, error="ouch"),
        "abandon": lambda: lifecycle.abandon(call, cause="deadline"),
    }
    return {
        **{f"begin {trigger}": lambda trigger=trigger: lifecycle.begin(trigger) for trigger in CALLS},
        "cancel": lambda: lifecycle.cancel(cause="signal"),
        "fail": lambda: lifecycle.fail(cause="loss"),
        **(ends if call else {}),
    }


def replayed(story):
    lifecycle = Lifecycle()
    for name in story:
        operations(lifecycle)[name]()
    return lifecycle


def reachable():
    """Return one story for each combination of state, stop owed and hook in flight that calls can lead to."""
    stories = {}
    waiting = [()]
    while waiting:
        story = waiting.pop(0)
        lifecycle = replayed(story)
        call = lifecycle.in_flight
        found = (lifecycle.state, lifecycle.stop_owed, call and call.hook, call and call.state)
        if found in stories:
            continue
        stories[found] = story
        for name in operations(lifecycle):
            try:
                replayed((*story, name))
            except IllegalCallError:
                continue
            waiting.append((*story, name))
    return stories


def test_a_stop_is_owed_in_no_state_that_has_nothing_to_stop():
    owed = {state for state, stop_owed, _, _ in reachable() if stop_owed}
    assert owed == {AdaptorState.STARTED, AdaptorState.RUNNING, AdaptorState.CANCELED, AdaptorState.FAILED}


def test_running_is_the_state_of_on_run_alone():
    assert {hook for state, _, hook, _ in reachable() if state is AdaptorState.RUNNING} == {"on_run"}


def test_every_story_can_be_brought_to_cleaned_without_another_start_or_run():
    for story in reachable().values():
        lifecycle = replayed(story)
        while lifecycle.state is not AdaptorState.CLEANED:
            if lifecycle.in_flight:
                lifecycle.settle(lifecycle.in_flight)
            else:
                lifecycle.begin(Trigger.STOP if lifecycle.stop_owed else Trigger.CLEANUP)
        assert not lifecycle.stop_owed


def test_what_the_table_makes_impossible_is_possible_from_no_state_that_follows():
    for trigger, state in product(Trigger, AdaptorState):
        followers = {row.target for row in TRANSITIONS if state in row.sources}
        if not ADAPTOR.still_possible(trigger, state):
            assert not any(ADAPTOR.still_possible(trigger, follower) for follower in followers)
            assert target_of(trigger, state, True) is target_of(trigger, state, False) is None


def test_records_survive_the_journal(lifecycle):
    lifecycle.settle(lifecycle.begin(Trigger.START))
    lifecycle.begin(Trigger.RUN, task_id="7")
    lifecycle.cancel(cause="signal")
    assert [Record.from_dict(record.to_dict()) for record in lifecycle.history] == list(lifecycle.history)
