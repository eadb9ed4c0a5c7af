"""The commands, as click sees them. Each imports what it needs when it is run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from . import _options as options
from . import _task_commands as task_commands
from ._command import Command, Commands, require_command
from ._daemon_queries import attach, cancel, list_daemons, logs, status
from ._invocation import CONTEXT, CommandLine
from ._queries import compat_path, is_compatible, map_path, show_config, template, version_info

if TYPE_CHECKING:
    from .._hosting.target import Target


def build(target: Target) -> click.Group:
    """Return the command line for an adaptor, or with ``--adaptor`` where none is known yet."""
    known = target.adaptor_class is not None
    name = "any adaptor" if target.adaptor_class is None else getattr(target.adaptor_class, "__name__", "adaptor")

    @click.group(
        cls=Commands,
        needs_adaptor=True,
        context_settings=CONTEXT,
        invoke_without_command=True,
        help=f"Run {name} under a batch system that speaks Open Job Description.",
        epilog='Example: run --init-data \'{"scene": "a.blend"}\' --run-data \'{"frame": 1}\'',
    )
    @click.pass_context
    def group(context: click.Context, *, version: bool, adaptor: str | None = None) -> None:
        if adaptor is not None:
            target.reference = adaptor
            context.info_name = f"{context.info_name} --adaptor {adaptor}"
        if version:
            from .._hosting.releases import describe_releases

            click.echo(describe_releases(target.load_if_named()))
            context.exit()
        require_command(context)

    group = click.option("--version", is_flag=True, help="Print the releases of the adaptor, the runtime and Python.")(
        group
    )
    if not known:
        help_text = "The adaptor's class; not needed by daemon run and daemon stop."
        group = click.option("--adaptor", metavar="PACKAGE.MODULE:CLASS", help=help_text)(group)
    for command in (run, daemon, graph, template, map_path, show_config, version_info, is_compatible, compat_path):
        group.add_command(command)
    return group


@click.command(
    cls=Command,
    needs_adaptor=True,
    epilog="Example: run --init-data file://scene.json --run-data '{\"frame\": 1}' --run-data '{\"frame\": 2}'",
    context_settings=CONTEXT,
)
@options.init_data()
@options.path_mapping_rules()
@options.run_data_of_tasks()
@click.option("--keep-going", is_flag=True, help="Run the remaining tasks after one that failed.")
@options.deadline()
@options.journal("Keep the lifecycle records in this file, as JSON lines.")
@click.pass_obj
def run(
    line: CommandLine,
    *,
    init_data: str,
    path_mapping_rules: str,
    run_data: tuple[str, ...],
    keep_going: bool,
    deadlines: dict[str, float | None],
    journal: str | None,
) -> int:
    """Start, run the tasks, stop and clean up, in one process.

    Without --run-data one task runs, with an empty mapping. A task that fails is the last one, unless --keep-going is
    given; the exit code is that of the first task that failed.
    """
    from .._hosting.foreground import Foreground, run_in_foreground
    from .._hosting.session_setup import prepare
    from ..data import load_mapping
    from ._path_rules import load_rules
    from ._tasks import check_tasks, load_tasks

    data = load_mapping(init_data, "--init-data")
    rules, _ = load_rules(path_mapping_rules)
    tasks = load_tasks(run_data)
    setup = prepare(line.target.load(), data, rules, deadlines)
    check_tasks(tasks, setup.checks)
    kept = setup.journal(journal)
    work = partial(Foreground.run, tasks=tasks, keep_going=keep_going)
    return run_in_foreground(setup, work, kept, line.began, is_guest=line.target.is_guest).exit_code


@click.group(
    cls=Commands,
    needs_adaptor=True,
    invoke_without_command=True,
    context_settings=CONTEXT,
    epilog="Example: daemon start --connection-file c.json --init-data file://scene.json\n"
    "daemon run --connection-file c.json --run-data '{\"frame\": 1}'\n"
    "daemon stop --connection-file c.json",
)
@click.pass_context
def daemon(context: click.Context) -> None:
    """Keep the application loaded between tasks: start once, run once per task, stop once."""
    require_command(context)


@daemon.command(
    needs_adaptor=True,
    epilog="Example: daemon start --connection-file c.json --init-data file://scene.json",
    context_settings=CONTEXT,
)
@options.init_data()
@options.path_mapping_rules()
@options.connection_file("Where the daemon writes how it can be reached. Default: a file in its session directory.")
@options.deadline()
@options.owner_pid()
@options.journal("Keep the lifecycle records in this file, as JSON lines; otherwise they go away with the session.")
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
) -> int:
    """Start a daemon and load the application; returns when on_start has.

    The connection file's path is announced as the variable OPENJD_ADAPTOR_SOCKET, unless it is given while that names
    another daemon that lives.
    """
    import os

    from adaptor_runtime_client._messages import Log

    from ...ipc._commands.frontend import PATH_VARIABLE
    from ...ipc._commands.launch import start_daemon
    from ...ipc._daemon.orphan_watch import identify_owner
    from ...ipc._stream.printer import Printer
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
    printer = Printer(1)
    command, name = line.target.command(), line.target.name
    started = start_daemon(path, command, parameters, printer, line.began, adaptor=name, announce=other is None)
    if other is not None and started.exit_code == 0:
        printer.emit(Log("INFO", f"{PATH_VARIABLE} goes on naming {other}: give --connection-file for this daemon", {}))
    return task_commands.finish(started, printer)


@daemon.command(
    "run", epilog="Example: daemon run --connection-file c.json --run-data '{\"frame\": 1}'", context_settings=CONTEXT
)
@options.run_data()
@options.connection_file(options.DAEMON)
@click.option(
    "--on-disconnect",
    type=click.Choice(["cancel", "keep"]),
    default="cancel",
    show_default=True,
    help="What the loss of this command does to the task: 'keep' has it go on, for daemon attach.",
)
@click.pass_obj
def daemon_run(line: CommandLine, run_data: str, connection_file: str | None, on_disconnect: str) -> int:
    """Run one task in the daemon and show its output; returns when on_run has."""
    return task_commands.run(line.began, run_data, connection_file, on_disconnect, line.target.name)


@daemon.command(epilog="Example: daemon stop --connection-file c.json", context_settings=CONTEXT)
@options.connection_file(options.DAEMON)
@click.pass_obj
def stop(line: CommandLine, connection_file: str | None) -> int:
    """Stop the session and clean up; returns when the daemon has gone."""
    return task_commands.stop(line.began, connection_file, line.target.name)


for _command in (status, logs, cancel, attach, list_daemons):
    daemon.add_command(_command)


@daemon.command("_serve", hidden=True)
@click.pass_obj
def serve(line: CommandLine) -> int:
    """Be the daemon. For the runtime itself."""
    from .._hosting.daemon_process import serve as serve_session

    return serve_session(line.target, line.on_ready)


@daemon.command("_cleanup", hidden=True)
@click.pass_obj
def clean_up(line: CommandLine) -> int:
    """Clean up after a daemon that was lost. For the runtime itself."""
    from .._hosting.cleanup_after_loss import clean_up as clean_up_session

    return clean_up_session(line.target, line.began)


@click.command(cls=Command, epilog="Example: graph --format mermaid --journal session.jsonl", context_settings=CONTEXT)
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "text", "svg"]),
    default="mermaid",
    show_default=True,
    help="How to draw it; svg is a picture that needs no other program.",
)
@options.connection_file("Draw the session of this live daemon, with its state and the path that it took.")
@options.journal("Draw the finished session that this journal tells of.")
@click.pass_obj
def graph(_line: CommandLine, form: str, connection_file: str | None, journal: str | None) -> None:
    """Draw the lifecycle: of every adaptor, of a live daemon or of a finished session."""
    from ...statemachine import draw

    if connection_file and journal:
        raise click.UsageError("--connection-file and --journal exclude each other.")
    state, history = None, []
    if connection_file:
        from ...ipc._commands.frontend import snapshot
        from ...statemachine import Record

        now = snapshot(connection_file)
        state, history = now.state, [Record.from_dict(record) for record in now.history]
    elif journal:
        from .._messages.journal import read_journal

        history = read_journal(journal)
        state = history[-1].target if history else None
    click.echo(draw(form, state=state, history=history))
