"""The hidden ``daemon _serve``: the process that keeps the application loaded."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from ...ipc._commands.recovery import leave_plan, take_plan_back
from ...ipc._daemon.frontend_connection import START, STOP
from ...ipc._daemon.frontend_server import FrontendServer
from ...ipc._daemon.orphan_watch import OrphanWatch
from ...ipc._errors import BadInputError, SystemRefusalError
from ...ipc._files import connection_file, lifeline, session_directory
from ...ipc._files.connection_file import ConnectionInfo
from ...ipc._files.session_directory import SessionDirectory
from ...ipc._own_process.signals import SignalRecord
from ...ipc._processes.application_mark import take_mark_of
from ...ipc._processes.process_identity import start_time
from ...ipc._processes.spawn import open_inherited
from ...ipc._stream import outcomes
from ...ipc._stream.spool import Spool
from ...ipc._stream.standard_output import StandardOutput, open_pipe_of
from ...statemachine import AdaptorRuntimeError, AdaptorState
from .._command_adaptor import CommandAdaptor
from .._messages.emitter import Emitter
from .._outcome import Cause, describe_error
from .._session.runner import AdaptorRunner
from ..processes import _registry as registry
from .class_check import keeps_application
from .foreground import end_leftovers
from .loading import Loading
from .session_journal import DAEMON, open_journal
from .session_setup import prepare

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor
    from .._session.request import SessionRequest
    from .target import Target

READERS_SECONDS = 5.0
"""How long the daemon waits at its end until frontends have their results."""


def serve(target: Target, on_ready: set[Any]) -> int:
    """Serve one session; return the exit code when it is over and nothing of it is left.

    Args:
        target: The adaptor.
        on_ready: Functions to call once the connection file is written.

    Raises:
        BadInputError: A user typed the command.
    """
    parameters = _read_parameters()
    with os.fdopen(open_inherited(int(parameters["ready"])), "wb") as ready:
        try:
            service = _Service(target, parameters)
            service.open()
            for function in on_ready:
                function()
            sys.stdout.flush()
            sys.stderr.flush()
            service.take_over()
        except BaseException as raised:
            error = SystemRefusalError.of(raised) if isinstance(raised, OSError) else raised
            _answer(ready, {"error": describe_error(error), "exit_code": getattr(error, "exit_code", 1)})
            if isinstance(error, AdaptorRuntimeError):
                return error.exit_code  # `daemon start` reports it
            raise
        _answer(ready, {"pid": os.getpid()})  # then `daemon start` reads what is in the pipe, and no more
    service.serve()
    return 0


def _read_parameters() -> dict[str, Any]:
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInputError("daemon _serve is internal; use 'daemon start'")
    try:
        parameters = json.loads(sys.stdin.buffer.read())
        parameters["ready"], parameters["connection"]
    except (ValueError, KeyError, TypeError):
        raise BadInputError("daemon _serve got no parameters; use 'daemon start'") from None
    _to_nowhere(0)
    return dict(parameters)


def _to_nowhere(*descriptors: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    os.close(null)


def _answer(ready: BinaryIO, answer: dict[str, Any]) -> None:
    try:
        ready.write(json.dumps(answer).encode("ascii") + b"\n")
        ready.flush()
    except OSError:
        pass  # the starter is gone; the lack of a first request ends this daemon


class _Service:
    """The parts of a daemon, connected."""

    def __init__(self, target: Target, parameters: dict[str, Any]) -> None:
        self._path = str(parameters["connection_file"])
        self._directory = SessionDirectory(*parameters["directory"])
        take_mark_of(self._directory.path)
        pid = os.getpid()
        claimed = ConnectionInfo(**parameters["connection"])
        self._spool = Spool(self._directory.path)
        adaptor_class = target.load()
        asked, found = (name.rpartition(":")[2] for name in (claimed.adaptor, target.name))
        if asked and asked != found:  # modules may have another name in a program that was entered another way
            raise BadInputError(
                f"as a daemon, this program starts the adaptor {found} and not {asked}: give each adaptor a program of "
                "its own, or use 'adaptor-runtime --adaptor package.module:Class daemon start'"
            )
        self._prepared = prepare(
            adaptor_class, parameters["init_data"], parameters["path_mapping_rules"], parameters["deadlines"]
        )
        self._owner: list[Any] | None = parameters["owner"]
        self._worker: list[Any] | None = parameters["worker"]
        self._connection = claimed._replace(
            pid=pid,
            start_time=start_time(pid) or 0.0,
            state=connection_file.READY,
            stop_seconds=self._prepared.deadlines.stop,
            cancel_seconds=self._prepared.deadlines.cancel,
            limits=self._prepared.deadlines.to_dict(),
        )
        self._emitter = Emitter(self._spool, self._prepared.levels, heartbeat=self._prepared.heartbeat)
        kept = self._prepared.journal(parameters["journal"])
        path = kept or os.path.join(self._directory.path, session_directory.JOURNAL)
        journal = open_journal(self._prepared, path, DAEMON, kept=bool(kept))
        if self._prepared.adaptor_class.cleanup_after_loss:
            left = {name: parameters[name] for name in ("init_data", "path_mapping_rules", "deadlines")}
            left["journal"] = kept and os.path.abspath(kept)
            leave_plan(self._directory.path, target.command(), left, self._prepared.deadlines.stop)
        self._journal = journal
        self._connection = self._connection._replace(
            journal=os.path.abspath(journal.path), times=self._prepared.line_times
        )
        self._runner = AdaptorRunner(
            factory=self._construct,
            after_construction=partial(self._prepared.complete, self._emitter),
            emitter=self._emitter,
            deadlines=self._prepared.deadlines,
            journal=journal,
            check_run_data=self._prepared.checks.check_run_data,
            show_run_data=self._prepared.show_run_data,
            before_cleanup=partial(take_plan_back, self._directory.path),
        )
        self._orphan_watch = self._make_orphan_watch()
        self._daemon: FrontendServer | None = None
        self._ends: list[SessionRequest] = []
        """The stop requests of the daemon itself."""
        self._is_needed = True
        self._standard_output = StandardOutput(self._emitter.output)
        self._former_output: int | None = None
        self._signals = ExitStack()

    def _make_orphan_watch(self) -> OrphanWatch:
        deadlines = self._prepared.deadlines
        return OrphanWatch(
            self._path,
            self._connection,
            self._end,
            is_busy=lambda: self._runner.lifecycle.in_flight is not None,
            is_over=lambda: self._runner.state in {AdaptorState.CANCELED, AdaptorState.FAILED},
            idle_seconds=deadlines.idle,
            over_seconds=deadlines.idle_over,
            working_directory=os.environ.get("OPENJD_SESSION_WORKING_DIR"),
        )

    def open(self) -> None:
        """Start listening, and write the connection file."""
        from adaptor_runtime_client._transport import listen

        lifeline.hold(self._connection.lifeline)
        listener = listen(self._connection.socket)
        self._daemon = FrontendServer(self._runner, self._spool, listener, self._connection.key, self._orphan_watch)
        self._daemon.open()
        connection_file.write(self._path, self._connection)
        session_directory.note_connection_file(self._directory, self._path)
        self._orphan_watch.start()
        if self._owner is not None:
            self._orphan_watch.watch_owner(*self._owner)
        if self._worker is not None:
            pid, began = self._worker
            self._orphan_watch.watch_owner(pid, began, "worker")

    def take_over(self) -> None:
        """Capture in the stream what is printed from now on, also by helpers that an import started, and heed signals.

        Nothing that the system may deny is left for later: `daemon start` reports only what fails before it is ready.
        """
        self._former_output = open_pipe_of(1)
        _to_nowhere(1, 2)
        self._standard_output.start()
        self._signals.enter_context(SignalRecord(lambda number: self._runner.post(partial(self._signal, number))))

    def serve(self) -> None:
        """Serve the session to its end."""
        assert self._daemon is not None
        self._emitter.install()
        registry.set_output(self._emitter.output, self._standard_output.flush)
        loading = Loading(
            with_commands=issubclass(self._prepared.adaptor_class, CommandAdaptor),
            with_rules=bool(self._prepared.rules),
            with_application=keeps_application(self._prepared.adaptor_class),
        )
        loading.reserve()
        self._runner.load_after_start(loading.load)
        with self._signals:
            self._runner.serve()
            self._orphan_watch.close()
            self._runner.close()
            end_leftovers()
            self._leave()
            self._orphan_watch.remove_rest()

    def _construct(self) -> BaseAdaptor[Any]:
        if self._former_output is not None:  # `daemon start`, which requests this, no longer reads it
            self._standard_output.read_also(self._former_output)
        return self._prepared.factory()()

    def _signal(self, number: int) -> None:
        cause = Cause.from_signal(number)
        self._runner.note("signal", number=number, name=cause.text)
        self._runner.cancel(cause)
        self._ends.append(self._runner.stop(None, f"signal {number}"))

    def _end(self, reason: str) -> None:
        """End a session that nobody needs."""
        self._is_needed = False
        self._runner.cancel(Cause(f"the daemon itself: {reason}"))
        self._ends.append(self._runner.stop(None, "orphan-watch"))

    def _leave(self) -> None:
        """Leave the outcome where no reader can lose it, and nothing else that was already read.

        The outcome is in the connection file before the daemon waits for any reader. A reader of the stop that is
        behind finds the rest of the output in the session directory, which it removes.
        """
        assert self._daemon is not None
        over = self._over()
        is_written = self._write(over)
        slow = [connection for connection in self._daemon.close(READERS_SECONDS) if connection.is_stop]
        self._spool.close()
        self._journal.close()
        if slow and self._leave_view(over, slow[0].view()):
            return
        if self._daemon.end_is_known:
            connection_file.remove(self._path, self._connection)
        elif not is_written and self._leave_outcome(over):
            return
        self._spool.leave_file()  # a folder with an open file cannot be removed everywhere
        keep_file = not self._daemon.end_is_known and self._is_needed
        session_directory.remove(self._directory, keep=self._path if keep_file else None)

    def _over(self) -> ConnectionInfo:
        """Return the content of the connection file for the finished session."""
        ended: dict[str, Any] = {
            stream.id: list(stream.result) for stream in self._spool.tasks() if stream.result is not None
        }
        start = self._runner.start_outcome
        state = str(self._runner.state)
        if start is not None and not start.succeeded:
            message = start.message
            ended[START] = [start.exit_code, start.message, state]
        else:
            message = "it was stopped" if self._runner.cause is None else f"it was ended by {self._runner.cause.text}"
            stop = self._spool.known(STOP)
            ends = [end.outcome for end in self._ends if end.outcome is not None]
            if stop is not None and stop.result is not None:
                ended[STOP] = list(stop.result)
            elif ends:
                ended[STOP] = [ends[0].exit_code, ends[0].message, state]
        return self._connection._replace(state=connection_file.OVER, message=message, outcomes=ended)

    def _leave_outcome(self, over: ConnectionInfo) -> bool:
        """Leave in the session directory how the session ended, where the connection file cannot be written."""
        result = over.outcome(STOP)
        if result is None:
            return False
        outcomes.keep(self._directory.path, STOP, result)
        return True

    def _leave_view(self, over: ConnectionInfo, view: list[tuple[int, int]]) -> bool:
        """Leave the output for a reader that is behind; return False if that fails."""
        try:
            positions = self._spool.positions(view)
            self._spool.leave_file()
        except OSError:
            return False
        return self._write(over._replace(view=positions))

    def _write(self, over: ConnectionInfo) -> bool:
        try:
            connection_file.write(self._path, over, create=False)
        except Exception as error:  # noqa: BLE001  the session is over: its last note must not delay it
            self._emitter.log("WARNING", describe_error(error))
            return False
        return True
