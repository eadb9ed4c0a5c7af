from __future__ import annotations

import pytest
from adaptor_runtime.adaptors._session.timeline import Timeline

HOOK, OTHER = "a hook", "another"


@pytest.fixture
def timeline():
    return Timeline()


def test_actions_are_called_once_in_the_order_in_which_they_are_due(timeline):
    called = []
    for due in (3.0, 1.0, 2.0, 4.0):
        timeline.at(due, lambda due=due: called.append(due), about=HOOK)
    timeline.call_due(3.0)
    timeline.call_due(3.0)
    assert called == [1.0, 2.0, 3.0]
    assert timeline.first() == 4.0


def test_actions_that_are_due_together_are_called_in_the_order_of_adding(timeline):
    called = []
    for name in ("b", "a"):
        timeline.at(1.0, lambda name=name: called.append(name), about=HOOK)
    timeline.call_due(1.0)
    assert called == ["b", "a"]


def test_dropped_actions_are_not_called_and_the_others_are(timeline):
    called = []
    timeline.at(1.0, lambda: called.append(HOOK), about=HOOK)
    timeline.at(2.0, lambda: called.append(OTHER), about=OTHER)
    timeline.drop(HOOK)
    timeline.call_due(2.0)
    assert called == [OTHER]


def test_an_action_may_drop_later_actions_and_add_one_that_is_due_now(timeline):
    called = []

    def change():
        timeline.drop(OTHER)
        timeline.at(0.0, lambda: called.append("added"), about=HOOK)

    timeline.at(1.0, change, about=HOOK)
    timeline.at(2.0, lambda: called.append("dropped"), about=OTHER)
    timeline.call_due(2.0)
    assert called == ["added"]


def test_it_knows_when_the_first_and_the_last_action_are_due(timeline):
    assert (timeline.first(), timeline.first(HOOK), timeline.last(HOOK)) == (None, None, None)
    for due, about in ((3.0, HOOK), (1.0, OTHER), (2.0, HOOK)):
        timeline.at(due, lambda: None, about=about)
    assert (timeline.first(), timeline.first(HOOK), timeline.last(HOOK)) == (1.0, 2.0, 3.0)
