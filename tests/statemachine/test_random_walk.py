"""Random calls, against what an adaptor's author is promised."""

from __future__ import annotations

import pytest
from adaptor_runtime.statemachine import (
    APPLICATION_TRANSITIONS,
    AdaptorState,
    ApplicationLife,
    ApplicationState,
    ApplicationTrigger,
    IllegalCallError,
    Lifecycle,
    Trigger,
    path,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

FINAL = {AdaptorState.CANCELED, AdaptorState.FAILED, AdaptorState.STOPPED, AdaptorState.CLEANED}


class Walk(RuleBasedStateMachine):
    """Make any call at any time, and keep the books beside it."""

    def __init__(self):
        super().__init__()
        self.observed = []
        self.now = 0.0
        self.lifecycle = Lifecycle(clock=self.clock, on_record=self.observed.append, history_limit=10**6)
        self.in_flight = None
        self.abandoned = []
        self.begun = []
        self.start_returned = False
        self.stop_ended = False
        self.over = False

    def clock(self):
        self.now += 1.0
        return self.now

    @rule(trigger=st.sampled_from([Trigger.START, Trigger.RUN, Trigger.STOP, Trigger.CLEANUP]))
    def begin(self, trigger):
        allowed = self.lifecycle.allowed()
        if trigger not in allowed:
            with pytest.raises(IllegalCallError) as caught:
                self.lifecycle.begin(trigger)
            assert caught.value.allowed == allowed
            return
        call = self.lifecycle.begin(trigger)
        assert self.in_flight is None
        assert trigger is not Trigger.RUN or not self.over
        self.in_flight = call
        self.begun.append(trigger)

    @precondition(lambda self: self.in_flight)
    @rule(error=st.sampled_from([None, "ouch"]))
    def settle(self, error):
        record = self.lifecycle.settle(self.in_flight, error=error)
        assert record.outcome == ("raised" if error else "returned")
        self.start_returned |= self.in_flight.trigger is Trigger.START and error is None
        self.over |= self.in_flight.trigger is Trigger.START and error is not None
        self.end()

    @precondition(lambda self: self.in_flight)
    @rule()
    def abandon(self):
        assert self.lifecycle.abandon(self.in_flight, cause="deadline").outcome == "abandoned"
        self.abandoned.append(self.in_flight)
        self.over = True
        self.end()

    def end(self):
        self.stop_ended |= self.in_flight.trigger is Trigger.STOP
        self.in_flight = None

    @precondition(lambda self: self.abandoned)
    @rule(data=st.data(), error=st.sampled_from([None, "ouch"]))
    def end_late(self, data, error):
        before = self.lifecycle.facts()
        call = data.draw(st.sampled_from(self.abandoned))
        assert self.lifecycle.settle(call, error=error).kind == "late"
        assert self.lifecycle.facts() == before

    @rule(move=st.sampled_from(["cancel", "fail"]))
    def move_at_once(self, move):
        before = self.lifecycle.facts()
        try:
            getattr(self.lifecycle, move)(cause="a test")
        except IllegalCallError:
            assert self.lifecycle.facts() == before
        else:
            self.over = True

    @invariant()
    def the_hook_in_flight_is_the_one_that_began_and_has_not_ended(self):
        assert self.lifecycle.in_flight is self.in_flight

    @invariant()
    def a_stop_is_owed_from_the_return_of_start_to_the_end_of_stop(self):
        assert self.lifecycle.stop_owed is (self.start_returned and not self.stop_ended)

    @invariant()
    def start_stop_and_cleanup_are_called_once_at_most(self):
        assert all(self.begun.count(trigger) <= 1 for trigger in (Trigger.START, Trigger.STOP, Trigger.CLEANUP))
        assert self.start_returned or Trigger.STOP not in self.begun

    @invariant()
    def after_a_cancel_a_failure_or_an_abandoned_hook_no_task_is_accepted(self):
        assert not self.over or self.lifecycle.state in FINAL

    @invariant()
    def the_records_are_one_unbroken_story_that_was_observed_whole(self):
        history = self.lifecycle.history
        assert tuple(self.observed) == history
        assert [record.sequence for record in history] == list(range(1, len(history) + 1))
        states = ["idle", *(record.target for record in history)]
        assert [record.source for record in history] == states[:-1]
        assert all((record.kind == "transition") is (record.source != record.target) for record in history)
        assert states[-1] == self.lifecycle.state.value
        assert [record.time for record in history] == sorted(record.time for record in history)

    def teardown(self):
        while self.lifecycle.state is not AdaptorState.CLEANED:
            call = self.lifecycle.in_flight
            if call is None:
                call = self.lifecycle.begin(Trigger.STOP if self.lifecycle.stop_owed else Trigger.CLEANUP)
            self.lifecycle.settle(call)
        assert self.lifecycle.allowed() == ()


class ApplicationWalk(RuleBasedStateMachine):
    """Pull any trigger at any time, in both ways, and keep the books beside it."""

    def __init__(self):
        super().__init__()
        self.observed = []
        self.now = 0.0
        self.life = ApplicationLife("any", clock=self.clock, on_record=self.observed.append, history_limit=10**6)
        self.processes = 0
        self.asked = 0

    def clock(self):
        self.now += 1.0
        return self.now

    @rule(trigger=st.sampled_from(list(ApplicationTrigger)), is_lenient=st.booleans())
    def pull(self, trigger, is_lenient):
        before, count = self.life.state, len(self.life.history)
        is_allowed = trigger in self.life.allowed()
        assert is_allowed is any(row.trigger is trigger and before in row.sources for row in APPLICATION_TRANSITIONS)
        if is_lenient:
            assert (self.life.move_if_allowed(trigger) is not None) is is_allowed
        elif is_allowed:
            self.life.move(trigger)
        else:
            with pytest.raises(IllegalCallError) as caught:
                self.life.move(trigger)
            assert trigger not in caught.value.allowed
        assert len(self.life.history) == count + (is_allowed or not is_lenient)
        if is_allowed:
            self.keep_the_books(trigger)

    def keep_the_books(self, trigger):
        self.processes += trigger is ApplicationTrigger.LAUNCH
        self.processes -= trigger is ApplicationTrigger.LOSE
        self.asked += trigger is ApplicationTrigger.ASK
        if trigger is not ApplicationTrigger.ASK:
            self.asked = 0

    @invariant()
    def there_is_one_process_at_most_and_one_request_at_most(self):
        state = self.life.state
        if state is ApplicationState.CLOSED:
            self.processes = 0
        assert self.processes == (state in {ApplicationState.LOADING, ApplicationState.READY, ApplicationState.BUSY})
        assert self.asked == (state is ApplicationState.BUSY)

    @invariant()
    def the_records_are_one_unbroken_story_that_was_observed_whole(self):
        history = self.life.history
        assert tuple(self.observed) == history
        assert [record.sequence for record in history] == list(range(1, len(history) + 1))
        states = ["absent", *(record.target for record in history)]
        assert [record.source for record in history] == states[:-1]
        assert states[-1] == self.life.state.value == (path(history, "any") or ["absent"])[-1]
        assert path(history) == []


pytestmark = pytest.mark.timeout(1200)  # many walks, each of many steps
TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestApplicationWalk = ApplicationWalk.TestCase
TestApplicationWalk.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
