"""What a refused call says."""

from __future__ import annotations

import pytest
from adaptor_runtime.statemachine import AdaptorRuntimeError, AdaptorState, IllegalCallError, Lifecycle, Trigger


def refusal(lifecycle, trigger):
    with pytest.raises(IllegalCallError) as caught:
        lifecycle.begin(trigger)
    return caught.value


def test_the_error_names_call_state_hook_seconds_and_what_is_allowed(lifecycle, clock):
    call = lifecycle.begin(Trigger.START)
    clock.now += 12.34
    error = refusal(lifecycle, Trigger.RUN)
    assert str(error) == (
        "run was refused in state idle: on_start has been in flight for 12.3 s; "
        "allowed now: cancel until on_start has ended"
    )
    assert (error.trigger, error.state, error.in_flight, error.allowed, error.history) == (
        Trigger.RUN,
        AdaptorState.IDLE,
        call,
        (Trigger.CANCEL,),
        (),
    )


def test_the_error_says_when_it_is_too_late_forever_and_why(lifecycle):
    lifecycle.settle(lifecycle.begin(Trigger.START))
    lifecycle.cancel(cause="SIGTERM")
    assert str(refusal(lifecycle, Trigger.RUN)) == (
        "run was refused in state canceled: no further run is possible in this session; allowed now: stop; "
        "recent path: idle -> started -> canceled (SIGTERM)"
    )


def test_the_error_says_that_nothing_is_allowed_after_cleanup(lifecycle):
    lifecycle.settle(lifecycle.begin(Trigger.CLEANUP))
    assert "no further stop is possible in this session; allowed now: nothing;" in str(refusal(lifecycle, Trigger.STOP))


@pytest.mark.parametrize(
    ("state", "stop_owed", "trigger", "reason"),
    [
        (AdaptorState.STARTED, True, Trigger.CLEANUP, "on_stop is owed first"),
        (AdaptorState.FAILED, False, Trigger.STOP, "on_stop is not owed"),
        (AdaptorState.IDLE, False, Trigger.RUN, "not from this state"),
        (AdaptorState.STOPPED, False, Trigger.RUN, "no further run is possible in this session"),
    ],
)
def test_the_reason_is_the_one_that_matters(state, stop_owed, trigger, reason, lifecycle_in):
    assert refusal(lifecycle_in(state, stop_owed=stop_owed), trigger).reason == reason


def test_a_call_that_is_too_late_names_the_hook_in_flight_too(lifecycle):
    lifecycle.settle(lifecycle.begin(Trigger.START))
    lifecycle.begin(Trigger.STOP)
    reason = refusal(lifecycle, Trigger.START).reason
    assert reason == "no further start is possible in this session, on_stop has been in flight for 0 ms"


def test_the_error_is_one_line_also_when_the_cause_was_many(lifecycle):
    lifecycle.cancel(cause="Traceback:\n  line 1\r\nValueError: x")
    assert str(refusal(lifecycle, Trigger.RUN)).endswith("idle -> canceled (Traceback: line 1 ValueError: x)")


def test_the_error_begins_with_the_cause_of_a_session_that_has_failed(lifecycle):
    lifecycle.settle(lifecycle.begin(Trigger.START))
    lifecycle.fail(cause="the application exited with 3;\nits last line: oh")
    assert str(refusal(lifecycle, Trigger.RUN)) == (
        "the application exited with 3; its last line: oh; run was refused in state failed: "
        "no further run is possible in this session; allowed now: stop; recent path: idle -> started -> failed"
    )


def test_the_error_shows_the_last_states_of_a_long_session():
    lifecycle = Lifecycle()
    lifecycle.settle(lifecycle.begin(Trigger.START))
    for _ in range(100):
        lifecycle.settle(lifecycle.begin(Trigger.RUN))
    path = "recent path: ... -> running -> started -> running -> started -> running -> started"
    assert str(refusal(lifecycle, Trigger.START)).endswith(path)


def test_a_refused_call_ends_a_command_with_3():
    assert (AdaptorRuntimeError.exit_code, IllegalCallError.exit_code) == (1, 3)
    assert issubclass(IllegalCallError, AdaptorRuntimeError)
