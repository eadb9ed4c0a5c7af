from __future__ import annotations

from concurrent.futures import InvalidStateError

import pytest
from adaptor_runtime.adaptors import ApplicationLostError, TaskCanceledError
from adaptor_runtime.adaptors._session.expectations import Expectations


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
