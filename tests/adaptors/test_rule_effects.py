from __future__ import annotations

import pytest
from adaptor_runtime.adaptors._messages.destination import send_to
from adaptor_runtime.adaptors._rule_effects import RuleEffects
from adaptor_runtime.rules import RuleKind, RuleSet, done, failure, fatal, ignore, progress, ready, status, warning
from adaptor_runtime_client._messages import Progress, StatusMessage


class Told:
    """Takes what a session would take."""

    def __init__(self):
        self.events = []

    def event(self, level, message):
        self.events.append(message)

    def own(self, level, text, fields):
        self.events.append((level, text, fields))


@pytest.fixture
def told():
    told = Told()
    send_to(told)
    yield told.events
    send_to(None)


def play(text, *rules, further=None):
    """Feed lines to rules as the reader of an application does; return their effects."""
    effects = RuleEffects(further)
    handler = RuleSet.merged(rules).handler(effects)
    for _, first in handler.matches(text):
        handler.call(first)
    return effects


def test_progress_and_status_are_reported_and_warnings_logged(told):
    play(
        "frame 3\n40%\nsample 1/4\nlow memory\n",
        progress(r"(\d+)%"),
        progress(r"sample (?P<done>\d)/(?P<of>\d)", message="sampling"),
        status(r"frame \d+"),
        warning("low .*"),
    )
    assert told == [
        StatusMessage("frame 3"),
        Progress(40.0),
        Progress(25.0),
        StatusMessage("sampling"),
        ("WARNING", "low memory", {"rule": "warning-1"}),
    ]


def test_progress_without_a_number_is_a_warning_once(told):
    play("0/0\n0/0\n1/2\n", progress(r"(?P<done>\d)/(?P<of>\d)"))
    fields = {"rule": "progress-1", "line": "0/0"}
    assert told == [("WARNING", "a progress rule found no number", fields), Progress(50.0)]


def test_the_first_failure_is_kept_and_nothing_of_an_ignored_line(told):
    rules = [failure(r"Error: (?P<message>.*)"), fatal("No license", name="license"), ignore("Error: harmless")]
    effects = play("Error: harmless\nNo license\nError: disk\n", *rules)
    assert (effects.failure.rule.name, effects.failure.line) == ("license", "No license")
    effects.reset()
    assert effects.failure is None
    assert told == []


def test_the_end_of_the_work_is_kept(told):
    effects = play("Saved: a\nSaved: b\n", done("Saved: .*", grace=3))
    assert (effects.done.line, effects.done.rule.grace) == ("Saved: a", 3)
    effects.reset()
    assert effects.done is None


def test_more_can_follow_from_a_kind_of_rule(told):
    heard = []
    further = {RuleKind.READY: heard.append, RuleKind.FATAL: heard.append}
    play("loaded\nNo license\n", ready("loaded"), fatal("No license"), further=further)
    assert [match.rule.name for match in heard] == ["ready-1", "fatal-1"]
