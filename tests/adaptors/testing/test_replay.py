"""Saved logs, replayed through the rules of an adaptor."""

from __future__ import annotations

import logging

import pytest
from adaptor_runtime import Adaptor, CommandAdaptor, RegexCallback, RegexHandler
from adaptor_runtime.rules import failure, fatal, ignore, progress, status
from adaptor_runtime.testing import replay

LOG = "loading\nFrame 1: 50%\n\x1b[31mError: no texture\x1b[0m\nFrame 1: 70%\rFrame 1: 100%\nSaved: a.png\n"


def fail(match):
    raise RuntimeError(match[1])


@pytest.fixture
def rules():
    return RegexHandler(
        [
            RegexCallback([r"(\d+)%"], lambda match: Adaptor.update_status(progress=float(match[1]))),
            RegexCallback([r"^Saved: (.*)"], lambda match: Adaptor.update_status(status_message=match[1])),
            RegexCallback([r"^Error: (.*)"], fail),
        ]
    )


def test_each_line_of_a_log_is_matched_as_if_an_application_printed_it(rules):
    done = replay(LOG, rules)
    assert done.lines == 5
    assert done.progress == [50, 70, 100]
    assert done.statuses == ["a.png"]
    (error,) = done.failures
    assert str(error) == "no texture"
    assert [(event.line_number, event.kind) for event in done.events] == [
        (2, "progress"),
        (3, "failure"),
        (4, "progress"),
        (4, "progress"),
        (5, "status"),
    ]
    assert done.events[0].line == "Frame 1: 50%"


def test_the_log_may_be_in_a_file_or_in_bytes(rules, tmp_path):
    path = tmp_path / "app.log"
    path.write_text(LOG, encoding="utf-16")
    for log in (path, str(path)):
        assert replay(log, rules, encoding="utf-16").progress == [50, 70, 100]
    assert replay(LOG.encode(), rules).progress == [50, 70, 100]
    assert replay("", rules).lines == 0
    assert replay("7%", rules).progress == [7]
    with pytest.raises(FileNotFoundError):
        replay(tmp_path / "missing.log", rules)


def test_of_the_log_of_a_session_only_the_lines_of_the_application_count(rules):
    log = "INFO: 10%\nSTDOUT: 20%\nopenjd_progress: 30\nSTDERR: 40%\n"
    done = replay(log, rules)
    assert (done.lines, done.progress) == (2, [20, 40])
    assert [event.line_number for event in done.events] == [2, 4]
    assert replay(log, rules, RegexHandler([])).progress == [20]


def test_anything_that_takes_lines_can_be_replayed_to():
    class Lines(list):
        def take_line(self, line):
            self.append(line)
            logging.getLogger("rules").debug(line)
            if line == "b":
                raise ValueError(line)

    lines = Lines()
    done = replay("a\nb\nc\n", lines)
    assert lines == ["a", "b", "c"]
    assert [str(error) for error in done.failures] == ["b"]


def test_status_messages_go_to_the_scheduler_again_afterwards(rules, capsys):
    replay("50%\n", rules)
    Adaptor.update_status(progress=3)
    assert capsys.readouterr().out == "openjd_progress: 3\n"


RULES = (
    ignore("nothing"),
    progress(r"(?P<percent>\d+)%"),
    status(r"^Saved: (?P<message>.*)"),
    failure(r"^Error: (?P<message>.*)", name="error"),
    fatal("^No license", name="license"),
)


class Rendering(CommandAdaptor):
    rules = RULES


@pytest.mark.parametrize("given", [RULES, list(RULES), Rendering])
def test_output_rules_and_those_of_an_adaptor_can_be_replayed_to(given):
    done = replay(f"{LOG}No license\nError: nothing\n", given)
    assert (done.progress, done.statuses) == ([50, 70, 100], ["a.png"])
    assert [str(error) for error in done.failures] == [
        "rule error: Error: no texture",
        "rule license: No license",
    ]


@pytest.mark.parametrize(("given", "message"), [([1], "the list has 1, which is no rule"), (7, "7 is no handler")])
def test_what_are_no_rules_is_rejected(given, message):
    with pytest.raises(TypeError, match=message):
        replay(LOG, given)
