"""``daemon status``, ``daemon logs`` and ``daemon list``, which only look: of the standard library alone.

A program may look at a farm's daemons again and again, beside the tasks. So these commands cost little more than
``daemon run``: they need neither click nor attrs. Whatever reads their arguments, these functions do the work.
"""

from __future__ import annotations

from ._connection_path import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._messages import Result


def show_status(connection_file: str | None, form: str, *, watch: bool) -> int:
    """Print the status of a daemon, and return the exit code.

    Args:
        connection_file: The daemon's file; None for the one that the environment names.
        form: ``text`` or ``json``.
        watch: Print it again each second, until the session ends.
    """
    from ._status_watch import show, show_again

    path = path_of(connection_file)
    return show_again(path, form) if watch else show(path, form)


def show_output(connection_file: str | None, task: str | None, since: str | None, *, follow: bool, time: bool) -> int:
    """Print output of a session without consuming it, and return the exit code.

    Args:
        connection_file: The daemon's file; None for the one that the environment names.
        task: Only that of this task.
        since: Only that since then, as the user wrote it.
        follow: Go on with what comes.
        time: Print the time in front of each line.

    Raises:
        BadInputError: ``since`` is no moment.
    """
    from adaptor_runtime_client._messages import Logs

    from ...ipc._commands.log_reader import show_logs
    from ...ipc._stream.printer import Printer
    from ._silence import say_why_silent

    printer = Printer(1)
    times = None
    if time:
        from ...ipc._stream.line_times import LineTimes

        times = printer.times = LineTimes(everywhere=True)
    request = Logs(follow=follow, task_id=task, since=_moment(since), times=time, gaps=True)
    path = path_of(connection_file)
    return report_result(show_logs(path, request, printer, say_why_silent(path, printer), times))


def list_daemons(form: str) -> int:
    """Print a line for each daemon, and return the exit code.

    Args:
        form: ``text`` or ``json``.
    """
    from ._daemon_list import daemons, row_of_unlisted, unlisted
    from ._printed_lines import print_lines, print_text
    from ._status_text import row

    found = []
    seen: set[int] = set()
    for one in daemons(seen):
        if isinstance(one, str):
            print_lines(one, err=True)
        else:
            found.append(one)
    others = unlisted(seen)
    if form == "json":
        import json

        print_text(json.dumps([*(one.to_dict(with_history=False) for one in found), *others]) + "\n")
    else:
        print_lines(*map(row, found), *map(row_of_unlisted, others))
    return 0


LOOKS: dict[str, Callable[..., int]] = {"status": show_status, "logs": show_output, "list": list_daemons}
"""The function of each command, called with its options as arguments."""


def report_result(result: Result) -> int:
    """Print a failure on standard error, and return the exit code: only commands of a scheduler send it messages."""
    if result.message:
        from ._printed_lines import print_lines

        print_lines(f"error: {result.message}", err=True)
    return result.exit_code


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    from time import time as now

    from ...ipc._errors import BadInputError
    from ._moment_text import moment_of

    try:
        return moment_of(text, now())
    except ValueError as error:
        raise BadInputError(f"--since: {error}; see 'daemon logs --help'") from None
