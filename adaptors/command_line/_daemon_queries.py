"""Query and control a live daemon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from . import _options as options
from . import _task_commands as task_commands
from ._command import Command
from ._invocation import CONTEXT, CommandLine

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Result, Snapshot


@click.command(
    cls=Command, epilog="Example: daemon status --connection-file c.json --format json", context_settings=CONTEXT
)
@options.connection_file(options.DAEMON)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def status(connection_file: str | None, form: str) -> None:
    """Print the state of the session and the hook in flight.

    With --format json, also print the path it took.
    """
    from ...ipc._commands.frontend import snapshot

    now = snapshot(task_commands.path_of(connection_file))
    if form == "json":
        import json

        click.echo(json.dumps(now._asdict()))
        return
    for name, value in _described(now):
        _print(f"{name + ':':<14}{value}")


def _described(now: Snapshot) -> list[tuple[str, object]]:
    in_flight = "nothing"
    if now.in_flight is not None:
        task = f" for {now.in_flight['task_id']}" if now.in_flight["task_id"] else ""
        in_flight = f"{now.in_flight['hook']}{task}, since {now.in_flight['seconds']:.1f} s"
    last = now.history[-1] if now.history else {}
    return [
        ("adaptor", now.adaptor or "not constructed yet"),
        ("state", now.state),
        *(("application", text) for text in _applications(now)),
        ("in flight", in_flight),
        ("stop owed", "yes" if now.stop_owed else "no"),
        ("last record", " ".join(str(last[key]) for key in ("kind", "trigger", "cause") if last.get(key)) or "none"),
        ("process", now.pid),
        ("release", now.release),
    ]


def _applications(now: Snapshot) -> list[str]:
    """Return the name and the state of each application."""
    states = {str(record.get("application")): record.get("target") for record in now.applications}
    return [f"{name}, {state}" for name, state in states.items()]


@click.command(cls=Command, epilog="Example: daemon logs --connection-file c.json", context_settings=CONTEXT)
@options.connection_file(options.DAEMON)
@click.pass_obj
def logs(line: CommandLine, connection_file: str | None) -> int:
    """Print output that no command has shown yet, without consuming it.

    This covers tasks whose command was lost and output between tasks. daemon attach and daemon stop still show it.
    """
    from ...ipc._commands.frontend import Frontend
    from ...ipc._stream.printer import Printer

    return _report(Frontend(task_commands.path_of(connection_file), Printer(1), line.began).logs())


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

    path = task_commands.path_of(connection_file)
    now = frontend.snapshot(path, is_patient=True)
    in_flight = (now.in_flight or {}).get("task_id")
    frontend.cancel(path, task)
    if task is not None and task != in_flight:
        _print(f"task {task} is not in flight: nothing was canceled", err=True)
    elif now.state in {"idle", "started", "running"}:
        click.echo(f"canceled: {'task ' + in_flight if in_flight else 'the session'}")
    else:
        click.echo(f"the session is already {now.state}: nothing was canceled", err=True)


@click.command(cls=Command, epilog="Example: daemon attach --connection-file c.json", context_settings=CONTEXT)
@options.connection_file(options.DAEMON)
@click.option("--task", metavar="ID", help="Task to attach to. Default: the last one whose command was lost.")
@click.pass_obj
def attach(line: CommandLine, connection_file: str | None, task: str | None) -> int:
    """Re-attach to a task whose daemon run was lost.

    Show its output from there on and return the exit code of the task. A signal cancels the task; losing this command
    does not.
    """
    from ...ipc._commands.frontend import Frontend
    from ...ipc._stream.printer import Printer

    return _report(Frontend(task_commands.path_of(connection_file), Printer(1), line.began).attach(task))


@click.command(cls=Command, name="list", epilog="Example: daemon list", context_settings=CONTEXT)
def list_daemons() -> None:
    """List the live daemons of this user.

    Each line shows the process, the state, the adaptor, and the connection file.
    """
    from ...ipc._commands.frontend import snapshot
    from ...ipc._files import connection_file as connections
    from ...ipc._files import session_directory
    from ...statemachine import AdaptorRuntimeError

    for path in session_directory.connection_files():
        try:
            if not connections.read(path).is_alive():
                continue
            now = snapshot(path)
        except AdaptorRuntimeError as error:
            _print(f"{path}: {error}", err=True)
            continue
        _print(f"{now.pid:>8}  {now.state:<8}  {now.adaptor or '-'}  {path}")


def _report(result: Result) -> int:
    """Print the failure on standard error: only commands that a scheduler runs send it messages."""
    if result.message:
        _print(f"error: {result.message}", err=True)
    return result.exit_code


def _print(text: str, *, err: bool = False) -> None:
    """Print one line, even if a file name or an author's exception in it has control characters."""
    click.echo(re.sub(r"[\x00-\x1f\x7f]+", " ", text).encode("utf-8", "backslashreplace"), err=err)
