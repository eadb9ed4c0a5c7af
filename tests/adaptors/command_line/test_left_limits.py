from __future__ import annotations

import pytest
from adaptor_runtime.adaptors._messages.journal_tail import LeftSession
from adaptor_runtime.adaptors.command_line._left_limits import left_limits

LIMITS = {"start": 9.0, "run": 60.0, "stop": 30.0, "cleanup": None, "cancel": 20.0, "output": 50.0, "progress": None}


def call(trigger, at=100.0):
    return {"hook": f"on_{trigger}", "trigger": trigger, "at": at}


@pytest.mark.parametrize(
    ("session", "heard_at", "left"),
    [
        (LeftSession(), 110.0, {}),
        (LeftSession("running", True, 100.0, call("run")), None, {"run": 10.0, "output": 0.0}),
        (LeftSession("running", True, 100.0, call("run")), 140.0, {"run": 10.0, "output": 40.0}),
        (LeftSession("idle", False, None, call("start")), 140.0, {"start": -41.0, "output": 40.0}),
        (LeftSession("canceled", True, 145.0, call("run")), 140.0, {"cancel": 15.0}),
        (LeftSession("canceled", True, 110.0, call("stop", 130.0)), 140.0, {"stop": 10.0}),
        (LeftSession("stopped", False, 140.0, call("cleanup", 140.0)), 140.0, {}),
    ],
)
def test_of_each_limit_that_counts_the_files_of_a_daemon_tell_what_is_left(session, heard_at, left):
    found = left_limits(LIMITS, session, heard_at, 150.0)
    assert {each["name"]: each["seconds"] for each in found} == LIMITS
    assert {each["name"]: each["left"] for each in found if each["left"] is not None} == left
