"""Run one adaptor through its lifecycle.

The thread that calls :meth:`AdaptorRunner.wait` or :meth:`AdaptorRunner.serve` is the only one that touches the
session; every other thread, and a signal handler, puts events into the inbox. An error on that thread is a defect of
the runtime and ends the session: :class:`~adaptor_runtime.adaptors._session.rescue.Rescue` then stops and cleans up.

One role, one name::

    FrontendConnection, Foreground    ask
      AdaptorRunner                   puts in order; the daemon knows it as its Runner
        Session                       decides, and asks the Lifecycle
          AdaptorHost                 acts; the session knows it as its Effects
            the adaptor               in its hooks
        Transcript                    reports: Emitter to the Stream (Spool or PrintQueue), and Journal beside it
"""

from __future__ import annotations

import os
import queue
import time
from typing import TYPE_CHECKING, Any, Callable

from adaptor_runtime_client import __version__
from adaptor_runtime_client._messages import Snapshot

from ...ipc._own_process.signals import next_event
from ...ipc._processes.process_identity import start_time
from ...statemachine import AdaptorState, Lifecycle
from .._deadlines import Deadlines
from .._messages.redaction import redaction
from .._outcome import FAILED, Cause, Outcome, describe_error
from .adaptor_host import AdaptorHost
from .request import WORK, SessionRequest
from .rescue import Rescue
from .session import Session
from .transcript import Transcript

if TYPE_CHECKING:
    from ...statemachine import Record
    from .._adaptor import BaseAdaptor
    from .._messages.emitter import Emitter
    from .._messages.journal import Journal


_RESERVE = 2 * 1024 * 1024
"""Bytes that are given back when something has failed: the end of a session takes memory, too."""

_COMMANDS = 64  # to read for a status, which a client waits for: hundreds take longer than it waits
_ATTEMPTS = 3


class AdaptorRunner:
    """Run one adaptor through its lifecycle.

    Args:
        adaptor: The adaptor.
        factory: Makes the adaptor instead, on the hook thread and as the first part of start, so that a constructor
            that hangs or raises is handled like ``on_start``. The promises of the lifecycle to the adaptor hold from
            its return.
        after_construction: Called with the adaptor that the factory made; an error in it fails the start.
        emitter: Emits everything that happens. None, for a program of an author's: what a command would show is printed
            through ``sys.stdout``, and the runtime takes over neither the log nor the output of applications. To test
            an adaptor, use :func:`adaptor_runtime.testing.session`, which records all of it.
        deadlines: The limits of each phase.
        journal: Keeps the lifecycle records, and notes about other events; or the path of a file for them.
        check_run_data: Returns run data as the hook gets it, or raises an AdaptorRuntimeError, whose exit code the
            refused task gets.
        show_run_data: Returns run data for the journal, without its secrets; None to leave it out.
        before_cleanup: Called just before ``on_cleanup``.
        on_end: Called when the session is about to end: from then on nothing waits for a reader.
    """

    def __init__(
        self,
        adaptor: BaseAdaptor[Any] | None = None,
        *,
        factory: Callable[[], BaseAdaptor[Any]] | None = None,
        after_construction: Callable[[BaseAdaptor[Any]], object] | None = None,
        emitter: Emitter | None = None,
        deadlines: Deadlines | None = None,
        journal: Journal | str | os.PathLike[str] | None = None,
        check_run_data: Callable[[Any], Any] | None = None,
        show_run_data: Callable[[Any], Any] | None = None,
        before_cleanup: Callable[[], object] | None = None,
        on_end: Callable[[], object] | None = None,
    ) -> None:
        self.deadlines = deadlines or Deadlines()
        if emitter is None:
            emitter = _printing_emitter()
        if isinstance(journal, (str, os.PathLike)):
            journal = _journal_at(journal, "" if adaptor is None else type(adaptor).__name__)
        self._transcript = Transcript(emitter, journal)
        self.lifecycle = Lifecycle(on_record=self._transcript.take)
        self._check_run_data = check_run_data
        self._show_run_data = show_run_data
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._host = AdaptorHost(
            self.lifecycle,
            self._transcript,
            self.post,
            deadlines=self.deadlines,
            factory=factory,
            after_construction=after_construction,
            before_cleanup=before_cleanup,
            on_end=on_end,
        )
        self._session: Session | Rescue = Session(self.lifecycle, self._host, self.deadlines, time.monotonic)
        self._requests: list[SessionRequest] = []
        self._observer_has_failed = False
        self._reserve = bytes(_RESERVE)
        self._host.open(self._session, adaptor)
        emitter.pace.on_hold = lambda: self.post(_do_nothing)  # only to make `_step` check when it is due
        self._number = 0
        self._began = time.monotonic()
        self._start_request: SessionRequest | None = None

    # Called from any thread.

    def start(self, stream_id: str = "start") -> SessionRequest:
        """Request ``on_start``. If it fails or is canceled, stop and cleanup follow automatically."""
        request = SessionRequest(stream_id)
        self._start_request = self._start_request or request
        return self._ask(request, lambda: self._session.start(request))

    def run(self, run_data: Any, task_id: str | None = None) -> SessionRequest:
        """Request ``on_run`` with ``run_data``; data that does not fit the adaptor's schema is refused at once."""
        self._number += 1
        task_id = task_id or f"task-{self._number}"
        request = SessionRequest(task_id, task_id)
        try:
            given = run_data
            if self._check_run_data is not None:
                run_data = self._check_run_data(run_data)
            if self._show_run_data is not None:
                self.note_run_data(request, self._show_run_data(given))
        except Exception as error:  # noqa: BLE001  a defect of the check must not fail more than this task
            refusal = Outcome(getattr(error, "exit_code", FAILED), describe_error(error))
            return self._ask(request, lambda: self._session.reject(request, refusal))
        return self._ask(request, lambda: self._session.run(request, run_data))

    def stop(self, seconds: float | None = None, stream_id: str = "stop") -> SessionRequest:
        """Request the end of the session, which is possible in every state.

        Args:
            seconds: Time limit for everything.
            stream_id: The part of the ordered stream that shows it.
        """
        request = SessionRequest(stream_id)
        return self._ask(request, lambda: self._session.stop(request, seconds))

    def cancel(self, cause: Cause | str, seconds: float | None = None, task_id: str | None = None) -> None:
        """Request a cancel. A signal handler may call it.

        Args:
            cause: Why. A text is shown; the name of a signal counts as that signal.
            seconds: How long the hook in flight has before it is abandoned.
            task_id: The task to cancel; None for the task in flight, or the idle session.
        """
        why = Cause.named(cause) if isinstance(cause, str) else cause
        self.post(lambda: self._session.cancel(why, self._cancel_seconds(seconds), task_id))

    def _cancel_seconds(self, seconds: float | None) -> float | None:
        """Return how long a cancel may take: a scheduler may give a hook in flight less than its deadline, not more."""
        in_flight = self.lifecycle.in_flight
        if seconds is None or in_flight is None or in_flight.hook not in WORK:
            return seconds
        return min(seconds, self.deadlines.cancel)

    def note(self, what: str, **fields: Any) -> None:
        """Note an event in the journal that is not a lifecycle record, such as a signal."""
        self._transcript.note(what, **fields)

    def note_run_data(self, request: SessionRequest, data: Any) -> None:
        """Note the run data of a task in the journal.

        Args:
            request: The task.
            data: Its run data, without secrets, as JSON values.
        """
        self._transcript.note("run data", task_id=request.task_id, data=data)

    def post(self, action: Callable[[], object]) -> None:
        """Pass ``action`` to the thread that serves the session, which calls it after earlier ones."""
        self._inbox.put(action)

    def status(self) -> Snapshot:
        """Return the current status and the history."""
        facts, now = self.lifecycle.facts(), time.monotonic()
        latest = self._transcript.latest
        in_flight = None
        if facts.in_flight is not None:
            in_flight = {**facts.in_flight.to_dict(), "seconds": now - facts.in_flight.since}
        elif (since := self._session.on_cancel_since) is not None:  # it may outlast the task
            in_flight = {"hook": "on_cancel", "task_id": None, "seconds": now - since}
        history = self.lifecycle.history
        moved = next((record.time for record in reversed(history) if record.kind == "transition"), self._began)
        return Snapshot(
            state=str(facts.state),
            stop_owed=facts.stop_owed,
            in_flight=in_flight,
            history=[record.to_dict() for record in history],
            pid=os.getpid(),
            release=__version__,
            adaptor=self._host.adaptor_name,
            applications=[record.to_dict() for record in self._host.application_records()],
            state_seconds=now - moved,
            progress=latest.progress,
            status_message=latest.status,
            output=latest.to_dict(),
            limits=self._limits(now),
            journal=self._transcript.journal_path,
            commands=_commands(),
        )

    def _limits(self, now: float) -> list[dict[str, Any]]:
        dues = self._session.dues()
        return [
            {"name": name, "seconds": seconds, "left": dues[name] - now if name in dues else None}
            for name, seconds in self.deadlines.to_dict().items()
        ]

    @property
    def records(self) -> list[Record]:
        """The latest records of the lifecycle and of the lives of the applications, in order."""
        return sorted([*self.lifecycle.history, *self._host.application_records()], key=lambda record: record.time)

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle."""
        return self.lifecycle.state

    @property
    def start_outcome(self) -> Outcome | None:
        """How the start ended; None until it has."""
        return self._start_request.outcome if self._start_request else None

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled or lost an application, if so: the first cause counts."""
        return self._session.cause

    @property
    def end_failure(self) -> Outcome | None:
        """What went wrong first while the session ended, if anything did."""
        return self._session.end_failure

    # Called by the one thread that serves the session.

    def load_after_start(self, load: Callable[[], object]) -> None:
        """Call ``load``, which must not raise, once the start has its outcome, before any other hook."""
        self._host.load_after_start(load)

    def wait(self, request: SessionRequest) -> Outcome:
        """Serve the session until ``request`` has its outcome."""
        while request.outcome is None:
            self._step()
            session = self._session
            if isinstance(session, Rescue) and session.is_over and (session.is_given_up or self._inbox.empty()):
                request.outcome = request.outcome or session.outcome
        return request.outcome

    def serve(self) -> None:
        """Serve the session until it is over."""
        while not self._session.is_over:
            self._step()

    def close(self) -> None:
        """End the remaining applications and the hook thread."""
        self._host.close()
        self._transcript.close()

    def wait_cancel_ended(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until ``on_cancel`` is not in flight; return whether it is not. For any thread."""
        return self._host.wait_cancel_ended(seconds)

    def join(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until the hook thread has ended, after ``close``; return whether it has."""
        return self._host.join(seconds)

    # Inside.

    def _ask(self, request: SessionRequest, action: Callable[[], object]) -> SessionRequest:
        def accept() -> None:
            self._requests = [*(one for one in self._requests if not one.is_finished), request]
            action()

        self.post(accept)
        return request

    def _step(self) -> None:
        for part in (self._act, self._transcript.publish, self._transcript.send_due):
            try:
                part()
            except BaseException as error:  # noqa: BLE001  in any case the adaptor is owed its stop and its cleanup
                self._reserve = b""  # perhaps there is no memory left
                self._take_over_at_last(error)

    def _act(self) -> None:
        dues = (self._session.next_due(), self._transcript.next_due())
        try:
            action = next_event(self._inbox, min((due for due in dues if due is not None), default=None))
        except queue.Empty:
            self._session.tick()
        else:
            action()
        error = self.lifecycle.observer_error
        if error is not None and not self._observer_has_failed:
            self._observer_has_failed = True
            raise error

    def _take_over_at_last(self, error: BaseException) -> None:
        """Take the session over, however often that fails at first: memory may be short for a while."""
        for _ in range(_ATTEMPTS):
            try:
                self._take_over(error)
            except BaseException:  # noqa: BLE001, S112
                continue
            else:
                return

    def _take_over(self, error: BaseException) -> None:
        """Continue after a defect: a simpler object brings the session to its end."""
        self._transcript.defect(error)
        if isinstance(self._session, Rescue):
            self._session.fail(error)
        else:
            self._session = self._host.session = Rescue(self._session.remains(), error, self._requests)


def _printing_emitter() -> Emitter:
    from .._messages.emitter import Emitter
    from .._messages.printed_stream import PrintedStream

    return Emitter(PrintedStream())


def _journal_at(path: str | os.PathLike[str], adaptor: str) -> Journal:
    from .._messages.journal import Journal

    journal = Journal(os.fspath(path))
    journal.begin(pid=os.getpid(), start_time=start_time(os.getpid()), release=__version__, adaptor=adaptor)
    return journal


def _do_nothing() -> None:
    """Do nothing: the event itself wakes the thread."""


def _commands() -> dict[str, str]:
    """Return the command lines of processes of the session, without the secrets that this process knows."""
    from ...ipc._processes import usage

    try:
        told = usage.commands(os.getpid(), redaction.hide, _COMMANDS)
        return {str(pid): command for pid, command in told.items()}
    except (OSError, ImportError):  # no file descriptor is left
        return {}
