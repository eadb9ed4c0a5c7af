"""The log of a session: its lifecycle records, the errors of its hooks, the results of its requests."""

from __future__ import annotations

import queue
import traceback
from typing import TYPE_CHECKING, Any

from adaptor_runtime_client._messages import Result

from ...statemachine import AdaptorRuntimeError
from ...statemachine._table import OF_ADAPTOR
from .._messages.author_traceback import author_traceback
from .._outcome import ConstructorError, describe_error
from .phase_usage import PhaseUsage

if TYPE_CHECKING:
    from ...statemachine import Record
    from .._messages.emitter import Emitter
    from .._messages.journal import Journal
    from .request import SessionRequest


DEFECTS = 5
"""How many defects of the runtime to report. Every later event may cause another one."""


class Transcript:
    """Write what a session does to the ordered stream, each record before its consequences.

    Args:
        emitter: Puts events on the stream.
        journal: Also receives the lifecycle records, and notes about other events.
    """

    def __init__(self, emitter: Emitter, journal: Journal | None = None) -> None:
        self._emitter = emitter
        self._journal = journal
        self._usage = None if journal is None else PhaseUsage()
        self._ended: Record | None = None
        self._finished: list[SessionRequest] = []
        self._defects = 0
        self._records: queue.SimpleQueue[Record] = queue.SimpleQueue()

    def take(self, record: Record) -> None:
        """Take a record of any machine from any thread; the thread that serves the session publishes it."""
        self._records.put(record)
        if self._journal is not None:
            self._journal.write(record.to_dict())
            if record.machine == OF_ADAPTOR and record.outcome is not None and record.kind != "late":
                self._ended = record

    def note(self, what: str, **fields: Any) -> None:
        """Note an event in the journal that is not on the stream."""
        if self._journal is not None:
            self._journal.note(what, **fields)

    def begin_phase(self) -> None:
        """Measure what the hook costs that has just begun."""
        self.note_ends()
        if self._usage is not None:
            self._usage.begin()

    def note_ends(self) -> None:
        """Note the results of finished requests, and what the last hook has cost. Nothing needs to wait for it."""
        finished, self._finished = self._finished, []
        for request in finished:
            assert request.outcome is not None
            code, message = request.outcome.exit_code, request.outcome.message
            self.note("result", request=request.stream_id, exit_code=code, message=message)
        ended, self._ended = self._ended, None
        if ended is not None and self._usage is not None:
            self.note("usage", hook=ended.hook, task_id=ended.task_id, **self._usage.end())

    def application_ended(self, peak_memory: int | None) -> None:
        """Count an ended application to what the hook in flight costs.

        Args:
            peak_memory: The most bytes in RAM that it had; None if unknown.
        """
        if self._usage is not None:
            self._usage.application_ended(peak_memory)

    def publish(self) -> None:
        """Put the taken records on the stream."""
        while True:
            try:
                record = self._records.get_nowait()
            except queue.Empty:
                break
            self._emitter.record(record)

    def send_due(self) -> None:
        """Put held messages that are due on the stream."""
        self._emitter.pace.send_due()

    def next_due(self) -> float | None:
        """Return the clock reading at which ``send_due`` has a message to send, or None."""
        return self._emitter.pace.next_due()

    def close(self) -> None:
        """Put the last records and the held messages on the stream: nothing serves the session anymore."""
        try:
            self.publish()
            self.note_ends()
        except BaseException as error:  # noqa: BLE001  nothing is left that could react to it
            self.defect(error)
        self._emitter.pace.on_hold = None
        self._emitter.pace.send_all()

    def begin(self, request: SessionRequest) -> None:
        """Begin a request's part of the stream."""
        self._emitter.pace.forget()
        self._emitter.stream.begin(request.stream_id)
        self.publish()

    def finish(self, request: SessionRequest, state: str) -> None:
        """End a request's part of the stream with its result.

        Args:
            request: The request, with its outcome.
            state: The state of the lifecycle.
        """
        self.publish()
        self._emitter.pace.send_all()
        assert request.outcome is not None
        outcome = request.outcome
        self._emitter.stream.end(request.stream_id, Result(outcome.exit_code, outcome.message, state))
        self._finished.append(request)

    def error(self, error: BaseException) -> None:
        """Log what an author's code raised: the traceback, unless it is an error of the runtime's that says it all."""
        cause = error.__cause__ if isinstance(error, ConstructorError) else error
        if cause is None or isinstance(cause, AdaptorRuntimeError):
            self._emitter.log("ERROR", describe_error(error))
        else:
            self._emitter.log("ERROR", author_traceback(cause))

    def defect(self, error: BaseException) -> None:
        """Log a defect of the runtime: the first one with its traceback, a few more in one line, then no more.

        It raises nothing: what failed may be what logs.
        """
        self._defects += 1
        if self._defects > DEFECTS:
            return
        for tell in (self._log_defect, self._note_defect):
            try:
                tell(error)
            except BaseException:  # noqa: BLE001, S112  there is nowhere left to tell it
                continue

    def _log_defect(self, error: BaseException) -> None:
        text = f"a defect of the runtime: {describe_error(error)}"
        if self._defects == 1:
            lines = traceback.format_exception(type(error), error, error.__traceback__)
            text = f"a defect of the runtime; stop and cleanup follow\n{''.join(lines)}".rstrip("\n")
        self._emitter.log("ERROR", text)

    def _note_defect(self, error: BaseException) -> None:
        self.note("defect", error=describe_error(error))

    def last_heard(self, what: str) -> float | None:
        """Return when there was ``"output"`` of an application, or ``"progress"``, last."""
        return self._emitter.last_heard.get(what)

    def log(self, level: str, text: str) -> None:
        """Log ``text``, which may have several lines."""
        self._emitter.log(level, text)
