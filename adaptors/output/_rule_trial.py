"""Try rules on a log, line by line, without an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...ipc._stream.output_lines import OutputLines, visible
from ._application_lines import application_lines
from ._output_rule import RuleKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._output_rule import RuleMatch
    from ._rule_set import RuleSet


class TriedMatch(NamedTuple):
    """A match in a log."""

    number: int
    """The line of the log, from 1."""

    match: RuleMatch


def try_rules(rules: RuleSet, log: bytes) -> Iterator[TriedMatch]:
    """Yield what ``rules`` match in the output of an application, as they would in a session.

    Args:
        rules: The rules.
        log: The output, or the log of a session: then only the lines of applications count, without their prefix.
    """
    found: list[RuleMatch] = []
    handler = rules.handler(found.append)
    lines = OutputLines()
    for number, _, line in application_lines(log):
        for piece in lines.feed(line + b"\n"):
            for _, first in handler.matches(piece.matched.decode()):
                handler.call(first)
        yield from (TriedMatch(number, match) for match in found)
        found.clear()


def consequence(match: RuleMatch) -> str:
    """Return what would follow from a match in a session."""
    return _follows(match) if match.rule.show else f"{_follows(match)}; the line is not shown"


def _follows(match: RuleMatch) -> str:
    rule, message = match.rule, match.message
    if rule.kind is RuleKind.PROGRESS:
        shown = "no progress: the line has no number" if match.percent is None else f"progress {match.percent:.4g} %"
        return f"{shown}, status: {message}" if message else shown
    if rule.kind is RuleKind.DONE:
        codes = "any" if rule.exit_codes is None else ", ".join(map(str, sorted(rule.exit_codes)))
        return f"the work is done: exit codes that are a success: {codes}; ended after {rule.grace:g} s"
    return {
        RuleKind.IGNORE: "no other rule is tried",
        RuleKind.STATUS: f"status: {message}",
        RuleKind.WARNING: f"would log a warning: {message}",
        RuleKind.FAILURE: f"would fail the task: {match.reason}",
        RuleKind.FATAL: f"would fail the task and end the application: {match.reason}",
        RuleKind.READY: "the application is ready",
    }[rule.kind]


def first_failure(found: Iterable[TriedMatch]) -> TriedMatch | None:
    """Return the match for which a task would fail; None if it would not fail for a rule."""
    return next((tried for tried in found if tried.match.rule.is_cause), None)


def shown_line(line: str) -> str:
    """Return a line as a log shows it."""
    return visible(line.encode("utf-8", "backslashreplace") + b"\n").decode()[:-1]
