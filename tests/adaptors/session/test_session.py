"""The rules of a session, one by one; what happens is written down by hand, and time passes when a test says so."""

from __future__ import annotations

import signal

import pytest
from adaptor_runtime.adaptors._deadlines import Deadlines
from adaptor_runtime.adaptors._outcome import ApplicationLostError, Cause, TaskCanceledError
from adaptor_runtime.adaptors._session.request import SessionRequest
from adaptor_runtime.adaptors._session.session import Session
from adaptor_runtime.statemachine import AdaptorState, Lifecycle, path

pytestmark = pytest.mark.faults("Lifecycle")

SIGTERM = Cause.from_signal(signal.SIGTERM)
SIGINT = Cause.from_signal(signal.SIGINT)


class FalsyError(Exception):
    """An exception that looks like nothing."""

    def __bool__(self):
        return False


class RecordedEffects:
    """The effects of a session: written down, and carried out by the test."""

    def __init__(self, **deadlines):
        self.now = 0.0
        self.told = []
        self.calls = []
        self.interruptions = []
        self.told_before_interruption = []
        self.reported = []
        self.heard = {}
        self.leaves_nothing = True
        self.lifecycle = Lifecycle(clock=lambda: self.now)
        limits = Deadlines(**{"start": None, "run": None, "stop": 90.0, "cancel": 12.0, **deadlines})
        self.session = Session(self.lifecycle, self, limits, lambda: self.now)

    # What a session can make happen.

    def call_hook(self, call):
        self.calls.append(call)
        self.told.append(call.hook)

    def call_on_cancel(self, seconds):
        self.told.append("on_cancel")

    def interrupt(self, error):
        self.interruptions.append(error)
        self.told_before_interruption = list(self.told)

    def terminate_applications(self, seconds):
        self.told.append("terminate")

    def kill_applications(self):
        self.told.append("kill")

    def end_applications(self, seconds):
        self.given = seconds
        if self.leaves_nothing:
            self.session.applications_ended()

    def last_heard(self, what):
        return self.heard.get(what)

    def awaited(self):
        return ""

    def show_applications(self):
        self.told.append("show")

    def abandon(self, call):
        self.told.append(f"abandon {call.hook}")

    def report(self, call, error, *, expected):
        self.reported.append((call.hook, error, expected))

    def begin(self, request):
        self.told.append(f"begin {request.stream_id}")

    def finish(self, request):
        self.told.append(f"finish {request.stream_id} {request.outcome.exit_code}")

    # What a test does.

    @property
    def hooks(self):
        return [call.hook for call in self.calls]

    @property
    def state(self):
        return str(self.lifecycle.state)

    def ask(self, kind, *arguments):
        request = SessionRequest(kind, "task-1" if kind == "run" else None)
        getattr(self.session, kind)(request, *(arguments or (({},) if kind == "run" else ())))
        return request

    def end(self, hook, error=None):
        call = next(call for call in reversed(self.calls) if call.hook == hook)
        self.session.hook_ended(call, error)

    def wait(self, seconds):
        """Let time pass, and what is due happen when it is due."""
        until = self.now + seconds
        while self.session.next_due() is not None and self.session.next_due() <= until:
            self.now = max(self.now, self.session.next_due())
            self.session.tick()
        self.now = until


@pytest.fixture
def recorded():
    return RecordedEffects()


@pytest.fixture
def started(recorded):
    recorded.ask("start")
    recorded.end("on_start")
    recorded.told.clear()
    return recorded


@pytest.fixture
def running(started):
    started.request = started.ask("run")
    return started


# The plain way.


def test_a_session_calls_its_hooks_in_order_and_each_request_ends_with_0(recorded):
    requests = [recorded.ask("start")]
    recorded.end("on_start")
    for _ in range(2):
        requests.append(recorded.ask("run"))
        recorded.end("on_run")
    requests.append(recorded.ask("stop"))
    recorded.end("on_stop")
    recorded.end("on_cleanup")
    assert recorded.hooks == ["on_start", "on_run", "on_run", "on_stop", "on_cleanup"]
    assert [request.outcome.exit_code for request in requests] == [0, 0, 0, 0]
    assert recorded.session.is_over


def test_a_hook_gets_the_data_of_its_request(started):
    started.ask("run", {"frame": 7})
    assert started.calls[-1].argument == {"frame": 7}


def test_a_session_that_was_never_started_is_cleaned_up_without_a_stop(recorded):
    stop = recorded.ask("stop")
    recorded.end("on_cleanup")
    assert recorded.hooks == ["on_cleanup"]
    assert stop.outcome.exit_code == 0


def test_nothing_is_due_without_a_deadline(running):
    assert running.session.next_due() is None


# Failures.


def test_a_task_that_raises_fails_and_the_next_one_may_run(running):
    running.end("on_run", ValueError("no such frame"))
    assert (running.request.outcome.exit_code, running.state) == (1, "started")
    assert running.request.outcome.message == "on_run failed: ValueError: no such frame"
    running.ask("run")
    assert running.state == "running"


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), FalsyError("no")])
def test_anything_that_a_hook_raises_is_a_failure(running, error):
    running.end("on_run", error)
    assert running.request.outcome.exit_code == 1
    assert running.lifecycle.history[-1].outcome == "raised"


def test_a_start_that_raises_ends_when_cleanup_has_ended_and_is_owed_no_stop(recorded):
    start = recorded.ask("start")
    recorded.end("on_start", ValueError("no license"))
    assert start.outcome is None
    recorded.end("on_cleanup")
    assert recorded.hooks == ["on_start", "on_cleanup"]
    assert start.outcome.exit_code == 1
    assert start.outcome.message == "on_start failed: ValueError: no license"
    assert recorded.told[-1] == "finish start 1"


def test_a_stop_that_raises_is_followed_by_cleanup_and_reports_1(started):
    stop = started.ask("stop")
    started.end("on_stop", OSError("no such window"))
    started.end("on_cleanup", ValueError("later"))
    assert (stop.outcome.exit_code, stop.outcome.message) == (1, "on_stop raised OSError: no such window")
    assert started.hooks.count("on_stop") == started.hooks.count("on_cleanup") == 1


def test_a_stop_reports_its_own_work_regardless_of_earlier_failures(running):
    running.session.cancel(SIGTERM)
    running.end("on_run", ValueError("broken"))
    stop = running.ask("stop")
    running.session.on_cancel_ended()
    running.end("on_stop")
    running.end("on_cleanup")
    assert stop.outcome.exit_code == 0


def test_a_callback_that_failed_fails_the_task_and_ends_its_wait(running):
    error = ValueError("a line that nobody expected")
    running.session.callback_failed(error)
    assert running.interruptions == [error]
    running.end("on_run")
    assert (running.request.outcome.exit_code, running.state) == (1, "started")


def test_of_two_failed_callbacks_the_first_counts(running):
    running.session.callback_failed(ValueError("first"))
    running.session.callback_failed(ValueError("second"))
    running.end("on_run", RuntimeError("third"))
    assert running.request.outcome.message == "on_run failed: ValueError: first"


def test_a_start_that_returns_after_a_callback_failed_has_failed_and_is_owed_a_stop(recorded):
    start = recorded.ask("start")
    recorded.session.callback_failed(ValueError("unexpected version"))
    recorded.end("on_start")
    assert recorded.state == "failed"
    recorded.end("on_stop")
    recorded.end("on_cleanup")
    assert start.outcome.exit_code == 1
    assert path(recorded.lifecycle.history) == ["idle", "started", "failed", "stopped", "cleaned"]


def test_a_callback_that_fails_between_two_tasks_or_while_stopping_fails_nothing(started):
    started.session.callback_failed(ValueError("late line"))
    stop = started.ask("stop")
    started.session.callback_failed(ValueError("later line"))
    started.end("on_stop")
    started.end("on_cleanup")
    assert stop.outcome.exit_code == 0


# Refusals.


@pytest.mark.parametrize("kind", ["start", "run"])
def test_an_illegal_request_changes_nothing_and_ends_with_3(running, kind):
    before = running.lifecycle.facts()
    request = running.ask(kind)
    assert request.outcome.exit_code == 3
    assert "on_run" in request.outcome.message
    assert running.lifecycle.facts() == before
    assert running.hooks == ["on_start", "on_run"]


def test_a_stop_after_the_end_is_refused(recorded):
    recorded.ask("stop")
    recorded.end("on_cleanup")
    assert recorded.ask("stop").outcome.exit_code == 3
    assert recorded.hooks == ["on_cleanup"]


# Cancels.


@pytest.mark.parametrize(("cause", "code"), [(SIGTERM, 143), (SIGINT, 130), (Cause("a lost frontend"), 143)])
def test_a_canceled_task_ends_with_the_code_of_the_cause_even_if_it_raises(running, cause, code):
    running.session.cancel(cause)
    running.end("on_run", ValueError("interrupted"))
    assert (running.request.outcome.exit_code, running.state) == (code, "canceled")
    assert cause.text in running.request.outcome.message
    assert running.reported[-1][2] is True


def test_a_cancel_interrupts_then_terminates_then_kills_then_abandons(running):
    running.session.cancel(SIGTERM, 9.0)
    assert isinstance(running.interruptions[0], TaskCanceledError)
    assert "on_cancel" not in running.told_before_interruption  # which finds nothing idle that the hook still asks
    assert running.told[-1] == "on_cancel"
    for told in ("terminate", "kill", "abandon on_run"):
        running.wait(2.9)
        assert told not in running.told
        running.wait(0.1)
        assert told in running.told
    assert running.request.outcome.exit_code == 143
    assert "did not end" in running.request.outcome.message


def test_no_task_runs_after_a_cancel(running):
    running.session.cancel(SIGTERM)
    running.end("on_run")
    refused = running.ask("run")
    assert refused.outcome.exit_code == 3
    assert "canceled" in refused.outcome.message


def test_a_cancel_during_start_lets_start_end_and_never_a_task_begin(recorded):
    start = recorded.ask("start")
    recorded.session.cancel(SIGTERM)
    recorded.end("on_start")
    assert recorded.ask("run").outcome.exit_code == 3
    recorded.session.on_cancel_ended()
    recorded.end("on_stop")
    recorded.end("on_cleanup")
    assert recorded.hooks == ["on_start", "on_stop", "on_cleanup"]
    assert start.outcome.exit_code == 143


def test_on_cancel_is_called_once_regardless_of_the_number_of_cancels(running):
    for _ in range(3):
        running.session.cancel(SIGTERM)
    assert running.told.count("on_cancel") == 1


def test_an_idle_session_is_canceled_without_on_cancel(started):
    started.session.cancel(SIGTERM)
    assert started.state == "canceled"
    assert "on_cancel" not in started.told


def test_a_second_cancel_shortens(running):
    running.session.cancel(SIGTERM, 9.0)
    running.session.cancel(SIGTERM, 1.0)
    running.wait(1.0)
    assert "abandon on_run" in running.told


def test_a_second_cancel_never_lengthens(running):
    running.session.cancel(SIGTERM, 3.0)
    running.session.cancel(SIGTERM, 60.0)
    running.wait(3.0)
    assert "abandon on_run" in running.told


def test_the_first_cause_gives_the_code(running):
    running.session.cancel(SIGINT)
    running.session.cancel(SIGTERM)
    running.end("on_run")
    assert running.request.outcome.exit_code == 130


def test_a_cancel_after_a_failed_callback_leaves_the_failure(running):
    running.session.callback_failed(ValueError("first"))
    running.session.cancel(SIGTERM)
    running.end("on_run", TaskCanceledError("second"))
    assert running.request.outcome.message == "on_run failed: ValueError: first"
    assert running.state == "canceled"


def test_a_failed_callback_after_a_cancel_leaves_the_cancel(running):
    running.session.cancel(SIGTERM)
    running.session.callback_failed(ValueError("half a line"))
    running.end("on_run")
    assert running.request.outcome.exit_code == 143


def test_a_cancel_of_the_task_in_flight_takes_effect(running):
    running.session.cancel(SIGTERM, task_id="task-1")
    assert running.state == "canceled"


@pytest.mark.parametrize("in_flight", [True, False])
def test_a_cancel_of_a_task_that_is_over_is_a_record_and_nothing_else(running, in_flight):
    if not in_flight:
        running.end("on_run")
    before, told = running.lifecycle.facts(), list(running.told)
    running.session.cancel(SIGTERM, task_id="task-0")
    assert running.lifecycle.facts() == before
    assert running.told == told
    record = running.lifecycle.history[-1]
    assert (record.kind, record.trigger, record.task_id) == ("refused", "cancel", "task-0")


def test_a_cancel_hurries_stop_and_cleanup_together(started):
    stop = started.ask("stop")
    started.session.cancel(SIGTERM, 3.0)
    started.wait(2.0)
    assert started.told[-2:] == ["abandon on_stop", "on_cleanup"]
    started.wait(1.0)
    assert started.told[-1] == "finish stop 5"
    assert stop.outcome.message.startswith("on_stop did not end")


def test_a_cancel_during_stop_is_recorded_and_stop_still_succeeds(started):
    stop = started.ask("stop")
    started.session.cancel(SIGTERM)
    started.end("on_stop")
    started.end("on_cleanup")
    assert stop.outcome.exit_code == 0
    assert path(started.lifecycle.history) == ["idle", "started", "canceled", "stopped", "cleaned"]


# Deadlines.


def test_a_deadline_cancels_and_is_the_code():
    recorded = RecordedEffects(run=60.0)
    recorded.ask("start")
    recorded.end("on_start")
    run = recorded.ask("run")
    recorded.wait(60.0)
    assert recorded.state == "canceled"
    recorded.end("on_run")
    assert run.outcome.exit_code == 5
    assert run.outcome.message == "on_run did not end within its deadline of 60 s"


def test_a_deadline_is_named_as_it_was_set_however_late_it_is_noticed():
    recorded = RecordedEffects(run=30.0)
    recorded.ask("start")
    recorded.end("on_start")
    run = recorded.ask("run")
    recorded.now += 4.6  # the machine is busy with something else
    recorded.wait(30.0)
    recorded.end("on_run")
    assert run.outcome.message == "on_run did not end within its deadline of 30 s"


def test_what_a_task_loads_has_the_deadline_of_a_start_and_does_not_count_for_its_own():
    recorded = RecordedEffects(start=10.0, run=5.0)
    recorded.ask("start")
    recorded.end("on_start")
    recorded.ask("run")
    recorded.wait(1.0)
    recorded.session.load_began()
    assert recorded.session.dues() == {"start": 11.0}
    recorded.wait(9.0)
    recorded.session.load_ended()
    assert recorded.session.dues() == {"run": 14.0}
    recorded.wait(3.9)
    assert recorded.state == "running"
    recorded.wait(0.2)
    assert recorded.state == "canceled"
    assert recorded.session.cause.text == "on_run did not end within its deadline of 5 s"


def test_a_load_in_a_task_that_takes_too_long_is_the_cause_and_a_later_one_has_the_whole_time_again():
    recorded = RecordedEffects(start=10.0, run=5.0)
    recorded.ask("start")
    recorded.end("on_start")
    recorded.ask("run")
    for _ in range(3):
        recorded.session.load_began()
        recorded.wait(9.0)
        recorded.session.load_ended()
    recorded.session.load_began()
    recorded.wait(9.9)
    assert recorded.state == "running"
    recorded.wait(0.2)
    assert recorded.state == "canceled"
    text = "the application was not ready for the task within the deadline start of 10 s"
    assert recorded.session.cause.text == text


def test_a_load_changes_no_deadline_of_a_start_or_of_a_canceled_task():
    recorded = RecordedEffects(start=10.0, run=5.0, cancel=6.0)
    recorded.ask("start")
    recorded.session.load_began()
    assert recorded.session.dues() == {"start": 10.0}
    recorded.session.load_ended()
    recorded.end("on_start")
    recorded.ask("run")
    recorded.wait(5.0)
    recorded.session.load_began()
    recorded.wait(6.1)
    assert "abandon on_run" in recorded.told


def test_a_start_that_hangs_past_its_deadline_is_abandoned_and_cleaned_up():
    recorded = RecordedEffects(start=10.0, cancel=6.0)
    start = recorded.ask("start")
    recorded.session.on_cancel_ended()
    recorded.wait(16.0)
    assert recorded.told[-3:] == ["kill", "abandon on_start", "on_cleanup"]
    recorded.end("on_cleanup")
    assert recorded.hooks == ["on_start", "on_cleanup"]
    assert start.outcome.exit_code == 5


def test_the_late_end_of_an_abandoned_start_is_a_record_and_owes_no_stop(recorded):
    recorded.ask("start")
    recorded.session.cancel(SIGTERM, 1.0)
    recorded.wait(1.0)
    recorded.session.hook_ended(recorded.calls[0], None)
    assert recorded.lifecycle.history[-1].kind == "late"
    assert not recorded.lifecycle.stop_owed


def test_a_stop_that_hangs_is_killed_off_and_abandoned_and_cleanup_has_a_third_of_the_time(started):
    stop = started.ask("stop", 30.0)
    started.wait(20.0)
    assert started.told[-3:] == ["kill", "abandon on_stop", "on_cleanup"]
    started.wait(9.9)
    assert stop.outcome is None
    started.end("on_cleanup")
    assert stop.outcome.exit_code == 5


def test_cleanup_has_its_own_limit_and_a_stop_leaves_no_more_than_that():
    recorded = RecordedEffects(cleanup=5.0)
    recorded.ask("start")
    recorded.end("on_start")
    stop = recorded.ask("stop", 30.0)
    recorded.wait(24.9)
    assert recorded.hooks[-1] == "on_stop"
    recorded.wait(0.1)
    assert recorded.hooks[-1] == "on_cleanup"
    recorded.wait(5.0)
    assert stop.outcome.exit_code == 5
    assert stop.outcome.message == "on_stop did not end within its deadline of 25 s"


def test_a_cleanup_that_hangs_is_abandoned_at_its_limit_however_much_time_a_stop_has_left():
    recorded = RecordedEffects(cleanup=5.0)
    stop = recorded.ask("stop", 30.0)
    recorded.wait(5.0)
    assert stop.outcome.message == "on_cleanup did not end within its deadline of 5 s"


def test_a_session_in_which_everything_hangs_is_over_in_the_seconds_of_the_stop(running):
    stop = running.ask("stop", 30.0)
    running.wait(30.0)
    assert stop.outcome.exit_code == 5
    assert running.session.is_over
    assert running.hooks == ["on_start", "on_run", "on_stop", "on_cleanup"]


# Lost applications.


def test_a_lost_application_fails_the_session_at_once_and_its_task_with_1(running):
    running.session.application_lost("the application was ended by SIGSEGV (signal 11)")
    assert running.state == "failed"
    assert isinstance(running.interruptions[0], ApplicationLostError)
    assert "on_cancel" not in running.told
    running.end("on_run", RuntimeError("broken pipe"))
    assert running.request.outcome.exit_code == 1
    assert running.request.outcome.message == "the application was ended by SIGSEGV (signal 11)"


def test_a_task_that_hangs_after_a_loss_is_abandoned_and_still_ends_with_1(running):
    running.session.application_lost("the application exited with 3")
    running.wait(12.0)
    assert "abandon on_run" in running.told
    assert running.request.outcome.exit_code == 1


def test_a_loss_then_a_cancel_is_a_loss(running):
    running.session.application_lost("the application exited with 3")
    running.session.cancel(SIGTERM, 1.0)
    running.wait(1.0)
    assert (running.request.outcome.exit_code, running.state) == (1, "failed")


def test_a_cancel_then_a_loss_is_a_cancel(running):
    running.session.cancel(SIGTERM)
    running.session.application_lost("the application was ended by SIGTERM (signal 15)")
    running.end("on_run")
    assert (running.request.outcome.exit_code, running.state) == (143, "canceled")


def test_a_loss_between_two_tasks_refuses_the_next_one(started):
    started.session.application_lost("the application exited with 3")
    assert started.state == "failed"
    assert started.ask("run").outcome.exit_code == 3


def test_the_end_of_the_application_during_stop_is_not_a_loss(started):
    stop = started.ask("stop")
    started.session.application_lost("the application exited with 0")
    started.end("on_stop")
    started.end("on_cleanup")
    assert stop.outcome.exit_code == 0
    assert AdaptorState.FAILED.value not in path(started.lifecycle.history)


# Stops.


def test_a_stop_during_a_task_cancels_it_and_waits_for_its_end(running):
    stop = running.ask("stop")
    running.session.on_cancel_ended()
    assert running.hooks[-1] == "on_run"
    running.end("on_run")
    assert running.request.outcome.exit_code == 143
    running.end("on_stop")
    running.end("on_cleanup")
    assert stop.outcome.exit_code == 0
    assert running.told.index("finish run 143") < running.told.index("begin stop")


def test_a_stop_during_start_ends_both_requests(recorded):
    start, stop = recorded.ask("start"), recorded.ask("stop")
    recorded.session.on_cancel_ended()
    recorded.end("on_start")
    recorded.end("on_stop")
    recorded.end("on_cleanup")
    assert (start.outcome.exit_code, stop.outcome.exit_code) == (143, 0)


def test_a_stop_after_a_failed_start_joins_the_end_and_reports_its_own_work(recorded):
    start = recorded.ask("start")
    recorded.end("on_start", ValueError("no license"))
    stop = recorded.ask("stop")
    recorded.end("on_cleanup")
    assert recorded.hooks == ["on_start", "on_cleanup"]
    assert (start.outcome.exit_code, stop.outcome.exit_code) == (1, 0)


def test_two_stops_end_together_and_each_hook_is_called_once(started):
    stops = [started.ask("stop"), started.ask("stop")]
    started.end("on_stop")
    started.end("on_cleanup")
    assert [stop.outcome.exit_code for stop in stops] == [0, 0]
    assert started.hooks == ["on_start", "on_stop", "on_cleanup"]


def test_a_stop_of_a_session_that_is_being_canceled_hurries_the_task_and_is_not_refused(running):
    running.session.cancel(Cause("SIGTERM"), 60)
    running.ask("stop", 20)
    assert [record.kind for record in running.lifecycle.history if record.kind == "refused"] == []
    running.wait(10)
    assert "abandon on_run" in running.told


def test_a_second_stop_shortens_the_first_one(started):
    started.ask("stop", 90.0)
    started.ask("stop", 3.0)
    started.wait(2.0)
    assert "abandon on_stop" in started.told
    started.wait(1.0)
    assert started.session.is_over


def test_a_second_stop_never_lengthens_the_first_one(started):
    started.ask("stop", 3.0)
    started.ask("stop", 90.0)
    started.wait(3.0)
    assert started.session.is_over


@pytest.mark.parametrize("again", ["stop", "cancel"])
def test_an_event_during_stop_gives_on_stop_no_more_time(started, again):
    started.ask("stop", 30.0)
    started.wait(15.0)
    if again == "stop":
        started.ask("stop", 90.0)
    else:
        started.session.cancel(SIGTERM, 90.0)
    started.wait(5.0)
    assert "abandon on_stop" in started.told


def test_a_stop_shortens_the_end_that_a_failed_start_has_begun(recorded):
    recorded.ask("start")
    recorded.end("on_start", ValueError("no license"))
    recorded.ask("stop", 3.0)
    recorded.wait(3.0)
    assert recorded.session.is_over


def test_stop_waits_for_on_cancel_although_the_task_has_ended(running):
    running.session.cancel(SIGTERM)
    running.end("on_run")
    running.ask("stop")
    assert running.hooks[-1] == "on_run"
    running.session.on_cancel_ended()
    assert running.hooks[-1] == "on_stop"


def test_stop_waits_half_of_its_time_at_most_for_an_on_cancel_that_hangs(running):
    running.session.cancel(SIGTERM, 1000.0)
    running.end("on_run")
    running.ask("stop", 10.0)
    running.wait(4.9)
    assert running.hooks[-1] == "on_run"
    running.wait(0.1)
    assert running.hooks[-1] == "on_stop"


def test_a_negative_number_of_seconds_counts_as_zero(running):
    running.ask("stop", -1.0)
    running.wait(0.0)
    assert running.session.is_over


@pytest.mark.parametrize("what", ["output", "progress"])
def test_a_watchdog_restarts_with_each_sign_of_life_and_then_cancels(what):
    recorded = RecordedEffects(**{what: 10.0})
    recorded.ask("start")
    recorded.end("on_start")
    task = recorded.ask("run")
    recorded.wait(6)
    recorded.heard[what] = recorded.now
    recorded.wait(9)
    assert recorded.state == "running"
    recorded.wait(1.5)
    assert recorded.state == "canceled"
    assert recorded.told[-2:] == ["show", "on_cancel"]
    recorded.end("on_run")
    assert task.outcome.exit_code == 5
    assert "for 10 s" in task.outcome.message
    assert what in task.outcome.message


def test_a_watchdog_looks_at_start_too_and_not_between_tasks():
    recorded = RecordedEffects(output=10.0)
    start = recorded.ask("start")
    recorded.end("on_start")
    assert start.outcome.succeeded
    recorded.wait(1000)
    assert recorded.state == "started"
    again = RecordedEffects(output=10.0)
    start = again.ask("start")
    again.wait(10)
    again.end("on_start")
    assert again.state == "canceled"


def test_a_watchdog_is_silent_once_a_task_is_canceled():
    recorded = RecordedEffects(output=10.0, cancel=30.0)
    recorded.ask("start")
    recorded.end("on_start")
    task = recorded.ask("run")
    recorded.session.cancel(SIGTERM)
    recorded.wait(12)
    assert "show" not in recorded.told
    recorded.end("on_run")
    assert task.outcome.exit_code == 143
