from __future__ import annotations

import logging
import re

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from hypothesis import given
from hypothesis import strategies as st


def feed(handler, text):
    """Do with a block what the reader of an application does; give the lines that matched."""
    lines = []
    for end, first in handler.matches(text):
        lines.append(text[:end].split("\n")[-2])
        assert lines[-1] == first.line
        handler.call(first)
    return lines


def rules(*descriptions):
    """Build callbacks from (pattern, exit_if_matched, only_run_if_first_matched), and the list of those called."""
    calls = []
    callbacks = [
        RegexCallback([re.compile(pattern)], lambda match, number=number: calls.append(number), *flags)
        for number, (pattern, *flags) in enumerate(descriptions)
    ]
    return RegexHandler(callbacks), calls


def test_all_callbacks_that_match_are_called_in_order():
    handler, calls = rules(("b",), ("a",), ("c",))
    assert feed(handler, "ab\nzz\na\n") == ["ab", "a"]
    assert calls == [0, 1, 1]


@pytest.mark.parametrize(
    ("exits", "only_first", "line", "expected"),
    [
        (False, False, "ab", [0, 1, 2]),
        (True, False, "ab", [0, 1]),
        (True, False, "b", [1]),
        (False, True, "ab", [0, 2]),
        (False, True, "b", [1, 2]),
        (True, True, "ab", [0, 2]),
        (True, True, "b", [1]),
        (True, True, "c", [2]),
    ],
)
def test_a_callback_may_end_a_line_or_require_to_be_the_first(exits, only_first, line, expected):
    handler, calls = rules(("a",), ("b", exits, only_first), ("[abc]",))
    feed(handler, line + "\n")
    assert calls == expected


def test_the_first_matching_pattern_provides_the_match():
    matches = []
    callback = RegexCallback([re.compile("x"), re.compile("(b)"), re.compile("a")], matches.append)
    feed(RegexHandler([callback]), "ab\n")
    assert [match.re.pattern for match in matches] == ["(b)"]
    assert callback.get_match("ab").re.pattern == "(b)"
    assert callback.get_match("zz") is None


def test_the_lists_that_were_given_are_copied():
    regexes, callbacks = [re.compile("a")], []
    callback = RegexCallback(regexes, print)
    handler = RegexHandler(callbacks)
    regexes.clear()
    callbacks.append(callback)
    assert callback.regex_list == [re.compile("a")]
    assert handler.regex_callbacks == []


def test_an_overridden_get_match_is_called_for_each_line():
    asked = []

    class Third(RegexCallback):
        def get_match(self, msg):
            asked.append(msg)
            return super().get_match(msg) if len(asked) == 3 else None

    calls = []
    feed(RegexHandler([Third([re.compile("x")], lambda match: calls.append(match.string))]), "x1\nx2\nx3\ny\n")
    assert (asked, calls) == (["x1", "x2", "x3", "y"], ["x3"])


def test_a_callback_may_change_the_list_for_the_next_line():
    handler, calls = rules(("a",), ("b",))
    late = RegexCallback([re.compile(r"\d")], lambda match: calls.append("late"))
    handler.regex_callbacks.append(RegexCallback([re.compile("b")], lambda match: handler.regex_callbacks.append(late)))
    feed(handler, "a\n1\nb2\n3\n")
    assert calls == [0, 1, "late"]
    handler.regex_callbacks.clear()
    assert feed(handler, "a\n") == []


def test_patterns_may_be_added_to_a_callback():
    handler, calls = rules(("a",))
    feed(handler, "b\n")
    handler.regex_callbacks[0].regex_list.append(re.compile("b"))
    feed(handler, "b\n")
    assert calls == [0]


def test_a_callback_without_patterns_is_never_called():
    handler = RegexHandler([RegexCallback([], print)])
    assert feed(handler, "a\n") == []


@pytest.mark.parametrize("line", ["ERROR: disk", "error: Disk", "a K in K: eRRor", "\u017f error"])
def test_case_is_ignored_where_the_pattern_says_so(line):
    calls = []
    handler = RegexHandler([RegexCallback([re.compile("error", re.IGNORECASE)], calls.append)])
    assert feed(handler, f"first\n{line}\nlast\n") == [line]


def test_letters_that_are_equal_only_in_unicode_match():
    handler = RegexHandler([RegexCallback([re.compile("disk", re.IGNORECASE)], lambda match: None)])
    assert feed(handler, "DIS\u212a\ndi\u017fk\n") == ["DIS\u212a", "di\u017fk"]


def test_anchors_mean_the_line():
    handler, calls = rules((r"^b$",), (r"\Aab\Z",), (r"(?<!\n)c",))
    assert feed(handler, "ab\nb\nc\nbb\n") == ["ab", "b", "c"]
    assert calls == [1, 0, 2]


def test_a_logger_may_use_it_like_any_other_handler():
    handler, calls = rules((r"^rendering 5 of 9$",))
    logger = logging.getLogger("tests.regex")
    logger.addHandler(handler)
    try:
        logger.error("rendering %d of %d", 5, 9)
        logger.error("rendering %d of %d", 6, 9)
    finally:
        logger.removeHandler(handler)
    assert calls == [0]


def test_colours_of_a_log_record_do_not_defeat_a_pattern():
    handler, calls = rules(("^done$",))
    handler.handle(logging.LogRecord("tests", 20, "", 0, "\x1b[32mdone\x1b[0m", None, None))
    assert calls == [0]


def test_arguments_that_do_not_fit_the_message_are_harmless():
    handler, calls = rules(("done",))
    handler.handle(logging.LogRecord("tests", 20, "", 0, "done %d", ("x",), None))
    assert calls == [0]


def test_a_callback_is_shown_by_its_patterns():
    assert repr(RegexCallback([re.compile("a"), re.compile("b")], print)) == "<RegexCallback 'a', 'b'>"


PATTERNS = st.sampled_from(["a", ".*ab.*", "a|b", "[ab]", "ab+", "(?i)AB", "^a", "b$", "(?:a|bb)c", "c?", "é", "(?i)É"])
TEXTS = st.lists(st.text("abcABéÉ\u2028", max_size=6), max_size=8)


@given(st.lists(st.tuples(PATTERNS, st.booleans(), st.booleans()), max_size=4), TEXTS)
def test_a_block_makes_the_same_calls_as_its_single_lines(descriptions, lines):
    by_block, block_calls = rules(*descriptions)
    line_calls = []
    feed(by_block, "".join(line + "\n" for line in lines))
    for line in lines:
        expected = len(line_calls)
        called = False
        for number, (pattern, exits, only_first) in enumerate(descriptions):
            if (only_first and called) or not re.search(pattern, line):
                continue
            called = True
            line_calls.append(number)
            if exits:
                break
        single, single_calls = rules(*descriptions)
        single.emit(logging.LogRecord("tests", 20, "", 0, line, None, None))
        assert single_calls == line_calls[expected:]
    assert block_calls == line_calls
