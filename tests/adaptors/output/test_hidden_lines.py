"""Rules that keep lines out of the log."""

from __future__ import annotations

import sys

import pytest
from adaptor_runtime import (
    BadInputError,
    CommandAdaptor,
    ManagedProcess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
)
from adaptor_runtime.adaptors.output._rule_file import read_rule_file
from adaptor_runtime.rules import failure, ignore, progress, status
from adaptor_runtime.testing import session

RULES = (
    progress(r"^Sample (\d+)%", show=False, name="samples"),
    ignore("^chatter", show=False, name="chatter"),
    failure("^Error: "),
)


class Program(ManagedProcess):
    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-S", "-u", "-c", f"import sys; sys.stdout.write({self.run_data['text']!r})"]


def played(text, *rules, handler=None):
    """Return what a task prints whose command writes a text."""

    class Hiding(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

        def get_managed_process(self, run_data):
            return Program(run_data, stdout_handler=handler)

    Hiding.rules = list(rules or RULES)
    with session(Hiding) as one:
        return one.run({"text": text}, check=False)


def output(done):
    return [line for line in done.lines if line.startswith("STDOUT: ")]


def test_the_lines_of_a_rule_that_hides_them_are_counted_and_not_shown():
    done = played("first\nSample 10%\nsecond\nSample 20%\nchatter\nchatter\nlast\n")
    assert output(done) == ["STDOUT: first", "STDOUT: second", "STDOUT: last"]
    assert done.progress == [10, 20, 100]
    assert any(line.endswith("lines that rules have hidden: samples: 2, chatter: 2") for line in done.lines)


def test_a_line_that_is_redrawn_or_unfinished_is_hidden_too():
    done = played("Sample 10%\rSample 20%\rSample 30%\nSample 40%")
    assert output(done) == []
    assert done.progress == [10, 20, 30, 40, 100]


def test_the_cause_of_a_failure_is_shown_although_another_rule_would_hide_it():
    done = played("Error: no camera\n", status("^Error", show=False), failure("camera$"))
    assert output(done) == ["STDOUT: Error: no camera"]
    assert done.exit_code == 1


class Mine(RegexHandler):
    def emit(self, record):
        super().emit(record)


@pytest.mark.parametrize("kind", [RegexHandler, Mine])
def test_an_authors_own_handler_sees_a_hidden_line(kind):
    seen = []
    done = played("chatter\nshown\n", handler=kind([RegexCallback([".*"], lambda match: seen.append(match[0]))]))
    assert seen == ["chatter", "shown"]
    assert output(done) == ["STDOUT: shown"]


@pytest.mark.parametrize(("show", "error"), [(False, ValueError), ("no", TypeError)])
def test_a_failure_rule_cannot_hide_its_line_and_show_is_no_text(show, error):
    from adaptor_runtime.adaptors.output._output_rule import OutputRule

    with pytest.raises(error, match="show"):
        OutputRule("failure", "^Error", show=show)


def test_a_rules_file_may_hide_lines(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text("rules: [{kind: ignore, pattern: ^chatter, show: false}]")
    assert output(played("chatter\nshown\n", *read_rule_file(str(file)))) == ["STDOUT: shown"]
    file.write_text("rules: [{kind: ignore, pattern: ^chatter, show: 'no'}]")
    with pytest.raises(BadInputError, match="show"):
        read_rule_file(str(file))
