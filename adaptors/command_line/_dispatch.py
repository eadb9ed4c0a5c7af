"""Pass a command line to click, and report its errors in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...ipc._errors import BadInputError, SystemRefusalError
from ...statemachine import AdaptorRuntimeError
from ._commands import build
from ._hidden import report, traceback_of
from ._task_commands import fail
from ._typed_name import typed_name

if TYPE_CHECKING:
    from ._invocation import CommandLine

WORK = {"run", "daemon run", "daemon start", "daemon stop"}
"""The commands that a scheduler runs: it gets their failure as a message on standard output."""


def dispatch(arguments: list[str], line: CommandLine, name: str) -> int:
    """Run the command that ``arguments`` holds, and return its exit code.

    Args:
        arguments: The words after the program.
        line: The common state of the commands.
        name: The name of the program if no typed words lead to it.
    """
    try:
        code = build(line.target).main(arguments, prog_name=typed_name(name), standalone_mode=False, obj=line)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _report(BadInputError(_one_line(error)), _command_of(getattr(error, "ctx", None), arguments))
    except AdaptorRuntimeError as error:
        return _report(error, _command_of(None, arguments))
    except OSError as error:
        return _report(SystemRefusalError.of(error), _command_of(None, arguments))
    return int(code or 0)


def _one_line(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    return message if context is None else f"{message}; see '{context.command_path} --help'"


def _command_of(context: click.Context | None, arguments: list[str]) -> str:
    if context is not None:
        names = []
        while context.parent is not None:
            names.append(context.info_name or "")
            context = context.parent
        if names:
            return " ".join(reversed(names))
    words = [word for word in arguments if not word.startswith("-")]
    for at, word in enumerate(words):
        if word == "run":
            return word
        if word == "daemon":
            return " ".join(words[at : at + 2])
    return ""


def _report(error: AdaptorRuntimeError, command: str) -> int:
    if command in WORK:
        return fail(error, traceback_of(error))
    return report(error)
