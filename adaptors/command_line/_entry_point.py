"""``EntryPoint``, which authors call in their ``__main__``, and ``main``, the ``adaptor-runtime`` command."""

from __future__ import annotations

import sys
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, NoReturn

import click

from ...statemachine import AdaptorRuntimeError
from ._target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from .._adaptor import BaseAdaptor
    from ..configuration import ConfigurationManager, RuntimeConfiguration

WORK = {"run", "daemon run", "daemon start", "daemon stop"}
"""The commands that a scheduler runs: their failure is a message for it, on standard output."""


class EntryPoint:
    """The command line of one adaptor.

    Args:
        adaptor_class: The adaptor.

    >>> from adaptor_runtime import EntryPoint
    >>> EntryPoint(MyAdaptor).start()  # doctest: +SKIP
    """

    def __init__(self, adaptor_class: type[BaseAdaptor[Any]]) -> None:
        self.adaptor_class = adaptor_class
        self.on_bootstrap_complete: set[Callable[[], object]] = set()

    @cached_property
    def config_manager(self) -> ConfigurationManager[RuntimeConfiguration]:
        """What reads the files of the runtime's configuration."""
        from ..configuration import runtime_configuration_manager

        return runtime_configuration_manager()

    @cached_property
    def config(self) -> RuntimeConfiguration:
        """The runtime's configuration, read when it is first asked for.

        Raises:
            BadInputError: A file is malformed or does not fit its schema.
        """
        return self.config_manager.build_config()

    def start(self, reentry_exe: Path | None = None, timeout_in_seconds: float | None = None) -> NoReturn:
        """Run the command that ``sys.argv`` holds, and end the process with its exit code.

        Args:
            reentry_exe: The program that runs this same command line, for the daemon to be started with; None for
                this interpreter with the package or the script that is running.
            timeout_in_seconds: Accepted and not needed: a daemon says itself when it is ready or has failed.
        """
        target = Target(self.adaptor_class, reentry_exe=reentry_exe)
        _leave(_invoke(target, sys.argv[1:], self.adaptor_class.__name__, self.on_bootstrap_complete))


def main() -> NoReturn:
    """Run the ``adaptor-runtime`` command, which is told the adaptor with ``--adaptor package.module:Class``."""
    _leave(_invoke(Target(), sys.argv[1:], "adaptor-runtime", set()))


def _invoke(target: Target, arguments: list[str], name: str, on_ready: set[Callable[[], object]]) -> int:
    from ._commands import build
    from ._invocation import CommandLine

    began = time.time()
    if arguments[-1:] == ["--"]:
        arguments = arguments[:-1]
    line = CommandLine(target, began, on_ready)
    try:
        code = build(target).main(arguments, prog_name=name, standalone_mode=False, obj=line)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _report(_one_line(error), 2, _command_of(getattr(error, "ctx", None), arguments))
    except AdaptorRuntimeError as error:
        return _report(str(error), error.exit_code, _command_of(None, arguments))
    return int(code or 0)


def _one_line(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "--help"
    return f"{error.format_message().rstrip('.')}; see '{path} --help'"


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


def _report(message: str, exit_code: int, command: str) -> int:
    if command in WORK:
        from adaptor_runtime_client._messages import Result

        from ...ipc._render import Render

        Render(1).result(Result(exit_code, message, ""))
    else:
        from ...ipc._openjd_messages import one_line

        sys.stderr.write(f"error: {one_line(message)}\n")
    return exit_code


def _leave(code: int) -> NoReturn:
    """End the process now: a thread that an adaptor left behind must not keep it, nor its license, alive."""
    import os

    for file in (sys.stdout, sys.stderr):
        try:
            file.flush()
        except (OSError, ValueError, AttributeError):
            continue
    os._exit(code)
