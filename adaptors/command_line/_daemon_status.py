"""The status of a daemon: what it answers, or what its files and its processes tell if it cannot answer."""

from __future__ import annotations

import os
import time

from adaptor_runtime_client._named_tuple import NamedTuple

from ...ipc._commands.frontend import snapshot
from ...ipc._errors import NoDaemonError, SilentDaemonError
from ...ipc._files import connection_file, session_directory
from ...ipc._processes import usage
from ...ipc._stream.gauges import local_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from adaptor_runtime_client._messages import Snapshot

    from ...ipc._files.connection_file import ConnectionInfo
    from ...ipc._processes.usage import ProcessUsage
    from .._messages.journal_tail import LeftSession

ANSWER_SECONDS = usage.LOOK_SECONDS
"""How long the daemon has to answer: a hook may hold the interpreter, and a suspended process never answers."""

ANSWERS, SILENT, STARTING, OVER, DEAD = "answers", "silent", "starting", "over", "dead"
"""The conditions of a daemon."""

_BAD_STATES = {"canceled", "failed"}


class DaemonStatus(NamedTuple):
    """The status of one daemon. ``docs/status.schema.json`` describes each field: these are the keys of the JSON.

    What the daemon alone knows is None if it does not answer.
    """

    at: float
    condition: str
    message: str
    connection_file: str
    session_directory: str
    journal: str
    pid: int
    release: str
    adaptor: str
    state: str | None
    state_seconds: float | None = None
    stop_owed: bool = False
    in_flight: dict[str, Any] | None = None
    progress: float | None = None
    status_message: str | None = None
    output: dict[str, Any] | None = None
    limits: Sequence[dict[str, Any]] = ()
    processes: Sequence[ProcessUsage] = ()
    last_sign_of_life: float | None = None
    history: Sequence[dict[str, Any]] = ()
    applications: Sequence[dict[str, Any]] = ()

    @property
    def is_alive(self) -> bool:
        """Whether the daemon's process lives."""
        return self.condition in {ANSWERS, SILENT, STARTING}

    @property
    def refused(self) -> list[dict[str, Any]]:
        """The records of refused calls."""
        return [record for record in self.history if record.get("kind") == "refused"]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The records of tasks that failed, and after which the session goes on."""
        ended = [record for record in self.history if record.get("hook") == "on_run" and record.get("outcome")]
        return [record for record in ended if record["kind"] == "transition" and record["outcome"] != "returned"]

    @property
    def cause(self) -> str | None:
        """Why the session was canceled or failed, on one line; None if it was not, or nothing tells it."""
        for record in self.history:
            if record.get("kind") == "transition" and record.get("target") in _BAD_STATES and record.get("cause"):
                return " ".join(str(record["cause"]).split())
        return None

    @property
    def restarts(self) -> int:
        """How often applications were started again."""
        launches = [record for record in self.applications if record.get("trigger") == "launch"]
        return sum(record.get("source") != "absent" for record in launches)

    def to_dict(self, *, with_history: bool = True) -> dict[str, Any]:
        """Return the status as a JSON object.

        Args:
            with_history: Include the records of the adaptor and its applications.
        """
        fields = self._asdict()
        fields["processes"] = [process._asdict() for process in self.processes]
        fields["usage"] = usage.total(self.processes)._asdict()
        fields.update(cause=self.cause, restarts=self.restarts)
        fields.update(refused=len(self.refused), failed=len(self.failures))
        for name in () if with_history else ("history", "applications"):
            del fields[name]
        return fields


def status_of(path: str) -> DaemonStatus:
    """Return the status of the daemon of the connection file at ``path``.

    Raises:
        NoDaemonError: The file does not exist, or the daemon runs elsewhere.
        BadInputError: The file is unusable, or the daemon's release is incompatible.
    """
    path = os.path.abspath(path)
    info = connection_file.read(path)
    if info.state == connection_file.READY:
        try:
            return _answered(path, info, snapshot(path, seconds=ANSWER_SECONDS))
        except NoDaemonError as error:
            info = connection_file.read(path)  # it may have ended just now
            if info.state != connection_file.OVER and info.is_alive():
                return _left(path, info, SILENT, "" if isinstance(error, SilentDaemonError) else str(error))
    if info.state == connection_file.OVER:
        return _left(path, info, OVER, info.message)
    if info.is_alive():
        return _left(path, info, STARTING, f"process {info.pid} is starting it")
    return _left(path, info, DEAD, "")


def _answered(path: str, info: ConnectionInfo, now: Snapshot) -> DaemonStatus:
    output = now.output
    if output is not None:
        output = {**output, "lines": [_line(*line) for line in output["lines"]]}
    return DaemonStatus(
        **_common(path, info, ANSWERS),
        message="",
        adaptor=now.adaptor,
        state=now.state,
        state_seconds=now.state_seconds,
        stop_owed=now.stop_owed,
        in_flight=now.in_flight,
        progress=now.progress,
        status_message=now.status_message,
        output=output,
        limits=now.limits,
        processes=_processes(info.pid, now.commands),
        history=now.history,
        applications=now.applications,
    )


def _left(path: str, info: ConnectionInfo, condition: str, message: str) -> DaemonStatus:
    """Return what the journal, the spool and the processes tell."""
    from .._messages.journal_tail import LeftSession
    from ._last_words import LastWords
    from ._left_limits import left_limits

    common = _common(path, info, condition)
    session = LeftSession.of(common["journal"])
    said = LastWords.of(info.session_directory)
    is_alive = condition in {SILENT, STARTING}
    signs = [when for when in (session.written_at, said.at) if when is not None]
    last = max(signs, default=None)
    until = common["at"] if is_alive or last is None else last
    call = session.in_flight
    records = [record.to_dict() for record in session.records]
    processes = _processes(info.pid, {}) if is_alive else []
    seconds = None if call is None else until - call["at"]
    if condition == SILENT and not message:
        message = f"no answer within {ANSWER_SECONDS:g} s{_why_silent(info.pid, processes, call, seconds)}"
    return DaemonStatus(
        **common,
        message=message or _why(session, last),
        adaptor=info.adaptor.rpartition(":")[2],
        state=_last_state(info, session, condition, has_journal=bool(common["journal"])),
        state_seconds=None if session.moved_at is None else until - session.moved_at,
        stop_owed=session.stop_owed,
        in_flight=None if call is None else {**call, "seconds": seconds},
        progress=None if call is None else said.progress,
        status_message=None if call is None else said.status,
        output={"seconds": None if said.at is None else common["at"] - said.at, "lines": said.lines},
        limits=left_limits(info.limits or {}, session, said.at, common["at"]) if is_alive else [],
        processes=processes,
        last_sign_of_life=last,
        history=[record for record in records if "application" not in record],
        applications=[record for record in records if "application" in record],
    )


def _processes(pid: int, commands: dict[str, Any]) -> list[ProcessUsage]:
    """Return what the processes of a daemon use.

    Args:
        pid: The daemon, whose own command line has no data.
        commands: The command lines that it has told. Others may have secrets that only the daemon knows: the name of
            the executable stands for them.
    """
    listed = usage.tree(pid)
    told = {process.pid: str(commands.get(str(process.pid), process.name)) for process in listed if process.pid != pid}
    return [process._replace(command=told.get(process.pid, process.command)) for process in listed]


def _last_state(info: ConnectionInfo, session: LeftSession, condition: str, *, has_journal: bool) -> str | None:
    """Return the state of the lifecycle, of a session that is over the last one; None if nothing tells it."""
    if condition == OVER:
        from ...statemachine import AdaptorState

        states = {state.value for state in AdaptorState}
        for result in (info.outcome("stop"), info.outcome("start")):
            if result is not None and result.state in states:
                return result.state
    is_known = session.written_at is not None or condition == STARTING or (condition == SILENT and has_journal)
    return session.state if is_known else None


def _common(path: str, info: ConnectionInfo, condition: str) -> dict[str, Any]:
    journal = info.journal or os.path.join(info.session_directory, session_directory.JOURNAL)
    return {
        "at": time.time(),
        "condition": condition,
        "connection_file": path,
        "session_directory": info.session_directory,
        "journal": journal if os.path.exists(journal) else "",
        "pid": info.pid,
        "release": info.release,
    }


def _why_silent(pid: int, processes: list[ProcessUsage], call: dict[str, Any] | None, seconds: float | None) -> str:
    """Say why a daemon that lives does not answer, as far as this can be seen, and what to do."""
    if is_suspended(pid, processes):
        from ...ipc._processes.typed_command import how_to_continue

        return f"; its process is suspended{how_to_continue(pid)}"
    if call is not None and seconds is not None:
        return f"; a hook may hold the interpreter ({call['hook']}, {seconds:.0f} s)"
    return "; no hook is in flight, so the machine may be busy"


def is_suspended(pid: int, processes: Iterable[ProcessUsage]) -> bool:
    """Return whether somebody has halted the process ``pid``, which is one of ``processes``."""
    return any(process.pid == pid and process.state == "stopped" for process in processes)


def _why(session: LeftSession, last: float | None) -> str:
    """Say how a daemon ended that has left no outcome."""
    call = session.in_flight
    doing = f"the session was {session.state}"
    if call is not None:
        doing = f"{call['hook']}{' for ' + call['task_id'] if call['task_id'] else ''} was in flight"
    when = "" if last is None else f" after {local_time(last, '%Y-%m-%d %H:%M:%S')}"
    return f"it was killed or crashed{when}, while {doing}"


def _line(stream: str, text: str) -> str:
    from ...ipc._stream.printer import PREFIXES

    return PREFIXES.get(stream, b"").decode() + text
