"""The commands as click sees them. Each imports what it needs when it runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from ...ipc._processes.typed_command import data_in_shell
from . import _options as options
from . import _task_commands as task_commands
from ._command import Command, Commands, require_command
from ._daemon_queries import attach, cancel, list_daemons, logs, status
from ._graph import graph
from ._invocation import CONTEXT, CommandLine
from ._journal import journal as journal_commands
from ._queries import compat_path, is_compatible, map_path, show_config, template, version_info
from ._report import report
from ._rules import rules

if TYPE_CHECKING:
    from .._hosting.target import Target


def _frame(number: int) -> str:
    return data_in_shell({"frame": number})


def build(target: Target) -> click.Group:
    """Return the command line for an adaptor, or one with ``--adaptor`` if no adaptor is known yet."""
    name = target.short_name or "any adaptor"

    @click.group(
        cls=Commands,
        needs_adaptor=True,
        context_settings=CONTEXT,
        invoke_without_command=True,
        help=f"Run {name} under an Open Job Description scheduler.",
        epilog=f"Example: run --init-data {data_in_shell({'scene': 'a.blend'})} --run-data {_frame(1)}",
    )
    @click.pass_context
    def group(context: click.Context, *, version: bool, adaptor: str | None = None) -> None:
        if adaptor is not None:
            target.reference = adaptor
            context.info_name = f"{context.info_name} --adaptor {adaptor}"
        if version:
            from .._hosting.releases import describe_releases
            from ._printed_lines import print_text

            print_text(f"{describe_releases(target.load_if_named())}\n")
            context.exit()
        require_command(context)

    group = click.option("--version", is_flag=True, help="Print the versions of the adaptor, the runtime, and Python.")(
        group
    )
    if not target.is_of_program:
        help_text = "Adaptor class; daemon run and daemon stop do not need it."
        group = click.option("--adaptor", metavar="PACKAGE.MODULE:CLASS", help=help_text)(group)
    queries = (
        graph,
        journal_commands,
        report,
        rules,
        template,
        map_path,
        show_config,
        version_info,
        is_compatible,
        compat_path,
    )
    for command in (run, daemon, *queries):
        group.add_command(command)
    return group


@click.command(
    cls=Command,
    needs_adaptor=True,
    epilog=f"Example: run --init-data file://scene.json --run-data {_frame(1)} --run-data {_frame(2)}",
    context_settings=CONTEXT,
)
@options.init_data()
@options.path_mapping_rules()
@options.run_data_of_tasks()
@click.option("--keep-going", is_flag=True, help="Run the remaining tasks after a task fails.")
@options.deadline()
@options.owner_pid("Cancel the session when this process exits, for example the scheduler's that started it.")
@options.journal("Write the lifecycle records to this file as JSON lines.")
@options.line_times()
@options.plain()
@click.pass_obj
def run(
    line: CommandLine,
    *,
    init_data: str,
    path_mapping_rules: str,
    run_data: tuple[str, ...],
    keep_going: bool,
    deadlines: dict[str, float | None],
    owner_pid: int | None,
    journal: str | None,
    time: bool,
    plain: bool,
) -> int:
    """Start, run the tasks, stop, and clean up in one process.

    Without --run-data, run one task with an empty mapping. After a task fails, no further task runs unless --keep-going
    is given. The exit code is that of the first task that failed.
    """
    from .._hosting.foreground import Foreground, run_in_foreground
    from .._hosting.session_setup import prepare
    from ..data import load_mapping
    from ._path_rules import load_rules
    from ._tasks import check_tasks, load_tasks

    owner = None
    if owner_pid is not None:
        from ...ipc._daemon.orphan_watch import identify_owner

        owner = identify_owner(owner_pid)
    data = load_mapping(init_data, "--init-data")
    rules, _ = load_rules(path_mapping_rules)
    given = load_tasks(run_data)
    setup = prepare(line.target.load(), data, rules, deadlines)
    tasks = check_tasks(given, setup.checks)
    kept = setup.journal(journal)
    show = setup.show_run_data
    shown = [show(task) for task in given] if show is not None and kept is not None else []
    work = partial(Foreground.run_session, tasks=tasks, keep_going=keep_going, shown=shown, owner=owner)
    result = run_in_foreground(
        setup, work, kept, line.began, is_guest=line.target.is_guest, has_view=not plain, times=time
    )
    return result.exit_code


@click.group(
    cls=Commands,
    needs_adaptor=True,
    invoke_without_command=True,
    context_settings=CONTEXT,
    epilog="Example: daemon start --connection-file c.json --init-data file://scene.json\n"
    f"daemon run --connection-file c.json --run-data {_frame(1)}\n"
    "daemon stop --connection-file c.json",
)
@click.pass_context
def daemon(context: click.Context) -> None:
    """Keep the application loaded between tasks.

    Start once, run once per task, stop once.
    """
    require_command(context)


@daemon.command(
    needs_adaptor=True,
    epilog="Example: daemon start --connection-file c.json --init-data file://scene.json",
    context_settings=CONTEXT,
)
@options.init_data()
@options.path_mapping_rules()
@options.connection_file("Connection file to write. Default: a file in the session directory.")
@options.deadline()
@options.owner_pid("End the daemon when this process exits, for example the worker that started it.")
@options.journal("Write the lifecycle records to this file as JSON lines; else they are deleted with the session.")
@options.line_times()
@options.plain()
@click.pass_obj
def start(
    line: CommandLine,
    *,
    init_data: str,
    path_mapping_rules: str,
    connection_file: str | None,
    deadlines: dict[str, float | None],
    owner_pid: int | None,
    journal: str | None,
    time: bool,
    plain: bool,
) -> int:
    """Start a daemon and load the application.

    Return when on_start has returned. The path of the connection file is announced as the variable
    OPENJD_ADAPTOR_SOCKET, unless --connection-file is given and the variable already names another live daemon.
    """
    import os

    from adaptor_runtime_client._messages import Log

    from ...ipc._commands.frontend import PATH_VARIABLE
    from ...ipc._commands.launch import start_daemon
    from ...ipc._daemon.orphan_watch import identify_owner
    from ..data import load_mapping
    from ._announcement import other_daemon
    from ._path_rules import load_rules

    parameters = {
        "init_data": load_mapping(init_data, "--init-data"),
        "path_mapping_rules": load_rules(path_mapping_rules)[0],
        "deadlines": deadlines,
        "owner": None if owner_pid is None else identify_owner(owner_pid),
        "journal": os.path.abspath(journal) if journal else None,
    }
    path = None if connection_file is None else os.path.abspath(connection_file)
    other = None if path is None else other_daemon(path)
    line.target.load()
    command, name = line.target.command(), line.target.name
    with task_commands.printer_of(plain=plain, time=time) as printer:
        started = start_daemon(path, command, parameters, printer, line.began, adaptor=name, announce=other is None)
        if other is not None and started.exit_code == 0:
            printer.emit(Log("INFO", f"{PATH_VARIABLE} still names {other}: use --connection-file for this daemon", {}))
        return task_commands.finish(started, printer)


@daemon.command(
    "run", epilog=f"Example: daemon run --connection-file c.json --run-data {_frame(1)}", context_settings=CONTEXT
)
@options.run_data()
@options.connection_file(options.DAEMON)
@click.option(
    "--on-disconnect",
    type=click.Choice(["cancel", "keep"]),
    default="cancel",
    show_default=True,
    help="If this command is lost: cancel the task, or keep it running for daemon attach.",
)
@options.line_times()
@options.plain()
@click.pass_obj
def daemon_run(
    line: CommandLine, run_data: str, connection_file: str | None, on_disconnect: str, *, time: bool, plain: bool
) -> int:
    """Run one task in the daemon and show its output.

    Return when on_run has returned.
    """
    words = (run_data, connection_file, on_disconnect)
    return task_commands.run_task(line.began, *words, time=time, plain=plain, adaptor=line.target.own)


@daemon.command(epilog="Example: daemon stop --connection-file c.json", context_settings=CONTEXT)
@options.connection_file(options.DAEMON)
@click.pass_obj
def stop(line: CommandLine, connection_file: str | None) -> int:
    """Stop the session, clean up, and end the daemon.

    Return when the daemon has exited.
    """
    return task_commands.stop_session(line.began, connection_file, line.target.own)


for _command in (status, logs, cancel, attach, list_daemons):
    daemon.add_command(_command)


@daemon.command("_serve", hidden=True)
@click.pass_obj
def serve(line: CommandLine) -> int:
    """Serve as the daemon. For internal use only."""
    from .._hosting.daemon_process import serve as serve_session

    return serve_session(line.target, line.on_ready)


@daemon.command("_cleanup", hidden=True)
@click.pass_obj
def clean_up(line: CommandLine) -> int:
    """Clean up after a lost daemon. For internal use only."""
    from .._hosting.cleanup_after_loss import clean_up as clean_up_session

    return clean_up_session(line.target, line.began)
