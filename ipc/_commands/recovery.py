"""Clean up after a lost daemon: call ``on_cleanup`` in a new process if the adaptor's class asks for that.

The daemon leaves a plan in its session directory and withdraws it before it calls ``on_cleanup`` itself. A command that
finds the daemon dead removes the plan before it carries it out. So ``on_cleanup`` is called at most once.
"""

from __future__ import annotations

import json
import os
from contextlib import closing

from adaptor_runtime_client._messages import Log, Output

from .._files import left_directory, session_directory
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

    # A signal, or a system that lacks something, must not come between the plan's removal and its cleanup.
    with closing(_Recovery()) as recovery, SignalRecord(recovery.hasten):
        _end_what_is_left(connection, printer)
        plan = _take_plan(connection)
        session_directory.remove_named(connection.session_directory, connection.socket)
        left_directory.remove_left(os.path.dirname(connection.session_directory))
        if plan is not None:
            printer.emit(Log("WARNING", "the daemon was lost: calling on_cleanup in a new process", {}))
            code, said = recovery.carry_out(
                plan, min(plan["seconds"] + _MARGIN, _LONGEST if seconds is None else seconds)
            )
            if said:
                printer.emit(Output("print"), said.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
            if code != 0:
                printer.emit(Log("ERROR", f"cleanup after the loss of the daemon failed with exit code {code}", {}))
    return recovery.signals[0] if recovery.signals else None


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


class _Recovery:
    """The new process that calls ``on_cleanup``; what its output needs is there before it.

    Attributes:
        signals: Those that have arrived; each ends the process, which then hurries.
    """

    def __init__(self) -> None:
        from .._own_process.runtime_thread import RuntimeThread
        from .._processes.end_request import askable
        from .marked_pipe import MarkedPipe

        self.signals: list[int] = []
        self._environment = askable(os.environ)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: list[bytes] = []
        self._output = MarkedPipe()  # because a helper that the hook leaves behind may hold its other end open
        self._reader = RuntimeThread(target=lambda: self._said.extend(self._output.blocks()), name="recovery")
        try:
            self._reader.start()
        except BaseException:
            self._output.close()
            raise

    def hasten(self, number: int) -> None:
        """Record a signal, and pass it on. Any thread may call it."""
        self.signals.append(number)
        if self._process is not None:
            self._ask(self._process)

    def carry_out(self, plan: dict[str, Any], limit: float) -> tuple[int, bytes]:
        """Run the process to its end, at most ``limit`` seconds; return its exit code and its output."""
        import subprocess

        from .._own_process.signals import hold_back, let_through

        mask = hold_back()  # the process inherits this: a signal that comes too early waits in it
        try:
            self._process = subprocess.Popen(
                [*plan["command"], "daemon", COMMAND],
                stdin=subprocess.PIPE,
                stdout=self._output.write_end,
                stderr=subprocess.STDOUT,
                cwd=plan["directory"],
                env=self._environment,
            )
        except OSError as error:
            return 1, f"{error}\n".encode()
        finally:
            let_through(mask)
        if self.signals:
            self._ask(self._process)
        code = 5
        with self._process as process:
            try:
                process.communicate(json.dumps(plan["parameters"]).encode("ascii"), limit)
                code = process.returncode
            except subprocess.TimeoutExpired:
                process.kill()
        self._end_output()
        return code, b"".join(self._said)

    def _ask(self, process: subprocess.Popen[bytes]) -> None:
        from .._processes.process_tree import terminate_child

        terminate_child(process, self._environment, is_patient=True)

    def close(self) -> None:
        """Release what is left."""
        self._end_output()
        self._output.close()

    def _end_output(self) -> None:
        self._output.end()
        self._reader.join()
