"""Carry out a session's decisions: the hook thread, the thread of ``on_cancel``, the waiting, the applications.

The thread that calls :meth:`AdaptorRunner.wait` or :meth:`AdaptorRunner.serve` is the only one that touches the
session; every other thread, and a signal handler, puts what happened into the inbox. So there is one order of events
and no lock around
a hook.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from adaptor_runtime_client import __version__
from adaptor_runtime_client._messages import Result, Snapshot

from ..ipc._signals import next_event
from ..statemachine import AdaptorRuntimeError, AdaptorState, Lifecycle
from ._deadlines import Deadlines
from ._emitter import Emitter, author_traceback, log
from ._outcome import Cause, Outcome, TaskCanceledError, describe_error
from ._session import Call, Request, Session
from .processes import _registry as registry

if TYPE_CHECKING:
    from ..statemachine import Record
    from ._adaptor import BaseAdaptor

    Hook = Callable[[], object]

TERMINATE_GRACE = 2.0
"""Seconds between TERM and KILL for an application that is still there when the session is over."""

FLUSH_SECONDS = 5.0
"""How long the end of a hook waits for the lines that an application had printed before it."""


class ConstructorError(AdaptorRuntimeError):
    """The adaptor's constructor raised; the exception is the cause of this one."""


class _HookThread:
    """One thread that calls hooks in order. One whose hook does not end is left behind and replaced."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Hook | None] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="hooks", daemon=True).start()

    def _serve(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                return
            work()

    def call(self, work: Hook) -> None:
        self._work.put(work)

    def close(self) -> None:
        self._work.put(None)


class AdaptorRunner:
    """Run one adaptor through its lifecycle.

    Args:
        adaptor: The adaptor.
        factory: Makes the adaptor instead, on the hook thread and as the first part of start, so that a
            constructor that hangs or raises is dealt with like ``on_start``. The lifecycle's promises to the adaptor
            count from its return.
        emitter: Where everything that happens is told.
        deadlines: The limits of each phase.
        on_record: Called with each lifecycle record beside the stream, for a journal.
        check_run_data: Raises an AdaptorRuntimeError for run data that a task is refused for, with its exit code.
    """

    def __init__(
        self,
        adaptor: BaseAdaptor[Any] | None = None,
        *,
        factory: Callable[[], BaseAdaptor[Any]] | None = None,
        emitter: Emitter,
        deadlines: Deadlines | None = None,
        on_record: Callable[[Record], None] | None = None,
        check_run_data: Callable[[Any], None] | None = None,
    ) -> None:
        self.deadlines = deadlines or Deadlines()
        self.lifecycle = Lifecycle(on_record=self._take_record)
        self._adaptor = adaptor
        self._factory = factory
        self._emitter = emitter
        self._on_record = on_record
        self._check_run_data = check_run_data
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._records: queue.SimpleQueue[Record] = queue.SimpleQueue()
        self._session = Session(self.lifecycle, self, self.deadlines, time.monotonic)
        self._hooks = _HookThread()
        self._callback_has_failed = False
        self._number = 0
        self._start_request: Request | None = None
        if adaptor is not None:
            adaptor.bind(self)
        registry.subscribe(self)

    # Asked from any thread.

    def start(self, segment_id: str = "start") -> Request:
        """Ask for ``on_start``. When it fails or is canceled, stop and cleanup follow by themselves."""
        request = Request(segment_id)
        self._start_request = self._start_request or request
        return self._ask(request, self._session.start)

    def run(self, run_data: Any, task_id: str | None = None) -> Request:
        """Ask for ``on_run`` with ``run_data``; data that does not fit the adaptor's schema is refused at once."""
        self._number += 1
        task_id = task_id or f"task-{self._number}"
        request = Request(task_id, task_id)
        try:
            if self._check_run_data is not None:
                self._check_run_data(run_data)
        except AdaptorRuntimeError as error:
            refusal = Outcome(error.exit_code, str(error))
            return self._ask(request, lambda request: self._session.reject(request, refusal))
        return self._ask(request, lambda request: self._session.run(request, run_data))

    def stop(self, seconds: float | None = None, segment_id: str = "stop") -> Request:
        """Ask for the end of the session, which is granted in every state.

        Args:
            seconds: How long it may take in all.
            segment_id: The part of the ordered stream that shows it.
        """
        return self._ask(Request(segment_id), lambda request: self._session.stop(request, seconds))

    def cancel(self, cause: Cause, seconds: float | None = None, task_id: str | None = None) -> None:
        """Ask for a cancel; may be called by a signal handler.

        Args:
            cause: Why.
            seconds: How long the hook in flight has before it is abandoned.
            task_id: The task that is meant; None for whatever is in flight, or the idle session.
        """
        self.post(partial(self._session.cancel, cause, seconds, task_id))

    def cancel_for(self, cause: str, seconds: float | None, task_id: str | None) -> None:
        """Ask for a cancel for a cause that another process names; the name of a signal stands for the signal."""
        self.cancel(Cause.named(cause), seconds, task_id)

    def post(self, action: Callable[[], object]) -> None:
        """Have ``action`` called by the thread that serves the session, after what was posted before."""
        self._inbox.put(action)

    def status(self) -> Snapshot:
        """Return what is true now and how it came to be."""
        facts = self.lifecycle.facts()
        in_flight = None
        if facts.in_flight is not None:
            in_flight = {**facts.in_flight.to_dict(), "seconds": time.monotonic() - facts.in_flight.since}
        return Snapshot(
            state=str(facts.state),
            stop_owed=facts.stop_owed,
            in_flight=in_flight,
            history=[record.to_dict() for record in self.lifecycle.history],
            pid=os.getpid(),
            release=__version__,
        )

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle."""
        return self.lifecycle.state

    @property
    def start_outcome(self) -> Outcome | None:
        """How the start ended; None until it has."""
        return self._start_request.outcome if self._start_request else None

    # Called by the one thread that serves the session.

    def wait(self, request: Request) -> Outcome:
        """Serve the session until ``request`` has its outcome."""
        while request.outcome is None:
            self._step()
        return request.outcome

    def serve(self) -> None:
        """Serve the session until it is over."""
        while not self._session.is_over:
            self._step()

    def close(self) -> None:
        """End what applications are left, and the hook thread."""
        for process in registry.live():
            process.terminate(grace_time_s=TERMINATE_GRACE)
        registry.unsubscribe(self)
        self._hooks.close()

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled, if it was."""
        return self._session.cause

    # Reported by applications, from their threads.

    def process_ended(self, process: Any) -> None:
        """Take note that an application exited; it is a loss where the adaptor declared it."""
        adaptor = self._adaptor
        if adaptor is not None and adaptor.is_declared(process):
            self.post(partial(self._session.application_lost, f"the application {process.failure}"))

    def callback_failed(self, _process: Any, error: BaseException) -> None:
        """Take note that a callback on an application's output raised: the first one since the last hook was called.

        A callback that raises may do so for every line.
        """
        if self._callback_has_failed:
            return
        self._callback_has_failed = True
        self._log_error(error)
        self.post(partial(self._session.callback_failed, error))

    # The effects of a session.

    def call_hook(self, call: Call) -> None:
        """Call a hook on the hook thread."""
        self._publish()
        self._callback_has_failed = False
        if self._adaptor is not None:
            self._adaptor.expectations.reset()
        self._hooks.call(partial(self._call, call))

    def _call(self, call: Call) -> None:
        error: BaseException | None = None
        try:
            self._call_adaptor(call)
        except BaseException as raised:  # noqa: BLE001  whatever a hook raises, SystemExit too, is its failure
            error = raised
        registry.flush_all(FLUSH_SECONDS)
        self.post(partial(self._session.hook_ended, call, error))

    def _call_adaptor(self, call: Call) -> None:
        if self._adaptor is None:
            if call.hook != "on_start":
                return  # its constructor did not return: nothing is owed to it
            self._construct()
        hook = getattr(self._adaptor, call.hook)
        if call.hook == "on_run":
            hook(call.argument)
        else:
            hook()

    def _construct(self) -> None:
        assert self._factory is not None
        try:
            adaptor = self._factory()
        except BaseException as error:
            raise ConstructorError(f"the adaptor's constructor raised {describe_error(error)}") from error
        adaptor.bind(self)
        self._adaptor = adaptor
        if self.lifecycle.state is not AdaptorState.IDLE:
            message = "canceled while the adaptor was constructed; on_start is not called"
            raise TaskCanceledError(message)

    def call_on_cancel(self) -> None:
        """Call ``on_cancel`` on a thread of its own."""
        adaptor = self._adaptor  # one whose constructor has not returned yet is told by not calling on_start
        self._publish()
        threading.Thread(target=self._cancel, args=(adaptor,), name="on_cancel", daemon=True).start()

    def _cancel(self, adaptor: BaseAdaptor[Any] | None) -> None:
        try:
            if adaptor is not None:
                adaptor.on_cancel()
        except BaseException as error:  # noqa: BLE001
            log().error("on_cancel failed", error=describe_error(error))
            self._log_error(error)
        self.post(self._session.on_cancel_ended)

    def interrupt(self, error: BaseException) -> None:
        """Make what the adaptor waits for fail."""
        if self._adaptor is not None:
            self._adaptor.expectations.fail(error)

    def terminate_applications(self) -> None:
        """Ask each application to end."""
        self._end_applications(TERMINATE_GRACE)

    def kill_applications(self) -> None:
        """End each application's process group."""
        self._end_applications(0)

    def _end_applications(self, grace: float) -> None:
        for process in registry.live():
            threading.Thread(target=process.terminate, args=(grace,), name="terminate", daemon=True).start()

    def abandon(self, call: Call) -> None:
        """Leave a hook that does not end behind, with a dump of all threads in the log."""
        self._publish()
        log().error("abandoned", hook=call.hook, seconds=time.monotonic() - call.in_flight.since)
        self._emitter.log("ERROR", dump_of_threads())
        self._hooks.close()
        self._hooks = _HookThread()

    def report(self, call: Call, error: BaseException, *, expected: bool) -> None:
        """Log what a hook raised: its traceback where it is a bug of the author's, one line where a cancel made it."""
        self._publish()
        if expected or isinstance(error, TaskCanceledError):
            log().info("interrupted", hook=call.hook, error=describe_error(error))
        elif error is not call.error:  # a callback's traceback is in the log already
            self._log_error(error)

    def begin(self, request: Request) -> None:
        """Begin a request's part of the stream."""
        self._emitter.stream.begin(request.segment_id)
        self._publish()

    def finish(self, request: Request) -> None:
        """End a request's part of the stream with its result."""
        self._publish()
        assert request.outcome is not None
        outcome = request.outcome
        result = Result(outcome.exit_code, outcome.message, str(self.lifecycle.state))
        self._emitter.stream.end(request.segment_id, result)

    # Inside.

    def _ask(self, request: Request, action: Callable[[Request], None]) -> Request:
        self.post(lambda: action(request))
        return request

    def _step(self) -> None:
        try:
            action = next_event(self._inbox, self._session.next_due())
        except queue.Empty:
            self._session.tick()
        else:
            action()
        self._publish()

    def _take_record(self, record: Record) -> None:
        if self._on_record is not None:
            self._on_record(record)
        self._records.put(record)

    def _publish(self) -> None:
        while True:
            try:
                record = self._records.get_nowait()
            except queue.Empty:
                return
            self._emitter.record(record)

    def _log_error(self, error: BaseException) -> None:
        cause = error.__cause__ if isinstance(error, ConstructorError) else error
        text = (
            describe_error(error)
            if isinstance(cause, AdaptorRuntimeError) or cause is None
            else author_traceback(cause)
        )
        self._emitter.log("ERROR", text)


def dump_of_threads() -> str:
    """Return the Python stack of each thread of this process."""
    import faulthandler
    import tempfile

    with tempfile.TemporaryFile("w+b") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        return file.read().decode("utf-8", "backslashreplace").rstrip("\n")
