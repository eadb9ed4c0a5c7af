"""The commands about output rules."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from . import _options as options
from ._command import Commands, require_command
from ._invocation import CONTEXT, CommandLine

if TYPE_CHECKING:
    from ..output._rule_set import RuleSet
    from ..output._rule_trial import TriedMatch


@click.group(
    cls=Commands,
    needs_adaptor=True,
    invoke_without_command=True,
    context_settings=CONTEXT,
    epilog="Example: rules test app.log",
)
@click.pass_context
def rules(context: click.Context) -> None:
    """Try the adaptor's output rules."""
    require_command(context)


@rules.command(
    "test",
    needs_adaptor=True,
    epilog="Example: rules test app.log\nrules test --format json -",
    context_settings=CONTEXT,
)
@options.output_format()
@click.argument("log")
@click.pass_obj
def test(line: CommandLine, log: str, form: str) -> None:
    """Show which rule matches which line of LOG, and what would follow.

    LOG is a file with the output of an application, or the log of a session; - reads standard input. No application is
    started.
    """
    from ...ipc._errors import BadInputError
    from .._adaptor_rules import rules_of
    from ..output._rule_trial import try_rules
    from ._printed_lines import print_text

    adaptor_class = line.target.load_if_named() or line.target.load()
    found = rules_of(adaptor_class)
    if not found.rules:
        raise BadInputError(f"{adaptor_class.__name__} has no output rules; write rules = [...] in its class")
    tried = list(try_rules(found, _read(log)))
    if form == "json":
        import json

        click.echo(json.dumps(_data(found, tried)))
        return
    print_text("".join(f"{text}\n" for text in _text(found, tried)))


def _read(log: str) -> bytes:
    import sys

    from ...ipc._errors import BadInputError

    try:
        if log == "-":
            return sys.stdin.buffer.read()
        with open(log, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise BadInputError(f"LOG {log} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _text(found: RuleSet, tried: list[TriedMatch]) -> list[str]:
    from ..output._rule_trial import consequence, first_failure, shown_line

    lines: list[str] = []
    number = 0
    shown = ""
    for one in tried:
        if (one.number, one.match.line) != (number, shown):
            number, shown = one.number, one.match.line
            lines.append(f"line {number}: {shown_line(shown)}")
        lines.append(f"  {one.match.rule.name}: {shown_line(consequence(one.match))}")
    width = max(len(name) for name in found.names)
    counts = Counter(one.match.rule.name for one in tried)
    lines.append("rules:")
    lines += [f"  {rule.name:<{width}}  {counts[rule.name] or 'never matched'}" for rule in found.rules]
    failed = first_failure(tried)
    lines.append(
        "no rule would fail the task"
        if failed is None
        else f"the task would fail for line {failed.number}: {shown_line(failed.match.reason)}"
    )
    return lines


def _data(found: RuleSet, tried: list[TriedMatch]) -> dict[str, object]:
    from ..output._rule_trial import consequence, first_failure

    counts = Counter(one.match.rule.name for one in tried)
    failed = first_failure(tried)
    return {
        "matches": [
            {
                "line": number,
                "text": match.line,
                "rule": match.rule.name,
                "kind": match.rule.kind.value,
                "message": match.message,
                "percent": match.percent,
                "consequence": consequence(match),
            }
            for number, match in tried
        ],
        "rules": [
            {"name": rule.name, "kind": rule.kind.value, "pattern": rule.pattern.pattern, "matches": counts[rule.name]}
            for rule in found.rules
        ],
        "failure": None if failed is None else {"line": failed.number, "rule": failed.match.rule.name},
    }
