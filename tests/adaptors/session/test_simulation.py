"""A whole session on a virtual clock: whatever hooks, applications and callers do, the promises to the author hold."""

from __future__ import annotations

import heapq
import itertools
import os

import attrs
import pytest
from adaptor_runtime.adaptors._deadlines import Deadlines
from adaptor_runtime.adaptors._outcome import Cause, describe_error
from adaptor_runtime.adaptors._session.request import SessionRequest
from adaptor_runtime.adaptors._session.rescue import Rescue
from adaptor_runtime.adaptors._session.session import Session
from adaptor_runtime.statemachine import TRANSITIONS, AdaptorState, Lifecycle, Trigger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.faults("Lifecycle")

WORK = ("on_start", "on_run")
TOLERANCE = 1e-6
NEVER = float("inf")
EXAMPLES = int(os.environ.get("EXAMPLES", "250"))
"""How many sessions are made up; `make soak` makes up more."""


@attrs.frozen
class Behavior:
    """What a hook does by itself, and what it does when it is told to end."""

    after: float | None  # seconds until it ends by itself; None: it hangs for ever
    raises: bool
    heeds: str | None  # what makes it raise: "interrupt", "terminate", "kill", "on_cancel", or nothing
    heeds_after: float  # seconds from then on


@attrs.frozen
class Event:
    """Something that comes from outside."""

    delay: float  # seconds after the event before
    kind: str
    seconds: float | None
    code: int
    task: str


@attrs.frozen
class Scenario:
    """Everything that is left to chance."""

    deadlines: Deadlines
    hooks: tuple[Behavior, ...]  # in the order of the calls; the last is for all that follow
    on_cancel: Behavior
    events: tuple[Event, ...]
    dies_when_killed: bool  # a declared application does, and its end is reported
    ticks_first: bool  # what is due goes before an event of the same moment


def pieces_of_time(*more):
    return st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, *more])


def behaviors():
    return st.builds(
        Behavior,
        after=pieces_of_time(100.0, None, None),
        raises=st.sampled_from([False, False, True]),
        heeds=st.sampled_from(["interrupt", "terminate", "kill", "on_cancel", None, None, None, None]),
        heeds_after=pieces_of_time(),
    )


def stories():
    kinds = ["start", *["run"] * 5, "stop", "stop", "cancel", "cancel", "lose", "lose", "callback", "callback"]
    later = st.builds(
        Event,
        delay=pieces_of_time(),
        kind=st.sampled_from(kinds),
        seconds=pieces_of_time(None),
        code=st.sampled_from([130, 143]),
        task=st.sampled_from(["any", "any", "current", "wrong"]),
    )
    start = st.sampled_from([(Event(0.0, "start", None, 143, "any"),)] * 3 + [()])
    events = st.tuples(start, st.lists(later, min_size=1, max_size=12)).map(lambda drawn: (*drawn[0], *drawn[1]))
    deadlines = st.builds(
        Deadlines,
        start=st.sampled_from([None, None, None, None, 5.0, 0.0]),
        run=st.sampled_from([None, None, None, 30.0, 5.0, 0.0]),
        stop=st.sampled_from([0.0, 6.0, 60.0, 60.0]),
        cancel=st.sampled_from([0.0, 3.0, 20.0]),
    )
    # Most sessions have to get past their start: the rest of what there is to see comes after it.
    starts = st.sampled_from([Behavior(0.5, False, None, 0.0)] * 2 + [None])
    hooks = st.tuples(starts, st.lists(behaviors(), min_size=1, max_size=7)).map(
        lambda drawn: (*([drawn[0]] if drawn[0] else []), *drawn[1])
    )
    return st.builds(Scenario, deadlines, hooks, behaviors(), events, st.booleans(), st.booleans())


@attrs.define(eq=False)
class Play:
    """One call of a hook as its author sees it, and what the books say about it."""

    call: object
    behavior: Behavior
    began: float
    limit: float = NEVER  # when it has to be over, or left
    cause: int | None = None  # exit code of the first thing that failed or canceled it
    ended: str | None = None  # returned, raised or abandoned
    told: bool = False  # it is on its way out

    @property
    def hook(self):
        return self.call.hook


class VirtualTime:
    """A session on a virtual clock, and the agenda of what happens to it.

    Args:
        scenario: What happens.
        ticks_first: Whether a deadline is noticed before what happens at the same moment.
    """

    def __init__(self, scenario, *, ticks_first):
        self.scenario = scenario
        self.ticks_first = ticks_first
        self.now = 1000.0
        self.agenda = []
        self.order = itertools.count()
        self.behaviors = itertools.chain(scenario.hooks, itertools.repeat(scenario.hooks[-1]))
        self.lifecycle = Lifecycle(clock=lambda: self.now, history_limit=10**6)
        self.session = Session(self.lifecycle, self, scenario.deadlines, lambda: self.now)
        self.plays = []
        self.requests = []

    def later(self, seconds, action, *arguments):
        heapq.heappush(self.agenda, (self.now + seconds, next(self.order), action, arguments))

    def play(self):
        """Let everything happen until nothing is left to come."""
        for _ in range(10_000):
            due = self.session.next_due()
            event = self.agenda[0][0] if self.agenda else None
            if due is None and event is None:
                return
            tick = event is None or (due is not None and (due < event or (due == event and self.ticks_first)))
            self.now = max(self.now, due if tick else event)
            self.step(tick)
            self.check_step()
        pytest.fail("there is no end to it")

    def step(self, tick):
        if tick:
            self.session.tick()
        else:
            _, _, action, arguments = heapq.heappop(self.agenda)
            action(*arguments)

    def check_records(self):
        rows = {
            (row.trigger.value, source.value, row.target.value): row for row in TRANSITIONS for source in row.sources
        }
        state, owed = "idle", False
        for number, record in enumerate(self.lifecycle.history, 1):
            assert (record.sequence, record.source) == (number, state)
            if record.kind == "transition":
                row = rows[record.trigger, record.source, record.target]
                assert row.stop_owed in (None, owed)
            else:
                assert record.target == record.source
            state = record.target
            if record.kind != "late" and record.outcome is not None:
                owed = record.outcome == "returned" if record.hook == "on_start" else owed and record.hook != "on_stop"
        assert state == "cleaned"


class SimulatedSession(VirtualTime):
    """The effects of a session, carried out on a virtual clock, and the books that are kept beside it."""

    def __init__(self, scenario):
        super().__init__(scenario, ticks_first=scenario.ticks_first)
        self.begun = []
        self.finished = []
        self.stops = []
        self.end_limit = NEVER
        self.end_failure = 0
        self.no_more_tasks = False
        self.failed_start = False
        self.cancels = 0
        self.on_cancel_ended = True
        self.on_cancel_limit = NEVER
        self.lost = False
        self.tasks = itertools.count(1)

    def step(self, tick):
        if tick:
            self.expect_deadline()
        super().step(tick)

    # The books.

    @property
    def current(self):
        """The hook in flight."""
        return next((play for play in self.plays if play.ended is None), None)

    @property
    def working(self):
        return self.current if self.current is not None and self.current.hook in WORK else None

    def blame(self, code):
        if self.working is not None and self.working.cause is None:
            self.working.cause = code

    def limit(self, seconds):
        """Take note of what a cancel promises."""
        self.on_cancel_limit = min(self.on_cancel_limit, self.now + seconds)
        if self.working is not None:
            self.working.limit = min(self.working.limit, self.now + seconds)
        elif self.current is not None:
            self.limit_end(seconds)

    def limit_end(self, seconds):
        self.end_limit = min(self.end_limit, self.now + seconds)
        self.on_cancel_limit = min(self.on_cancel_limit, (self.now + self.end_limit) / 2)
        if self.current is not None and self.current.hook not in WORK:
            self.limit_ending_hook(self.current)

    def limit_ending_hook(self, play):
        remaining = max(0.0, self.end_limit - self.now)
        cleanup = NEVER if self.scenario.deadlines.cleanup is None else self.scenario.deadlines.cleanup
        on_cleanup = min(cleanup, remaining)
        share = remaining - min(remaining / 3, cleanup) if play.hook == "on_stop" else on_cleanup
        play.limit = min(play.limit, self.now + share)

    def expect_deadline(self):
        work = self.working
        if work is None or work.limit < NEVER:
            return
        seconds = self.scenario.deadlines.start if work.hook == "on_start" else self.scenario.deadlines.run
        if seconds is not None and work.began + seconds <= self.now:
            self.expect_cancel(5)
            self.limit(self.scenario.deadlines.cancel)

    def expect_cancel(self, code):
        """Take note that the next cancel matters."""
        if self.working is not None and not self.no_more_tasks:
            self.cancels += 1
        self.blame(code)
        self.no_more_tasks = True

    # What comes from outside.

    def ask(self, kind, method, *arguments):
        request = SessionRequest(f"{kind}-{len(self.requests)}", f"task-{next(self.tasks)}" if kind == "run" else None)
        self.requests.append(request)
        before = self.lifecycle.facts()
        legal = not self.session.is_over if kind == "stop" else Trigger(kind) in before.allowed
        method(request, *arguments)
        if not legal:
            assert request.outcome.exit_code == 3
            assert before.state.value in request.outcome.message
            assert self.lifecycle.facts() == before
            assert self.lifecycle.history[-1].kind == "refused"
        elif kind != "stop":
            assert request in self.begun
        return request

    def start(self, _event):
        self.ask("start", self.session.start)

    def run(self, _event):
        self.ask("run", self.session.run, {"frame": 1})

    def stop(self, event):
        if not self.session.is_over:
            seconds = self.scenario.deadlines.stop if event.seconds is None else event.seconds
            if self.working is not None:
                self.expect_cancel(143)
                self.limit(min(seconds / 2, self.scenario.deadlines.cancel))
            self.limit_end(seconds)
            self.no_more_tasks = True
            self.stops.append(len(self.requests))
        self.ask("stop", self.session.stop, event.seconds)

    def cancel(self, event):
        current = self.current.call.in_flight.task_id if self.current else None
        task_id = {"any": None, "current": current, "wrong": "task-0"}[event.task]
        if task_id is not None and task_id != current:
            self.expect_nothing(lambda: self.session.cancel(Cause("a test", event.code), event.seconds, task_id))
            assert self.lifecycle.history[-1][1:3] == ("refused", "cancel")
            return
        self.expect_cancel(event.code)
        self.limit(self.scenario.deadlines.cancel if event.seconds is None else event.seconds)
        self.session.cancel(Cause("a test", event.code), event.seconds, task_id)

    def expect_nothing(self, action):
        before = (self.lifecycle.facts(), self.session.next_due(), len(self.plays), self.cancels, list(self.finished))
        action()
        after = (self.lifecycle.facts(), self.session.next_due(), len(self.plays), self.cancels, list(self.finished))
        assert after == before

    def lose(self, _event):
        if self.lost or self.no_more_tasks or self.session.is_over:
            self.expect_nothing(lambda: self.session.application_lost("the application exited with 9"))
            return
        self.lost = True
        self.blame(1)
        if self.working is not None:
            self.working.limit = min(self.working.limit, self.now + self.scenario.deadlines.cancel)
        self.no_more_tasks = True
        self.session.application_lost("the application exited with 9")
        assert self.lifecycle.state is AdaptorState.FAILED  # at once, whatever is in flight

    def callback(self, _event):
        self.blame(1)
        self.session.callback_failed(ValueError("a callback"))

    # The hooks.

    def call_hook(self, call):
        assert self.current is None, "one hook at a time"
        counts = [play.hook for play in self.plays].count(call.hook)
        assert call.hook == "on_run" or counts == 0, "called twice"
        assert call.hook != "on_run" or not self.no_more_tasks
        if call.hook not in WORK:
            assert self.on_cancel_ended or self.now >= self.on_cancel_limit - TOLERANCE
        play = Play(call, next(self.behaviors), self.now)
        self.plays.append(play)
        if play.hook not in WORK:
            self.limit_ending_hook(play)
        if play.behavior.after is not None:
            self.later(play.behavior.after, self.end, play, RuntimeError("a hook") if play.behavior.raises else None)

    def end(self, play, error):
        if play.told:
            return
        play.told = True
        if play.ended is None:
            play.ended = "returned" if error is None else "raised"
            self.conclude(play)
            self.session.hook_ended(play.call, error)
        else:  # late, after it was abandoned
            self.expect_nothing(lambda: self.session.hook_ended(play.call, error))
            assert self.lifecycle.history[-1].kind == "late"

    def abandon(self, call):
        play = self.current
        assert play.call is call
        play.ended = "abandoned"
        self.no_more_tasks = True
        assert abs(self.now - play.limit) < TOLERANCE, "neither before its limit nor after it"
        self.conclude(play)

    def conclude(self, play):
        if play.hook == "on_start" and (play.ended != "returned" or play.cause is not None):
            self.failed_start = True
            self.no_more_tasks = True
            self.limit_end(self.scenario.deadlines.stop)
        elif play.hook not in WORK and play.ended != "returned" and not self.end_failure:
            self.end_failure = 5 if play.ended == "abandoned" else 1

    def tell(self, what, error):
        play = self.current
        if play is not None and play.behavior.heeds == what:
            self.later(play.behavior.heeds_after, self.end, play, error)

    # What a session can make happen.

    def interrupt(self, error):
        assert self.working is not None or str(error) == "a callback"
        self.tell("interrupt", error)

    def awaited(self):
        return ""

    def terminate_applications(self, seconds):
        self.tell("terminate", RuntimeError("terminated"))

    def kill_applications(self):
        self.tell("kill", RuntimeError("killed"))
        if self.scenario.dies_when_killed:
            self.later(0.0, self.lose, None)

    def end_applications(self, seconds):
        assert self.now + seconds <= self.end_limit + TOLERANCE
        assert self.lifecycle.state is AdaptorState.CLEANED
        self.session.applications_ended()

    def call_on_cancel(self, seconds):
        assert self.working is not None
        self.cancels -= 1
        assert self.cancels == 0, "once, for the cancel that took effect"
        self.on_cancel_ended = False
        behavior = self.scenario.on_cancel
        self.tell("on_cancel", RuntimeError("canceled"))
        if behavior.after is not None:
            self.later(behavior.after, self.end_on_cancel)

    def end_on_cancel(self):
        self.on_cancel_ended = True
        self.session.on_cancel_ended()

    def report(self, call, error, *, expected):
        assert describe_error(error)
        assert not expected or call.hook in WORK

    def begin(self, request):
        assert request not in self.begun
        assert all(earlier in self.finished for earlier in self.begun), "one request has the stream at a time"
        self.begun.append(request)

    def finish(self, request):
        assert request not in self.finished
        self.finished.append(request)
        if request.outcome.exit_code == 3:
            return
        play = next((play for play in self.plays if play.call.request is request and play.hook in WORK), None)
        if play is not None:
            assert request.outcome.exit_code == (play.cause or (1 if play.ended == "raised" else 0))
        else:
            assert request.outcome.exit_code == self.end_failure
        assert bool(request.outcome.message) is (request.outcome.exit_code != 0)
        if play is None or (play.hook == "on_start" and request.outcome.exit_code):
            assert self.session.is_over, "such a request lasts until everything is over"

    # What holds at any time.

    def check_step(self):
        in_flight = self.lifecycle.in_flight
        assert in_flight is (self.current.call.in_flight if self.current else None)
        for request in self.requests:
            assert (request.outcome is not None) is (request in self.finished)
        assert self.cancels == 0 or self.lost
        owed = any(play.hook == "on_start" and play.ended == "returned" for play in self.plays)
        assert self.lifecycle.stop_owed is (
            owed and not any(play.hook == "on_stop" and play.ended for play in self.plays)
        )
        if self.no_more_tasks and not self.working:
            assert Trigger.RUN not in self.lifecycle.allowed()
        if self.failed_start:
            assert self.lifecycle.state not in {AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING}
        if not self.session.is_over and (self.stops or self.failed_start):
            assert self.now <= self.end_limit + TOLERANCE, "an end that was promised has not come"
            if self.current is None:
                assert not self.on_cancel_ended, "nothing to wait for"
                assert self.now <= self.on_cancel_limit + TOLERANCE
        if self.current is not None:
            assert self.now <= self.current.limit + TOLERANCE

    def check_end(self):
        """Check what holds when nothing more can happen after a stop."""
        hooks = [play.hook for play in self.plays]
        start = next((play for play in self.plays if play.hook == "on_start"), None)
        assert self.session.is_over
        assert self.current is None
        assert hooks[-1] == "on_cleanup"
        assert hooks.count("on_stop") == (1 if start is not None and start.ended == "returned" else 0)
        assert self.finished
        assert sorted(map(id, self.finished)) == sorted(map(id, self.requests))
        self.check_records()


def play(scenario):
    simulation = SimulatedSession(scenario)
    for at, event in zip(itertools.accumulate(event.delay for event in scenario.events), scenario.events):
        simulation.later(at, getattr(simulation, event.kind), event)
    simulation.play()
    if not simulation.session.is_over:
        if simulation.current is None:
            assert not simulation.stops
            assert not simulation.failed_start
        simulation.stop(Event(0.0, "stop", 9.0, 143, "any"))
        simulation.play()
    simulation.check_end()
    return simulation


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_the_promises_of_the_lifecycle_always_hold(scenario):
    play(scenario)


@attrs.frozen
class Fault:
    """An effect that raises: which one in the order of the calls, how often, and whether it was carried out before."""

    at: int
    times: int
    afterwards: bool
    error: type[BaseException]


def faults():
    errors = [ValueError, OSError, MemoryError, RecursionError, KeyboardInterrupt, SystemExit]
    return st.builds(
        Fault,
        at=st.integers(0, 25),
        times=st.sampled_from([1, 1, 1, 2, 5, 1000]),
        afterwards=st.booleans(),
        error=st.sampled_from(errors),
    )


class DefectiveSession(VirtualTime):
    """The effects of a session, some of which raise; and what is promised all the same."""

    def __init__(self, scenario, faults):
        super().__init__(scenario, ticks_first=True)
        self.faults = faults
        self.number = itertools.count()
        self.uncalled = []
        self.begun_stops = set()
        self.defect_at = None
        self.cancel_seconds = [scenario.deadlines.cancel]
        self.stop_seconds = [scenario.deadlines.stop]

    def effect(self, carry_out=lambda: None, *, never_afterwards=False):
        number = next(self.number)
        fault = next((one for one in self.faults if one.at <= number < one.at + one.times), None)
        if fault is None or (fault.afterwards and not never_afterwards):
            carry_out()
        if fault is not None:
            raise fault.error("a defect")

    def check_step(self):
        if self.defect_at is not None and not self.session.is_over:
            limit = max(self.cancel_seconds) + max(self.stop_seconds)
            assert self.now <= self.defect_at + limit + TOLERANCE, "the end has not come in time"

    def step(self, tick):
        try:
            super().step(tick)
        except BaseException as error:
            if not isinstance(self.session, Session):
                raise  # nothing else is left to catch it
            if isinstance(error, AssertionError):
                raise
            self.defect_at = self.now
            self.session = Rescue(self.session.remains(), error, [one for one in self.requests if not one.is_finished])

    # What comes from outside.

    def ask(self, method, *arguments):
        request = SessionRequest(f"request-{len(self.requests)}", f"task-{len(self.requests)}")
        self.requests.append(request)
        method(request, *arguments)

    def start(self, _event):
        self.ask(self.session.start)

    def run(self, _event):
        self.ask(self.session.run, {})

    def stop(self, event):
        self.stop_seconds.append(event.seconds or 0.0)
        self.ask(self.session.stop, event.seconds)

    def cancel(self, event):
        self.cancel_seconds.append(event.seconds or 0.0)
        self.session.cancel(Cause("a test", event.code), event.seconds, None)

    def lose(self, _event):
        self.session.application_lost("the application exited with 9")

    def callback(self, _event):
        self.session.callback_failed(ValueError("a callback"))

    def defect(self, _event):
        if isinstance(self.session, Session):
            raise RuntimeError("between two decisions")

    # What a session can make happen.

    def call_hook(self, call):
        try:
            self.effect(lambda: self.begin_hook(call), never_afterwards=True)
        except BaseException:
            self.uncalled.append(call.hook)
            raise

    def begin_hook(self, call):
        assert not any(play.ended is None for play in self.plays), "one hook at a time"
        play = Play(call, next(self.behaviors), self.now)
        self.plays.append(play)
        if play.behavior.after is not None:
            error = RuntimeError("a hook") if play.behavior.raises else None
            self.later(play.behavior.after, self.end, play, error)

    def end(self, play, error):
        if not play.told:
            play.told = True
            # To leave it behind is an effect that may have raised: then it is in flight until it ends by itself.
            if play.ended is None or self.lifecycle.in_flight is play.call.in_flight:
                play.ended = "returned" if error is None else "raised"
            self.session.hook_ended(play.call, error)

    def tell(self, what):
        for play in self.plays:
            if play.ended is None and play.behavior.heeds == what:
                self.later(play.behavior.heeds_after, self.end, play, RuntimeError(what))

    def interrupt(self, error):
        self.effect(lambda: self.tell("interrupt"))

    def terminate_applications(self, seconds):
        self.effect(lambda: self.tell("terminate"))

    def kill_applications(self):
        self.effect(lambda: self.tell("kill"))

    def call_on_cancel(self, seconds):
        def carry_out():
            self.tell("on_cancel")
            if self.scenario.on_cancel.after is not None:
                self.later(self.scenario.on_cancel.after, self.end_on_cancel)

        self.effect(carry_out)

    def end_on_cancel(self):
        self.session.on_cancel_ended()

    def last_heard(self, what):
        return None

    def awaited(self):
        return ""

    def show_applications(self):
        self.effect()

    def abandon(self, call):
        for play in self.plays:
            if play.call is call:
                play.ended = play.ended or "abandoned"
        self.effect()

    def report(self, call, error, *, expected):
        self.effect()

    def begin(self, request):
        assert request.is_begun
        self.effect()

    def finish(self, request):
        assert request.outcome is not None
        self.effect()

    # What holds in the end.

    def check(self):
        hooks = [play.hook for play in self.plays]
        started = any(play.hook == "on_start" and play.ended == "returned" for play in self.plays)
        assert self.session.is_over
        assert self.lifecycle.in_flight is None
        for hook, owed in (("on_stop", started), ("on_cleanup", True)):
            assert hooks.count(hook) <= 1
            assert hooks.count(hook) == int(owed) or self.uncalled.count(hook) > 1, f"{hook} is owed"
        assert [hook for hook in hooks if hook not in WORK] == hooks[len(hooks) - len(set(hooks) - set(WORK)) :]
        for request in self.requests:
            assert request.outcome is not None
            assert request.is_finished
        self.check_records()


@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.lists(faults(), max_size=3), st.none() | pieces_of_time(50.0))
def test_effects_that_raise_prevent_neither_stop_nor_cleanup_nor_an_outcome(scenario, faults, defect):
    simulation = DefectiveSession(scenario, faults)
    for at, event in zip(itertools.accumulate(event.delay for event in scenario.events), scenario.events):
        simulation.later(at, getattr(simulation, event.kind), event)
    if defect is not None:
        simulation.later(defect, simulation.defect, None)
    simulation.play()
    if not simulation.session.is_over:
        simulation.later(0.0, simulation.stop, Event(0.0, "stop", 9.0, 143, "any"))
        simulation.play()
    simulation.check()
