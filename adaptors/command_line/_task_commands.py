"""``daemon run`` and ``daemon stop``, which a farm runs once per frame: the standard library only, and little of it.

Imports determine the cost of such a command: click and attrs alone take longer than all the rest. So arguments in the
form that a scheduler writes are read without click. Otherwise, click reads them and calls the same functions, with the
same output and exit code. A test compares both ways.
"""

from __future__ import annotations

from ...statemachine._errors import AdaptorRuntimeError
from ._connection_path import path_of
from ._task_arguments import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable

    from adaptor_runtime_client._messages import Result

    from ...ipc._commands.own_adaptor import OwnAdaptor
    from ...ipc._stream.printer import Printer

_READER_LEFT = 1
"""The exit code of a look whose reader has left (``| head -1``), as click gives it."""


def run_task(
    began: float,
    run_data: str,
    connection_file: str | None,
    on_disconnect: str,
    *,
    time: bool = False,
    plain: bool = False,
    adaptor: OwnAdaptor | None = None,
) -> int:
    """Run one task in the daemon, show its output and its failure, and return the exit code.

    Args:
        began: Wall clock time at which the command began, in seconds.
        run_data: The task data, or ``file://`` and the path of a file that holds it.
        connection_file: The daemon's file; None for the one that the environment names.
        on_disconnect: ``"keep"`` keeps the task running if this process is lost; otherwise that cancels it.
        time: Print the time in front of each line.
        plain: On a terminal, only print lines.
        adaptor: The adaptor that the daemon must serve; None for any.

    Raises:
        AdaptorRuntimeError: The arguments are wrong, or the daemon cannot be reached, or it died.
    """
    from ...ipc._commands.frontend import Frontend
    from ..data._load import load_mapping

    task = load_mapping(run_data, "--run-data")
    with printer_of(plain=plain, time=time) as printer:
        frontend = Frontend(path_of(connection_file), printer, began, adaptor)
        return finish(frontend.run(task, keep=on_disconnect == "keep"), printer)


def stop_session(began: float, connection_file: str | None, adaptor: OwnAdaptor | None = None) -> int:
    """Stop the session, clean up, and return the exit code when the daemon has exited.

    Args:
        began: Wall clock time at which the command began, in seconds.
        connection_file: The daemon's file; None for the one that the environment names.
        adaptor: The adaptor that the daemon must serve; None for any.

    Raises:
        AdaptorRuntimeError: No file was given, no daemon runs, or it died.
    """
    from ...ipc._commands.stop import stop_daemon
    from ...ipc._stream.printer import Printer

    printer = Printer(1)
    return finish(stop_daemon(path_of(connection_file), printer, began, adaptor=adaptor), printer)


COMMANDS: dict[str, Callable[..., int]] = {"run": run_task, "stop": stop_session}
"""The function of each command that a scheduler runs, called with its options as arguments."""


def printer_of(*, plain: bool, time: bool) -> Printer:
    """Return the printer for standard output.

    Args:
        plain: On a terminal, only print lines.
        time: Print the time in front of each line.
    """
    from ...ipc._stream.printer import Printer

    printer = Printer(1)
    if time:
        printer.show_times()
    if not plain:
        printer.open_view()
    return printer


def finish(result: Result, printer: Printer | None = None) -> int:
    """Show the result of a command that a scheduler runs, and return its exit code."""
    from ...ipc._stream.printer import Printer

    (printer or Printer(1)).result(result)
    return result.exit_code


def fail(error: AdaptorRuntimeError, details: Sequence[str] = ()) -> int:
    """Show why a command that a scheduler runs failed, and return the exit code.

    Args:
        error: The failure.
        details: Lines to show before it.
    """
    from adaptor_runtime_client._messages import Log, Result

    from ...ipc._stream.printer import Printer

    printer = Printer(1)
    if details:
        printer.emit(Log("ERROR", "\n".join(details), {}))
    return finish(Result(error.exit_code, str(error), ""), printer)


def answer(arguments: list[str], began: float, adaptor: OwnAdaptor | None = None) -> int | None:
    """Run the command in ``arguments`` and return its exit code; None to leave it to click.

    Args:
        arguments: The words after the program.
        began: Wall clock time at which the command began, in seconds.
        adaptor: The adaptor of an author's entry point, for which ``--adaptor`` is not an option; None without one.
    """
    command, values = read(arguments, adaptor_is_known=adaptor is not None)
    if command is None:
        return None
    work = COMMANDS.get(command)
    try:
        return _look(command, values) if work is None else work(began, **values, adaptor=adaptor)
    except AdaptorRuntimeError as error:
        return _failed(error, is_work=work is not None)
    except OSError as error:
        from ...ipc._errors import SystemRefusalError

        if work is None and isinstance(error, BrokenPipeError):
            return _READER_LEFT
        return _failed(SystemRefusalError.of(error), is_work=work is not None)


def _look(command: str, values: dict[str, Any]) -> int:
    from ._looks import LOOKS

    return LOOKS[command](**values)


def _failed(error: AdaptorRuntimeError, *, is_work: bool) -> int:
    if is_work:
        return fail(error)
    from ._hidden import report

    return report(error)
