"""Query and control a live daemon."""

from __future__ import annotations

import click

from . import _looks as looks
from . import _options as options
from . import _task_commands as task_commands
from ._command import Command
from ._connection_path import path_of
from ._invocation import CONTEXT, CommandLine
from ._printed_lines import print_lines


@click.command(cls=Command, epilog="Example: daemon status --connection-file c.json --watch", context_settings=CONTEXT)
@options.connection_file(options.DAEMON)
@options.output_format()
@click.option("--watch", is_flag=True, help="Show it again each second, until the session ends.")
def status(connection_file: str | None, form: str, *, watch: bool) -> int:
    """Show on one screen how a daemon and its session are.

    If the daemon cannot answer, because a hook holds the interpreter or its process is gone, this shows what its
    journal, its output and its processes tell. With --format json, also print the path that the session took.
    """
    return looks.show_status(connection_file, form, watch=watch)


@click.command(
    cls=Command,
    epilog="Example: daemon logs --connection-file c.json --follow\n"
    "daemon logs --connection-file c.json --since 10m --time",
    context_settings=CONTEXT,
)
@options.connection_file(options.DAEMON)
@click.option("--follow", is_flag=True, help="Go on with what comes, until the session ends. It is not consumed.")
@click.option("--task", metavar="ID", help="Output of this task, shown before or not; with --follow, until it ends.")
@click.option("--since", metavar="WHEN", help="Output since then, shown before or not: 90 (s), 10m, 2h, or 17:05.")
@options.line_times()
def logs(connection_file: str | None, task: str | None, since: str | None, *, follow: bool, time: bool) -> int:
    """Print output that no command has shown yet, without consuming it.

    This covers tasks whose command was lost and output between tasks. daemon attach and daemon stop still show it. This
    command only reads: a signal ends it, and leaves the task alone.
    """
    return looks.show_output(connection_file, task, since, follow=follow, time=time)


@click.command(
    cls=Command, epilog="Example: daemon cancel --connection-file c.json --task task-1f", context_settings=CONTEXT
)
@options.connection_file(options.DAEMON)
@click.option("--task", metavar="ID", help="Cancel this task only, if it is in flight. Default: the session.")
def cancel(connection_file: str | None, task: str | None) -> None:
    """Cancel the task in flight, or the idle session.

    A cancel is final: no further task runs.
    """
    from ...ipc._commands import frontend
    from ...ipc._stream.printer import Printer
    from ._silence import say_why_silent

    path = path_of(connection_file)
    on_silence = say_why_silent(path, Printer(1))
    now = frontend.snapshot(path, on_silence=on_silence)
    in_flight = (now.in_flight or {}).get("task_id")
    frontend.cancel(path, task, on_silence)
    if task is not None and task != in_flight:
        print_lines(f"task {task} is not in flight: nothing was canceled", err=True)
    elif now.state in {"idle", "started", "running"}:
        click.echo(f"canceled: {'task ' + in_flight if in_flight else 'the session'}")
    else:
        click.echo(f"the session is already {now.state}: nothing was canceled", err=True)


@click.command(cls=Command, epilog="Example: daemon attach --connection-file c.json", context_settings=CONTEXT)
@options.connection_file(options.DAEMON)
@click.option("--task", metavar="ID", help="Task to attach to. Default: the last one whose command was lost.")
@options.line_times()
@click.pass_obj
def attach(line: CommandLine, connection_file: str | None, task: str | None, *, time: bool) -> int:
    """Re-attach to a task whose daemon run was lost.

    Show its output from there on and return the exit code of the task. A signal cancels the task; losing this command
    does not. To look at a task and leave it alone, use daemon logs --follow.
    """
    from ...ipc._commands.frontend import Frontend

    printer = task_commands.printer_of(plain=True, time=time)
    return looks.report_result(Frontend(path_of(connection_file), printer, line.began).attach(task))


@click.command(cls=Command, name="list", epilog="Example: daemon list --format json", context_settings=CONTEXT)
@options.output_format()
def list_daemons(form: str) -> int:
    """List the daemons of this user, and those of others as far as the system shows them.

    Each line has the process, the state and for how long, the memory of all its processes, the adaptor, the hook in
    flight, and the connection file. Of a daemon that is gone: how it ended, and its journal.
    """
    return looks.list_daemons(form)
