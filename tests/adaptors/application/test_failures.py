"""What is said of a task that fails: one line with its cause, once, and the traceback of the application once."""

from __future__ import annotations

import pytest
from adaptor_runtime.adaptors import OnLoss
from adaptor_runtime.rules import failure
from adaptor_runtime.testing import FakeApplication, daemon_session, session
from kept_application import Driven, Linked, calls, made

pytestmark = pytest.mark.faults("Outcome")

FAKE = FakeApplication().answers("bad", FakeApplication().says("Error: bad"))
FAKE = FAKE.answers("leave", FakeApplication().says("oh").exits(3))

WAYS = {
    "call": (Linked, calls(("fail", {"text": "no scene"})), "KeyError: 'no scene'"),
    "unknown call": (Linked, calls("rendr"), "it serves: close"),
    "rule in a call": (Linked, calls(("say", {"text": "Error: no camera"})), "no camera"),
    "lost in a call": (Linked, calls(("leave", {"code": 3})), "exited with 3; it printed nothing"),
    "expected output": (Linked, {"outputs": ["/missing.exr"]}, "the expected output"),
    "rule in a question": (Driven, {"asks": [("bad", "never")]}, "Error: bad"),
    "lost in a question": (Driven, {"asks": [("leave", "never")]}, "its last line: oh"),
}


def said(task, text):
    """Return the lines with a text, apart from records, which say to what it led."""
    return [line for line in task.lines if text in line and not line.startswith(("INFO: transition", "INFO: settled"))]


@pytest.mark.parametrize("way", WAYS)
def test_the_cause_of_a_failure_is_said_once_beside_the_line_that_it_is_about(way):
    base, data, cause = WAYS[way]
    with session(made(base, fake=FAKE, on_loss=OnLoss.FAIL_TASK)) as one:
        task = one.run(data, check=False)
    assert task.exit_code == 1
    assert task.message.count(cause) == 1
    assert [line.partition(": ")[0] for line in said(task, cause)] == {
        "call": ["ERROR", "openjd_fail"],  # the traceback, and the cause
        "rule in a call": ["STDOUT", "openjd_fail"],
        "rule in a question": ["STDOUT", "openjd_fail"],
    }.get(way, ["openjd_fail"])


def test_a_daemon_says_the_same_and_the_traceback_of_the_application_comes_first():
    with daemon_session(Linked) as one:
        task = one.run(calls(("fail", {"text": "no scene"})), check=False)
    errors = [line for line in task.lines if line.startswith("ERROR: ")]
    assert errors[:2] == [
        "ERROR: the action 'fail' failed in the application:",
        "ERROR: Traceback (most recent call last):",
    ]
    assert errors[-1] == "ERROR: KeyError: 'no scene'"
    assert len(said(task, "failed in the application")) == 2
    assert task.message.startswith("on_run failed: the action 'fail' failed in the application: KeyError: 'no scene'")


def test_a_call_that_fails_while_the_session_ends_is_said_once():
    adaptor = made(on_stop=lambda self: self.application.call("fail", text="no scene"))
    with session(adaptor) as one:
        one.stop(check=False)
    assert len([line for line in one.lines if line.startswith("ERROR") and "failed in the application" in line]) == 1


def test_a_message_that_a_rule_made_is_said_beside_the_line():
    adaptor = made(rules=[failure(r"code (?P<code>\d+)", message="the license server said {code}", name="license")])
    with session(adaptor) as one:
        failed = one.run(calls(("say", {"text": "code 7"})), check=False)
    assert failed.message == "on_run failed: rule license: the license server said 7; the line: code 7"
