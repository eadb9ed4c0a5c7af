"""``daemon run`` and ``daemon stop``, which a farm runs once per frame: the standard library only, and little of it.

What such a command costs is what it imports: click and attrs alone take longer than all the rest of it. So this module
reads the arguments itself where they are what a scheduler writes, a command of ``OPTIONS`` with the options of that
table. Anything else, help and mistakes among it, is left to click, which ends in the same functions: what they say and
return is the same either way. A test compares the table with click's commands, and both ways with each other.
"""

from __future__ import annotations

import os

from adaptor_runtime_client._named_tuple import NamedTuple

from ...statemachine._errors import AdaptorRuntimeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._messages import Result

    from ...ipc._stream.printer import Printer


class Option(NamedTuple):
    """An option with one value: one of ``choices`` where there are any, ``default`` where the option is not given.

    One whose default is empty may have an empty value.
    """

    default: str | None = None
    choices: tuple[str, ...] = ()


ADAPTOR = {"--adaptor": Option()}
"""What may stand before a command where no entry point names the adaptor; these commands do not need it."""

OPTIONS = {
    "run": {
        "--run-data": Option(default=""),
        "--connection-file": Option(),
        "--on-disconnect": Option(default="cancel", choices=("cancel", "keep")),
    },
    "stop": {
        "--connection-file": Option(),
    },
}
"""Every option of each command of ``daemon`` that is read here."""


def run(began: float, run_data: str, connection_file: str | None, on_disconnect: str, adaptor: str = "") -> int:
    """Run one task in the daemon, show its output and its failure, and return the exit code.

    Args:
        began: Wall clock time at which the command began, in seconds.
        run_data: The task's data, or ``file://`` and the path of a file with it.
        connection_file: The daemon's file; None for the one that the environment names.
        on_disconnect: ``"keep"`` has the task go on when this process is lost; otherwise that cancels it.
        adaptor: The adaptor that the daemon must be of; empty for any.

    Raises:
        AdaptorRuntimeError: The arguments are wrong, or the daemon cannot be talked to, or died.
    """
    from ...ipc._commands.frontend import Frontend
    from ...ipc._stream.printer import Printer
    from ..data._load import load_mapping

    task = load_mapping(run_data, "--run-data")
    printer = Printer(1)
    frontend = Frontend(path_of(connection_file), printer, began, adaptor)
    return finish(frontend.run(task, keep=on_disconnect == "keep"), printer)


def stop(began: float, connection_file: str | None, adaptor: str = "") -> int:
    """Stop the session, clean up, and return the exit code when the daemon has gone.

    Args:
        began: Wall clock time at which the command began, in seconds.
        connection_file: The daemon's file; None for the one that the environment names.
        adaptor: The adaptor that the daemon must be of; empty for any.

    Raises:
        AdaptorRuntimeError: No file was named, or there is no daemon, or it died.
    """
    from ...ipc._commands.stop import stop_daemon
    from ...ipc._stream.printer import Printer

    printer = Printer(1)
    return finish(stop_daemon(path_of(connection_file), printer, began, adaptor=adaptor), printer)


COMMANDS: dict[str, Callable[..., int]] = {"run": run, "stop": stop}
"""What each command of ``OPTIONS`` calls, with its options as arguments."""


def finish(result: Result, printer: Printer | None = None) -> int:
    """Show the result of a command that a scheduler runs, and return its exit code."""
    from ...ipc._stream.printer import Printer

    (printer or Printer(1)).result(result)
    return result.exit_code


def fail(error: AdaptorRuntimeError) -> int:
    """Show why a command that a scheduler runs came to nothing, and return the exit code."""
    from adaptor_runtime_client._messages import Result

    return finish(Result(error.exit_code, str(error), ""))


def answer(arguments: list[str], began: float, *, adaptor_is_known: bool, adaptor: str = "") -> int | None:
    """Run the command that ``arguments`` holds and return its exit code; None where it is one for click.

    Args:
        arguments: What follows the name of the program.
        began: Wall clock time at which the command began, in seconds.
        adaptor_is_known: There is an author's entry point, so that ``--adaptor`` is no option.
        adaptor: What the adaptor of that entry point is called.
    """
    command, values = read(arguments, adaptor_is_known=adaptor_is_known)
    if command is None:
        return None
    try:
        return COMMANDS[command](began, **values, adaptor=adaptor)
    except AdaptorRuntimeError as error:
        return fail(error)
    except OSError as error:
        from ...ipc._errors import SystemRefusalError

        return fail(SystemRefusalError.of(error))


def read(arguments: list[str], *, adaptor_is_known: bool) -> tuple[str | None, dict[str, str | None]]:
    """Return the command of ``OPTIONS`` that ``arguments`` holds and its values; None where it is one for click.

    >>> read(["daemon", "run", "--connection-file=c.json"], adaptor_is_known=True)
    ('run', {'run_data': '', 'connection_file': 'c.json', 'on_disconnect': 'cancel'})
    """
    _, words = read_options(arguments, {} if adaptor_is_known else ADAPTOR)
    if words[:1] != ["daemon"] or len(words) < 2 or words[1] not in OPTIONS:
        return None, {}
    values, surplus = read_options(words[2:], OPTIONS[words[1]])
    return (None, {}) if surplus else (words[1], values)


def read_options(words: list[str], options: dict[str, Option]) -> tuple[dict[str, str | None], list[str]]:
    """Return the values of the options that ``words`` begins with, and what follows them."""
    values = {_parameter(name): option.default for name, option in options.items()}
    given: set[str] = set()
    while words:
        name, equals, value = words[0].partition("=")
        rest = words[1:]
        if not equals and rest:
            value, *rest = rest
        elif not equals:
            break
        if name in given or name not in options or not _fits(value, options[name]):
            break
        given.add(name)
        values[_parameter(name)] = value
        words = rest
    return values, words


def _fits(value: str, option: Option) -> bool:
    return value in (option.choices or (value,)) and bool(value or option.default == "")


def _parameter(name: str) -> str:
    return name[2:].replace("-", "_")


def path_of(connection_file: str | None) -> str:
    """Return the path of the daemon's file that a command was given, or that the environment names.

    Raises:
        BadInputError: There is neither.
    """
    from ...ipc._commands.frontend import PATH_VARIABLE
    from ...ipc._errors import BadInputError

    path = connection_file or os.environ.get(PATH_VARIABLE)
    if not path:
        message = f"no daemon was named: give --connection-file, or set {PATH_VARIABLE} as daemon start announces it"
        raise BadInputError(message)
    return os.path.abspath(path)
