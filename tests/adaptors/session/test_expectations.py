from __future__ import annotations

from concurrent.futures import InvalidStateError
from types import SimpleNamespace

import pytest
from adaptor_runtime.adaptors import ApplicationLostError, TaskCanceledError
from adaptor_runtime.adaptors._session.expectations import Expectations
from adaptor_runtime.ipc._application.awaited_future import AwaitedFuture

ENDED = SimpleNamespace(failure="render exited with 0", asked_by=None, was_dismissed=False, returncode=0)


def test_a_callback_ends_the_wait_with_its_result():
    future = Expectations().expect()
    future.set_result("frame.png")
    assert future.result() == "frame.png"


def test_a_failure_ends_every_wait():
    expectations = Expectations()
    futures = [expectations.expect(), expectations.expect()]
    expectations.fail(ValueError("no such frame"))
    for future in futures:
        with pytest.raises(ValueError, match="no such frame"):
            future.result(0)


def test_a_result_that_came_first_stays():
    expectations = Expectations()
    future = expectations.expect()
    future.set_result(1)
    expectations.fail(TaskCanceledError("canceled"))
    assert future.result() == 1


def test_a_result_that_comes_after_a_failure_is_dropped():
    expectations = Expectations()
    future = expectations.expect()
    expectations.fail(TaskCanceledError("canceled"))
    future.set_result(1)
    with pytest.raises(TaskCanceledError):
        future.result(0)


def test_a_second_result_is_an_error_of_the_author():
    future = Expectations().expect()
    future.set_result(1)
    with pytest.raises(InvalidStateError):
        future.set_result(2)


@pytest.mark.parametrize("error", [TaskCanceledError("canceled"), ApplicationLostError("lost")])
def test_nothing_can_be_expected_any_more_once_the_session_is_ending(error):
    expectations = Expectations()
    expectations.fail(error)
    with pytest.raises(type(error)):
        expectations.expect().result(0)


def test_a_failed_callback_that_the_author_has_seen_does_not_affect_the_next_expectation():
    expectations = Expectations()
    first = expectations.expect()
    expectations.fail(ValueError("one line that did not fit"))
    assert expectations.expect().done()
    assert first.exception() is not None
    assert not expectations.expect().done()


def test_the_next_hook_may_wait_again():
    expectations = Expectations()
    expectations.fail(TaskCanceledError("canceled"))
    expectations.begin_hook()
    assert not expectations.expect().done()


def taken_action(expectations, *, is_last):
    """Return the wait for an action that an application has in hand."""
    future = AwaitedFuture(is_action=True, is_last=is_last)
    expectations.take_up(future)
    assert future.take()
    return future


def test_an_application_that_was_asked_to_close_has_done_so_by_its_end():
    expectations = Expectations()
    expectations.begin_hook()
    close, other = taken_action(expectations, is_last=True), taken_action(expectations, is_last=False)
    expectations.application_ended(ENDED)
    assert close.result(0) is None
    with pytest.raises(ApplicationLostError, match="render exited with 0"):
        other.result(0)


def test_the_end_of_an_application_does_not_undo_what_it_has_reported():
    expectations = Expectations()
    expectations.begin_hook()
    future = taken_action(expectations, is_last=False)
    future.has_answer = True
    expectations.application_ended(ENDED)
    assert not future.done()
    future.settle("frame.png")
    assert future.result(0) == "frame.png"
