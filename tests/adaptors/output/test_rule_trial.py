from __future__ import annotations

import pytest
from adaptor_runtime.adaptors.output._rule_trial import consequence, first_failure, shown_line, try_rules
from adaptor_runtime.rules import RuleSet, done, failure, fatal, ignore, progress, ready, status, warning

RULES = RuleSet.merged(
    [
        ignore("Error: harmless"),
        progress(r"Sample (?P<done>\d+)/(?P<of>\d+)"),
        failure(r"^Error: (?P<message>.*)", name="error"),
        fatal("No license"),
        status(r"(\d+) lights", message="lights: {1}"),
    ]
)


def tried(log):
    return [(number, match.rule.name, match.line) for number, match in try_rules(RULES, log)]


def test_each_match_of_a_log_has_the_number_of_its_line():
    log = b"start\nError: harmless\nSample 1/4\n\nError: no camera\nNo license"
    assert tried(log) == [
        (2, "ignore-1", "Error: harmless"),
        (3, "progress-1", "Sample 1/4"),
        (5, "error", "Error: no camera"),
        (6, "fatal-1", "No license"),
    ]


def test_escape_sequences_and_redrawn_lines_are_seen_as_in_a_session():
    log = b"\x1b[31mError: red\x1b[0m\r\nSample 1/4\rSample 2/4\nError: \xff\n"
    assert tried(log) == [
        (1, "error", "Error: red"),
        (2, "progress-1", "Sample 1/4"),
        (2, "progress-1", "Sample 2/4"),
        (3, "error", "Error: \\xff"),
    ]


def test_of_the_log_of_a_session_only_the_lines_of_applications_count():
    log = b"INFO: Running command: No license\nSTDOUT: Error: disk\nopenjd_fail: No license\nSTDERR: 3 lights\n"
    assert tried(log) == [(2, "error", "Error: disk"), (4, "status-1", "3 lights")]


def test_the_first_failure_is_the_one_that_counts():
    assert first_failure(try_rules(RULES, b"Sample 1/2\n")) is None
    assert first_failure(try_rules(RULES, b"No license\nError: a\n")).match.rule.name == "fatal-1"


@pytest.mark.parametrize(
    ("rule", "line", "said"),
    [
        (ignore("a"), "a", "no other rule is tried"),
        (progress(r"(\d+)%"), "43%", "progress 43 %"),
        (progress(r"(\d+)%", message="busy"), "43%", "progress 43 %, status: busy"),
        (progress(r"(\w+)"), "many", "no progress: the line has no number"),
        (status(r"frame \d"), "frame 1", "status: frame 1"),
        (warning("low.*"), "low", "would log a warning: low"),
        (failure("Error: (?P<message>.*)"), "Error: a", "would fail the task: rule failure-1: Error: a"),
        (fatal("No", name="x"), "No disk", "would fail the task and end the application: rule x: No disk"),
        (done("Saved"), "Saved", "the work is done: exit codes that are a success: any; ended after 10 s"),
        (
            done("Saved", exit_codes=(211, 0), grace=1.5),
            "Saved",
            "the work is done: exit codes that are a success: 0, 211; ended after 1.5 s",
        ),
        (ready("loaded"), "loaded", "the application is ready"),
    ],
)
def test_what_would_follow_is_said(rule, line, said):
    (one,) = try_rules(RuleSet.merged([rule]), f"{line}\n".encode())
    assert consequence(one.match) == said


def test_a_line_of_any_length_is_shown_in_a_reason_as_far_as_it_fits():
    (one,) = try_rules(RULES, b"Error: " + b"x" * 20_000 + b"\n")
    assert len(one.match.reason) < 600


def test_control_characters_of_a_line_are_shown_as_text():
    assert shown_line("a\0b") == "a\\x00b"
