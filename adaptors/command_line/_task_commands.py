"""``daemon run`` and ``daemon stop``, which a farm runs once per frame: the standard library only, and little of it.

What such a command costs is what it imports: click and attrs alone take longer than all the rest of it. So the
arguments are read without click where they are what a scheduler writes. Otherwise click reads them and ends in the same
functions: what they say and return is the same either way. A test compares both ways with each other.
"""

from __future__ import annotations

import os

from ...statemachine._errors import AdaptorRuntimeError
from ._task_arguments import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._messages import Result

    from ...ipc._stream.printer import Printer


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


def path_of(connection_file: str | None) -> str:
    """Return the path of the daemon's file that a command was given, or that the environment names.

    Raises:
        BadInputError: There is neither.
    """
    from ...ipc._commands.frontend import PATH_VARIABLE
    from ...ipc._errors import BadInputError

    path = connection_file or os.environ.get(PATH_VARIABLE)
    if not path:
        message = f"no daemon was given: use --connection-file, or set {PATH_VARIABLE} as daemon start announces it"
        raise BadInputError(message)
    return os.path.abspath(path)
