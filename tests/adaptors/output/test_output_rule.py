from __future__ import annotations

import re

import pytest
from adaptor_runtime.rules import (
    OutputRule,
    RuleKind,
    done,
    failure,
    fatal,
    ignore,
    progress,
    ready,
    status,
    warning,
)


def read(rule, line):
    match = rule.pattern.search(line)
    assert match, line
    return rule.read(match)


@pytest.mark.parametrize("kind", RuleKind)
def test_each_kind_has_a_function_that_makes_its_rule(kind):
    made = {each.__name__: each for each in (progress, status, warning, failure, fatal, done, ready, ignore)}
    rule = made[kind.value](r"(\d+)", name="one")
    assert (rule.kind, rule.name, rule.pattern) == (kind, "one", re.compile(r"(\d+)"))


def test_a_rule_is_a_value():
    assert failure("Error") == failure("Error") == OutputRule("failure", re.compile("Error"))
    with pytest.raises(AttributeError):
        failure("Error").name = "other"


@pytest.mark.parametrize(
    ("pattern", "line", "percent"),
    [
        (r"Sample (?P<done>\d+)/(?P<of>\d+)", "Sample 43/200", 21.5),
        (r"(?P<of>\d+) of which (?P<done>\d+)", "8 of which 2", 25),
        (r"(\d+) left, (?P<percent>\S+)", "7 left, 12.5%", 12.5),
        (r"(\d+)%", "at 99%", 99),
        (r"(\S+) percent", "many percent", None),
        (r"(?P<done>\d+)/(?P<of>\d+)", "0/0", None),
        (r"progress(?: (\d+))?", "progress", None),
    ],
)
def test_progress_is_read_from_groups(pattern, line, percent):
    assert read(progress(pattern), line).percent == percent


@pytest.mark.parametrize(
    ("rule", "line", "message"),
    [
        (failure(r"Error: (?P<message>.*)"), " Error: no camera", "no camera"),
        (failure(r"Error"), "  12:00 Error: no camera ", "12:00 Error: no camera"),
        (failure(r"Error: (?P<message>.*)"), "Error: ", "Error:"),
        (failure(r"(?P<code>E\d+) (.*)", message="{code}: {2} ({line})"), "E12 disk", "E12: disk (E12 disk)"),
        (warning(r"(?P<what>\w+)?!", message="{{{what}}} {}"), "!", "{{}} {}"),
        (status(r"frame (\d+)"), "frame 12", "12"),
        (status(r"(?P<of>\w+): (?P<message>.*)"), "scene: loading", "loading"),
        (status(r"loading"), "loading a scene", "loading a scene"),
        (progress(r"(\d+)%"), "4%", ""),
        (progress(r"(\w+) (?P<percent>\d+)%", message="at {1}"), "shading 4%", "at shading"),
    ],
)
def test_the_message_comes_from_groups_or_is_the_line(rule, line, message):
    assert read(rule, line).message == message
    assert read(rule, line).line == line


@pytest.mark.parametrize(
    ("codes", "accepted", "rejected"), [(None, [0, 211, -11], []), (211, [211], [0, -11]), ([0, 211], [0, 211], [1])]
)
def test_a_done_rule_says_which_exit_codes_are_fine(codes, accepted, rejected):
    rule = done("Saved", exit_codes=codes)
    assert [rule.accepts(code) for code in accepted + rejected] == [True] * len(accepted) + [False] * len(rejected)


WRONG = {
    "is no regular expression: missing ), unterminated": lambda: failure("("),
    "the pattern is empty": lambda: ignore(""),
    "5 is no pattern for text": lambda: ignore(5),
    "is no pattern for text; write": lambda: ignore(re.compile(b"a")),
    "'my rule' is no name of a rule": lambda: ignore("a", name="my rule"),
    "the name of this ignore rule is 5": lambda: ignore("a", name=5),
    "the message of this failure rule is 5": lambda: failure("a", message=5),
    "names the group 'cod', which the pattern '(?P<code>.)' does not have": lambda: failure(
        "(?P<code>.)", message="{cod}"
    ),
    "has no number; write (?P<done>": lambda: progress("done"),
    "'(?P<done>.)' of a progress rule has no number": lambda: progress("(?P<done>.)"),
    "'fail' is no kind of rule; the kinds are ignore, progress": lambda: OutputRule("fail", "a"),
    "a done rule reports nothing": lambda: OutputRule("done", "a", message="b"),
    "has a group 'mesage', which a failure rule does not know: did you mean 'message'?": lambda: failure(
        "(?P<mesage>.)"
    ),
    "has a group 'Percent', which a progress rule does not know: did you mean 'percent'?": lambda: progress(
        r"(\d)(?P<Percent>.)"
    ),
    "an ignore rule reports nothing": lambda: OutputRule("ignore", "a", message="b"),
    "belong to a done rule, not to an ignore rule": lambda: OutputRule("ignore", "a", grace=1),
    "belong to a done rule, not to a ready rule": lambda: OutputRule("ready", "a", grace=1),
    "exit_codes is ['0']; write numbers": lambda: done("a", exit_codes=["0"]),
    "exit_codes is 1.5; write numbers": lambda: done("a", exit_codes=1.5),
    "grace is -1; write a number of seconds": lambda: done("a", grace=-1),
    "grace is nan": lambda: done("a", grace=float("nan")),
    "grace is True": lambda: done("a", grace=True),
}


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize("said", WRONG)
def test_a_rule_that_cannot_work_is_rejected_where_it_is_written(said):
    with pytest.raises((TypeError, ValueError)) as raised:
        WRONG[said]()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
