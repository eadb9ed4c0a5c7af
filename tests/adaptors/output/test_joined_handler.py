from __future__ import annotations

import logging
import re

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.output._joined_handler import joined
from adaptor_runtime.adaptors.processes._output_delivery import LEVELS, OutputDelivery
from adaptor_runtime.ipc._stream.output_lines import OutputLines
from adaptor_runtime.rules import RuleSet, failure, ignore, status

LEVEL = LEVELS["stdout"]


class Recording(logging.Handler):
    """A handler that is no ``RegexHandler``."""

    def __init__(self, seen):
        super().__init__()
        self._seen = seen

    def emit(self, record):
        self._seen.append(("own", record.getMessage()))


@pytest.fixture
def seen():
    return []


@pytest.fixture
def rules(seen):
    found = RuleSet.merged([ignore("^ignored"), failure("Error"), status("Err")])
    return found.handler(lambda match: seen.append((match.rule.name, match.line)))


def own(seen, pattern=".", **flags):
    return RegexHandler([RegexCallback([pattern], lambda match: seen.append(("own", match.string)), **flags)])


def deliver(handler, seen, *chunks):
    """Deliver what was read; ``None`` is a silence."""
    failed = []
    delivery = OutputDelivery(
        "stdout",
        lines=OutputLines(),
        handler=handler,
        logger_name="tests",
        emit=lambda _name, block: seen.append(("shown", block.decode())),
        failed=failed.append,
    )
    for chunk in chunks:
        delivery.pause() if chunk is None else delivery.feed(chunk)
    delivery.finish()
    return failed


def test_rules_come_first_and_each_line_is_shown_before_both(rules, seen):
    deliver(joined(rules, own(seen), LEVEL), seen, b"a\nError\nb\n")
    assert seen == [
        ("shown", "a\n"),
        ("own", "a"),
        ("shown", "Error\n"),
        ("failure-1", "Error"),
        ("status-1", "Error"),
        ("own", "Error"),
        ("shown", "b\n"),
        ("own", "b"),
    ]


def test_a_rule_changes_nothing_for_the_author_s_callbacks(rules, seen):
    handler = own(seen, "Error|ignored", only_run_if_first_matched=True)
    deliver(joined(rules, handler, LEVEL), seen, b"ignored Error\nError\n")
    assert [each for each in seen if each[0] != "shown"] == [
        ("ignore-1", "ignored Error"),
        ("own", "ignored Error"),
        ("failure-1", "Error"),
        ("status-1", "Error"),
        ("own", "Error"),
    ]


def test_an_unfinished_line_is_tried_once_by_each(rules, seen):
    deliver(joined(rules, own(seen, "Error: x"), LEVEL), seen, b"Err", None, b"or: x\n")
    assert [each for each in seen if each[0] != "shown"] == [
        ("status-1", "Err"),
        ("failure-1", "Error: x"),
        ("own", "Error: x"),
    ]


def test_a_callback_may_add_another_for_the_next_line(rules, seen):
    handler = RegexHandler([])
    late = RegexCallback([re.compile("b")], lambda match: seen.append(("late", match.string)))
    handler.regex_callbacks.append(RegexCallback(["a"], lambda match: handler.regex_callbacks.append(late)))
    deliver(joined(rules, handler, LEVEL), seen, b"a\nError b\n")
    assert seen[-1] == ("late", "Error b")


def test_any_other_handler_gets_each_line_as_a_record(rules, seen):
    deliver(joined(rules, Recording(seen), LEVEL), seen, b"a\nError\n")
    assert [each for each in seen if each[0] != "shown"] == [
        ("own", "a"),
        ("failure-1", "Error"),
        ("status-1", "Error"),
        ("own", "Error"),
    ]


def test_an_error_of_the_author_s_callback_does_not_end_the_rules(rules, seen):
    def fail(match):
        raise ValueError(match.string)

    failed = deliver(joined(rules, RegexHandler([RegexCallback(["."], fail)]), LEVEL), seen, b"Error 1\nError 2\n")
    assert [str(error) for error in failed] == ["Error 1", "Error 2"]
    assert [name for name, _ in seen].count("failure-1") == 2


def test_a_handler_that_would_get_nothing_is_left_out(rules, seen):
    quiet = own(seen)
    quiet.setLevel(logging.CRITICAL)
    assert joined(rules, quiet, LEVEL) is rules
    assert joined(rules, None, LEVEL) is rules
