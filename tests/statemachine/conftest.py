"""A clock that tests set by hand, and a lifecycle in any state, also in those that no call leads to."""

from __future__ import annotations

import browser
import pytest
from adaptor_runtime.statemachine import InFlight, Lifecycle, Trigger

opened = browser.opened
HOOKS = {"on_start": Trigger.START, "on_run": Trigger.RUN, "on_stop": Trigger.STOP, "on_cleanup": Trigger.CLEANUP}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lifecycle(clock):
    return Lifecycle(clock=clock)


@pytest.fixture
def lifecycle_in():
    """Make a lifecycle with a given state, stop owed and hook in flight, whether or not calls could lead there."""

    def make(state, *, stop_owed=False, hook=None):
        lifecycle = Lifecycle()
        lifecycle._guard._model.state = state.value
        lifecycle._guard.fact = stop_owed
        if hook is not None:
            lifecycle._in_flight = InFlight(hook, HOOKS[hook], 0.0, "task", state)
        return lifecycle

    return make
