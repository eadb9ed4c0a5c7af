"""Hooks that an author writes in addition to ours, and hooks that are called by hand."""

from __future__ import annotations

import os
import threading

import psutil
import pytest
from adaptor_runtime.adaptors.processes import _registry as registry
from adaptor_runtime.testing import session
from kept_application import Driven, Linked, calls, made, process_of


def hooks(calls_super):
    """Return all hooks, which record that they were called."""
    called = []

    def hook(name):
        def call(self):
            called.append(name)
            if calls_super:
                getattr(super(made_class, self), name)()

        return call

    made_class = made(**{name: hook(name) for name in ("on_start", "on_stop", "on_cancel", "on_cleanup")})
    return made_class, called


def test_hooks_that_call_those_of_the_base_class_do_more():
    adaptor, called = hooks(calls_super=True)
    with session(adaptor) as one:
        assert one.application == "ready"
        one.run(calls("echo"))
    assert called == ["on_start", "on_stop", "on_cleanup"]
    assert "asked to close" in one.text
    assert one.application_path[-1] == "closed"


@pytest.mark.faults("The application's life")
def test_hooks_that_do_not_leave_an_application_that_the_first_task_launches_and_the_session_ends():
    adaptor, called = hooks(calls_super=False)
    threads = set(threading.enumerate())
    with session(adaptor) as one:
        assert one.application is None
        one.run(calls(("temporary", {"text": "x"})))
        file = eval(next(line for line in one.lines if line.startswith("results"))[8:])[0]
        pid = process_of(one)
    assert called == ["on_start", "on_stop", "on_cleanup"]
    assert one.application_path[:2] == ["loading", "ready"]
    assert one.application == "closed"
    assert not psutil.pid_exists(pid)
    assert not os.path.exists(os.path.dirname(file))
    assert not {thread.name for thread in set(threading.enumerate()) - threads if "link" in thread.name}


@pytest.mark.faults("Cancel")
def test_without_our_on_cancel_the_cancel_ends_the_application_all_the_same():
    adaptor, _ = hooks(calls_super=False)
    with session(adaptor, deadlines={"cancel": 9}) as one:
        one.begin_run(calls("hang"))
        one.wait_for("STDOUT: hanging")
        assert one.cancel().exit_code == 143


@pytest.mark.parametrize("base", [Linked, Driven])
def test_hooks_that_are_called_by_hand_need_no_session(base):
    adaptor = base({})
    adaptor.on_start()
    try:
        assert adaptor.application.state == "ready"
        adaptor.on_run(calls(("echo", {"a": 1})) if base is Linked else {})
        adaptor.on_stop()
        assert adaptor.application.state == "closed"
    finally:
        adaptor.on_cleanup()
    assert registry.live() == []


def test_the_application_can_be_looked_at_before_it_is_there():
    adaptor = Driven({})
    assert adaptor.application.state == "absent"
    assert adaptor.application.process is None
    assert repr(adaptor.application) == "<Application driven absent>"
    adaptor.on_cancel()
    adaptor.on_stop()
    adaptor.on_cleanup()
