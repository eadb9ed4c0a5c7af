"""The life of an application: its table, its guard, its refusals, its records."""

from __future__ import annotations

import json
from itertools import product

import pytest
from adaptor_runtime.statemachine import (
    APPLICATION_TRANSITIONS,
    ApplicationLife,
    ApplicationState,
    ApplicationTrigger,
    IllegalCallError,
    Record,
    path,
)
from adaptor_runtime.statemachine._application_states import APPLICATION
from adaptor_runtime.statemachine._guard import Guard

LAUNCH, READY, ASK, LOSE, CLOSE = ApplicationTrigger
EVERY_PAIR = list(product(ApplicationState, ApplicationTrigger))


def target_of(trigger, state):
    """Read the table; None where it forbids the trigger."""
    return next(
        (row.target for row in APPLICATION_TRANSITIONS if row.trigger is trigger and state in row.sources), None
    )


@pytest.fixture
def life(clock):
    return ApplicationLife("blender", clock=clock)


@pytest.fixture
def life_in():
    """Make a life in a given state, however it got there."""

    def make(state):
        life = ApplicationLife("blender")
        life._guard._model.state = state.value
        return life

    return make


def pull(life, *triggers):
    return [life.move(trigger) for trigger in triggers]


def test_each_trigger_has_one_row_for_each_state():
    pairs = [(row.trigger, source) for row in APPLICATION_TRANSITIONS for source in row.sources]
    assert len(pairs) == len(set(pairs))
    assert {trigger for trigger, _ in pairs} == set(ApplicationTrigger)


def test_an_application_can_be_launched_again_from_wherever_it_has_ended():
    ended = {ApplicationState.ABSENT, ApplicationState.LOST, ApplicationState.CLOSED}
    assert {state for state in ApplicationState if target_of(LAUNCH, state)} == ended
    assert {state for state in ApplicationState if target_of(CLOSE, state)} == set(ApplicationState) - {
        ApplicationState.ABSENT,
        ApplicationState.CLOSED,
    }


def test_states_and_triggers_print_as_their_values():
    assert [str(state) for state in ApplicationState] == ["absent", "loading", "ready", "busy", "lost", "closed"]
    assert [f"{trigger}" for trigger in ApplicationTrigger] == ["launch", "ready", "ask", "lose", "close"]


@pytest.mark.parametrize(("state", "trigger"), EVERY_PAIR)
def test_the_guard_moves_as_written_or_not_at_all(state, trigger):
    guard = Guard(APPLICATION)
    guard._model.state = state.value
    target = target_of(trigger, state)
    assert guard.may(trigger) is (trigger in guard.allowed()) is (target is not None)
    assert guard.move(trigger) is (target is not None)
    assert guard.state is (target or state)


@pytest.mark.parametrize(("state", "trigger"), EVERY_PAIR)
def test_a_move_is_as_written_or_is_refused_and_nothing_changed(state, trigger, life_in):
    life, target = life_in(state), target_of(trigger, state)
    if target is None:
        with pytest.raises(IllegalCallError) as caught:
            life.move(trigger, cause="a test")
        assert (caught.value.trigger, caught.value.state, caught.value.allowed) == (trigger, state, life.allowed())
        assert caught.value.application == "blender"
        assert life.state is state
    else:
        life.move(trigger, cause="a test")
        assert life.state is target
    (record,) = life.history
    kind = "refused" if target is None else "transition"
    assert record[:6] == (1, kind, trigger.value, state.value, (target or state).value, "a test")
    assert (record.machine, record.application) == ("application", "blender")


@pytest.mark.parametrize(("state", "trigger"), EVERY_PAIR)
def test_a_move_that_is_made_only_if_allowed_leaves_nothing_behind_otherwise(state, trigger, life_in):
    life, target = life_in(state), target_of(trigger, state)
    record = life.move_if_allowed(trigger, cause="a prompt", task_id="7")
    if target is None:
        assert (record, life.state, life.history) == (None, state, ())
    else:
        assert (record, life.state) == (life.history[-1], target)
        assert (record.cause, record.task_id) == ("a prompt", "7")


def test_the_error_names_the_call_the_state_the_application_and_what_is_allowed(life):
    pull(life, LAUNCH)
    with pytest.raises(IllegalCallError) as caught:
        life.move(ASK)
    assert str(caught.value) == (
        "ask was refused in state loading of the application blender: not from this state; "
        "allowed now: ready, lose, close; recent path: absent -> loading"
    )
    assert caught.value.exit_code == 3
    assert life.history[-1].cause == "not from this state"


def test_the_error_says_why_the_last_state_was_entered_and_is_one_line():
    life = ApplicationLife("odd\nname")
    life.move(LAUNCH)
    life.move(LOSE, cause="exited with 1:\nno license")
    with pytest.raises(IllegalCallError) as caught:
        life.move(ASK)
    assert str(caught.value).endswith("absent -> loading -> lost (exited with 1: no license)")
    assert "of the application odd name: " in str(caught.value)


def test_a_record_says_how_long_the_application_was_in_the_former_state(life, clock):
    pull(life, LAUNCH)
    clock.now += 12.5
    pull(life, READY)
    clock.now += 1.0
    pull(life, ASK)
    assert [record.seconds for record in life.history] == [None, 12.5, 1.0]
    assert [record.time for record in life.history] == [100.0, 112.5, 113.5]


def test_what_happens_many_times_in_a_task_is_for_debugging_and_a_refusal_is_a_warning(life):
    pull(life, LAUNCH, READY, ASK, READY, ASK, LOSE, LAUNCH, CLOSE)
    with pytest.raises(IllegalCallError):
        life.move(ASK)
    levels = ["INFO", "INFO", "DEBUG", "DEBUG", "DEBUG", "INFO", "INFO", "INFO", "WARNING"]
    assert [record.level for record in life.history] == levels


def test_a_restart_costs_no_state_of_the_former_process(life):
    pull(life, LAUNCH, READY, ASK, CLOSE, LAUNCH, READY)
    assert path(life.history, "blender") == ["absent", "loading", "ready", "busy", "closed", "loading", "ready"]
    assert path(life.history) == path(life.history, "maya") == []


def test_records_survive_json(life):
    pull(life, LAUNCH, READY)
    assert [Record.from_dict(json.loads(json.dumps(record.to_dict()))) for record in life.history] == [*life.history]


def test_every_record_is_observed_in_order_and_an_observer_may_call_the_life():
    seen = []

    def observer(record):
        seen.append(record)
        if record.trigger == "launch":
            life.move(READY)
        raise ValueError(record.trigger)

    life = ApplicationLife("blender", on_record=observer)
    pull(life, LAUNCH)
    assert tuple(seen) == life.history
    assert [record.trigger for record in seen] == ["launch", "ready"]
    assert str(life.observer_error) == "launch"


def test_the_history_is_bounded_and_keeps_the_latest(clock):
    life = ApplicationLife("blender", clock=clock, history_limit=2)
    pull(life, LAUNCH, READY, ASK)
    assert [record.sequence for record in life.history] == [2, 3]


def test_the_reprs_show_the_state_and_the_table(life):
    assert repr(life) == "<ApplicationLife blender absent>"
    assert repr(APPLICATION) == "<Table of the application, 6 rows>"


def test_nothing_becomes_impossible_for_good_because_it_can_be_launched_again():
    assert all(APPLICATION.still_possible(trigger, state) for state, trigger in EVERY_PAIR)
