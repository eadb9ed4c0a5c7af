"""Clean up after a lost daemon: call ``on_cleanup`` in a new process if the adaptor's class asks for that.

The daemon leaves a plan in its session directory and withdraws it before it calls ``on_cleanup`` itself. A command that
finds the daemon dead removes the plan before it carries it out. So ``on_cleanup`` is called at most once.
"""

from __future__ import annotations

import json
import os

from adaptor_runtime_client._messages import Log, Output

from .._files import session_directory
from .._files.connection_file import READY, STARTING
from .._files.private_file import NotPrivateError, create_private, read_private
from .._processes.application_mark import mark_of, start_mark_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from typing import Any

    from .._files.connection_file import ConnectionInfo
    from .._stream.printer import Printer

COMMAND = "_cleanup"

_PLAN = "recovery.json"
_GRACE = 5.0
"""Seconds between asking applications to end and killing them."""
_MARGIN = 15.0
"""Extra seconds for the new process beyond its hook."""
_LONGEST = 86_400.0

GUARDIAN_SECONDS = 7.0
"""The grace period that the guardian gives the applications of a dead daemon, and a little more."""


def leave_plan(directory: str, command: list[str], parameters: dict[str, Any], seconds: float) -> None:
    """Write the plan for cleaning up after a daemon into its session directory.

    Args:
        directory: The session directory.
        command: The author's entry point, to which the hidden command is appended.
        parameters: The parameters of that command.
        seconds: How long cleanup may take.
    """
    plan = {"command": command, "parameters": parameters, "seconds": seconds, "directory": os.getcwd()}
    with open(create_private(os.path.join(directory, _PLAN)), "wb") as file:
        file.write(json.dumps(plan).encode("ascii"))


def take_plan_back(directory: str) -> None:
    """Remove the plan from a session directory: its daemon is about to clean up."""
    try:
        os.unlink(os.path.join(directory, _PLAN))
    except OSError:
        pass  # the plan, or the whole directory, does not exist


def clean_up_after_loss(connection: ConnectionInfo, printer: Printer, seconds: float | None = None) -> int | None:
    """Remove the session directory of a dead daemon, and carry out the plan that it left, if any.

    Args:
        connection: The daemon.
        printer: Shows progress.
        seconds: Time limit; None for the limit in the plan.

    Returns:
        The signal that arrived meanwhile and shortened the cleanup, or None.
    """
    from .._own_process.signals import SignalRecord

    signals: list[int] = []
    child: list[subprocess.Popen[bytes]] = []

    def hasten(number: int) -> None:
        signals.append(number)
        for process in child:
            process.terminate()

    with SignalRecord(hasten):  # a signal must not come between the plan's removal and its cleanup
        _end_what_is_left(connection, printer)
        plan = _take_plan(connection)
        session_directory.remove_named(connection.session_directory, connection.socket)
        if plan is None:
            return signals[0] if signals else None
        printer.emit(Log("WARNING", "the daemon was lost: calling on_cleanup in a new process", {}))
        limit = min(plan["seconds"] + _MARGIN, _LONGEST if seconds is None else seconds)
        code, said = _carry_out(plan, limit, child, signals)
    if said:
        printer.emit(Output("print"), said.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    if code != 0:
        printer.emit(Log("ERROR", f"cleanup after the loss of the daemon failed with exit code {code}", {}))
    return signals[0] if signals else None


def _end_what_is_left(connection: ConnectionInfo, printer: Printer) -> None:
    """End the applications of a daemon that was killed, or the daemon of a start that was: the license goes first."""
    if connection.state == READY:
        from .._processes.process_tree import wait_guardian

        wait_guardian(connection.pid, GUARDIAN_SECONDS)
        left = "the applications that the daemon and its guardian left"
        _end_marked(mark_of(connection.session_directory), left, printer)
    elif connection.state == STARTING:
        _end_marked(start_mark_of(connection.session_directory), "the daemon that a killed daemon start left", printer)


def _end_marked(mark: str, what: str, printer: Printer) -> None:
    """End what was left when nobody was there any more to end it."""
    from .._processes.process_tree import end_groups, marked_processes

    if mark and (left := marked_processes(mark)):
        printer.emit(Log("WARNING", f"ending {what}: {', '.join(map(str, left))}", {}))
        end_groups([], _GRACE, mark=mark)


def _take_plan(connection: ConnectionInfo) -> dict[str, Any] | None:
    if connection.state != READY or not connection.session_directory:
        return None
    path = os.path.join(connection.session_directory, _PLAN)
    try:
        content = read_private(path, os.path.getsize(path))
        os.unlink(path)
        plan: dict[str, Any] = json.loads(content)
    except (OSError, NotPrivateError, ValueError):
        return None
    return plan


def _carry_out(
    plan: dict[str, Any], limit: float, child: list[subprocess.Popen[bytes]], signals: list[int]
) -> tuple[int, bytes]:
    """Run the new process to its end; return its exit code and its output.

    Args:
        plan: What the daemon left.
        limit: Seconds.
        child: Gets the process.
        signals: The signals that have arrived; another one ends the process, which then hurries.
    """
    import subprocess
    import tempfile

    from .._own_process.signals import hold_back, let_through

    # Files, because a helper that the hook leaves behind may hold a pipe open.
    with tempfile.TemporaryFile() as parameters, tempfile.TemporaryFile() as output:
        parameters.write(json.dumps(plan["parameters"]).encode("ascii"))
        parameters.seek(0)
        mask = hold_back()  # the process inherits this: a signal that comes too early waits in it
        try:
            process = subprocess.Popen(
                [*plan["command"], "daemon", COMMAND],
                stdin=parameters,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=plan["directory"],
            )
        except OSError as error:
            return 1, f"{error}\n".encode()
        finally:
            let_through(mask)
        child.append(process)
        if signals:
            process.terminate()
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = 5
        output.seek(0)
        return code, output.read()
