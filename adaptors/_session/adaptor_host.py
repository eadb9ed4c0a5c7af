"""Carry out what a session decides: call the adaptor's hooks on separate threads, and end its applications.

Events on those threads are posted to the thread that serves the session, so events have one order and no lock surrounds
a hook.
"""

from __future__ import annotations

import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from ...ipc._application.observed_error import forget_observed, is_observed
from ...ipc._own_process.plain_call import call_plainly
from ...ipc._own_process.process_guard import ProcessGuard
from ...ipc._own_process.runtime_thread import RuntimeThread
from ...ipc._processes.process_identity import start_time
from ...statemachine import AdaptorState
from .._adaptor import data_class
from .._messages.own_log import log
from .._messages.redaction import redaction
from .._outcome import ConstructorError, TaskCanceledError, describe_error
from ..processes import _registry as registry
from ..processes._behalf import on_behalf_of
from .cancel_time import until_kill
from .hook_error import settle as settle_error
from .hook_thread import HookThread, OwnProcess, dump_of_threads
from .private_state import private_state, set_serving
from .transcript import says_it_all

if TYPE_CHECKING:
    from typing import Callable

    from ...ipc._processes.process_usage import ProcessUsage
    from ...statemachine import Lifecycle, Record
    from .._adaptor import BaseAdaptor
    from .._deadlines import Deadlines
    from .._outcome import Cause
    from .request import HookCall, SessionRequest
    from .rescue import Rescue
    from .session import Session
    from .transcript import Transcript

    Factory = Callable[[], BaseAdaptor[Any]]

TERMINATE_GRACE = 2.0
"""Seconds between TERM and KILL for an application that still runs when the session is over."""

FLUSH_SECONDS = 5.0
"""How long the end of a hook waits for lines that an application printed before it."""

LAST_FLUSH_SECONDS = 1.0
"""The same where the session ends: it counts for the deadline of the hook, and a callback may be stuck."""

DELIVERY_SECONDS = 10.0
"""How long callbacks may process the last output of ended applications, if so much time is left."""

ENDING_SECONDS = 6.0
"""How long a failed hook waits for applications whose end was requested: as long as a failed callback gives them."""

_CALL_ON_RUN = "_BaseAdaptor__call_on_run"
"""The method of an adaptor that calls ``on_run``, with whatever belongs around it."""

_RECURSION_LIMIT = 1000
"""The least that the runtime needs; it is what Python begins with."""

_THE_END = "the end of the session"

_MEGABYTE = 1024 * 1024


class AdaptorHost:
    """The effects of a session on one adaptor.

    Args:
        lifecycle: The lifecycle of the session.
        transcript: Records everything that happens.
        post: Passes an action to the thread that serves the session.
        deadlines: The limits of each phase.
        factory: Makes the adaptor, on the hook thread, as the first part of start.
        after_construction: Called with the new adaptor, whose cleanup is owed from then on. An error in it fails the
            start.
        before_cleanup: Called just before ``on_cleanup``.
        on_end: Called when the session is about to end: from then on nothing waits for a reader.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        transcript: Transcript,
        post: Callable[[Callable[[], object]], None],
        *,
        deadlines: Deadlines,
        factory: Factory | None,
        after_construction: Callable[[BaseAdaptor[Any]], object] | None = None,
        before_cleanup: Callable[[], object] | None = None,
        on_end: Callable[[], object] | None = None,
    ) -> None:
        self._lifecycle = lifecycle
        self._transcript = transcript
        self._post = post
        self.deadlines = deadlines
        self._factory = factory
        self._after_construction = after_construction
        self._before_cleanup = before_cleanup
        self._on_end = on_end or (lambda: None)
        self._adaptor: BaseAdaptor[Any] | None = None
        self._session: Session | Rescue | None = None
        self._hooks = HookThread()
        self._load: Callable[[], object] | None = None
        self._process = OwnProcess()
        self._guard = ProcessGuard(lambda text: self._post(lambda: self.session.application_lost(text)))
        self._callback_error: BaseException | None = None
        self._cancel_ended = threading.Event()
        self._cancel_ended.set()
        self._ended_before: list[Any] = []
        """The applications that ended before the adaptor's constructor had returned."""

    def open(self, session: Session, adaptor: BaseAdaptor[Any] | None) -> None:
        """Start serving a session, with an adaptor if one already exists."""
        self._session = session
        if adaptor is not None:
            self._take(adaptor)
        self._hooks.start()
        registry.subscribe(self)
        self._guard.install()  # last: a session that fails to begin leaves nothing in the place of others

    def load_after_start(self, load: Callable[[], object]) -> None:
        """Call ``load``, which must not raise, on the hook thread once the start has its outcome.

        So it delays neither the answer nor a hook in flight; the next hook waits for it.
        """
        self._load = load

    def close(self) -> None:
        """End the remaining applications and the hook thread."""
        registry.end_all(TERMINATE_GRACE, _THE_END, LAST_FLUSH_SECONDS)
        application = None if self._adaptor is None else private_state(self._adaptor).application
        if application is not None:
            application.clean_up()  # an author's on_cleanup may have left that out
        if self._adaptor is not None:
            private_state(self._adaptor).remove_directory()
        registry.unsubscribe(self)
        set_serving(None)
        self._hooks.close()
        self._guard.remove()

    def join(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until the hook thread has ended, after ``close``; return whether it has.

        The thread of an abandoned hook is not waited for.
        """
        return self._hooks.join(seconds)

    @property
    def session(self) -> Session | Rescue:
        """The session that this object serves. On other threads, use it only in a posted action: it may be replaced."""
        assert self._session is not None
        return self._session

    @session.setter
    def session(self, session: Session | Rescue) -> None:
        self._session = session

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle."""
        return self._lifecycle.state

    @property
    def adaptor_name(self) -> str:
        """The class name of the adaptor; empty before it exists."""
        return "" if self._adaptor is None else type(self._adaptor).__name__

    def _take(self, adaptor: BaseAdaptor[Any]) -> None:
        own = private_state(adaptor)
        own.take(self)
        set_serving(own)
        self._adaptor = adaptor
        for process in self._ended_before:
            self._tell(adaptor, process)
        self._ended_before.clear()

    # The effects of a session.

    def call_hook(self, call: HookCall) -> None:
        """Call a hook on the hook thread, even if announcing it fails."""
        try:
            self._announce(call)
        except BaseException as error:  # noqa: BLE001
            self._post(partial(_raise, error))
        self._callback_error = None
        if self._adaptor is not None:
            private_state(self._adaptor).expectations.begin_hook(is_work=call.is_work)
        self._hooks.call(partial(self._call, call))
        self._post(self._transcript.begin_phase)

    def _announce(self, call: HookCall) -> None:
        if not call.is_work:
            self._on_end()
        self._transcript.publish()
        if call.hook == "on_start" or (not call.is_work and self._adaptor is not None):  # a task has a record for that
            self._transcript.note("hook begins", hook=call.hook)
        if call.hook == "on_cleanup" and self._before_cleanup is not None:
            self._before_cleanup()

    def _call(self, call: HookCall) -> None:
        error: BaseException | None = None
        try:
            self._guard.expect_here()
            self._call_adaptor(call)
        except BaseException as raised:  # noqa: BLE001  anything that a hook raises, even SystemExit, is its failure
            error = raised
        _restore_recursion_limit()
        self._process.end_child(error)
        try:
            error = self._settle(call, error)
        except BaseException as failure:  # noqa: BLE001  the hook has ended anyway
            self._post(partial(_raise, failure))
        error = None if error is None else settle_error(error)
        call.has_ended, call.raised = True, error  # recorded here, at once: reporting to the session may fail
        try:
            registry.flush_all(FLUSH_SECONDS if call.is_work else LAST_FLUSH_SECONDS)
            if error is not None and call.is_work:
                registry.wait_ending(ENDING_SECONDS)  # the next task must not find an application that is about to end
        except BaseException as failure:  # noqa: BLE001
            self._post(partial(_raise, failure))
        self._post(lambda: self.session.hook_ended(call, error))

    def _settle(self, call: HookCall, error: BaseException | None) -> BaseException | None:
        """End the waits of the hook; return its error, or an unobserved error of one of its actions."""
        if self._adaptor is not None:
            expectations = private_state(self._adaptor).expectations
            if error is None:
                error = expectations.settle_actions()
            expectations.end_hook(has_failed=error is not None)
        return error

    def _call_adaptor(self, call: HookCall) -> None:
        if self._adaptor is None:
            if call.hook != "on_start":
                call.is_skipped = True
                return
            self._construct()
        if call.hook == "on_run":
            getattr(self._adaptor, _CALL_ON_RUN)(self._run_data(call.argument))
        else:
            call_plainly(call.hook, getattr(self._adaptor, call.hook))

    def _run_data(self, data: Any) -> Any:
        """Return run data as the adaptor declares it; the check of a request has usually done so already."""
        if data_class(type(self._adaptor), "RunData") is None:
            return data
        from .._typed_data.adoption import run_data_of

        return run_data_of(self._adaptor, data)

    def _construct(self) -> None:
        assert self._factory is not None
        try:
            adaptor = self._factory()
        except BaseException as error:
            raise ConstructorError(f"the adaptor's constructor raised {describe_error(error)}") from error
        self._take(adaptor)
        if self._after_construction is not None:
            self._after_construction(adaptor)
        if self.state is not AdaptorState.IDLE:
            raise TaskCanceledError("canceled during construction of the adaptor; on_start is not called")

    def call_on_cancel(self, seconds: float) -> None:
        """Call ``on_cancel`` on a separate thread; the applications that it ends have ``seconds`` for that."""
        self._on_end()
        self._cancel_ended.clear()
        adaptor = self._adaptor  # if its constructor has not returned yet, on_start is not called
        self._transcript.publish()
        RuntimeThread(target=self._cancel, args=(adaptor, time.monotonic() + seconds), name="on_cancel").start()

    def _cancel(self, adaptor: BaseAdaptor[Any] | None, until: float) -> None:
        try:
            if adaptor is not None:
                private_state(adaptor).expectations.begin_cancel()
                with on_behalf_of(self._asked_by(), until):
                    call_plainly("on_cancel", adaptor.on_cancel)
        except BaseException as error:  # noqa: BLE001
            self._process.end_child(error)
            self._post(partial(self._report_on_cancel, settle_error(error)))
        finally:
            if adaptor is not None:
                private_state(adaptor).expectations.end_cancel()
        self._process.end_child()
        self._post(self._on_cancel_ended)

    def _on_cancel_ended(self) -> None:
        self._cancel_ended.set()
        self.session.on_cancel_ended()

    def wait_cancel_ended(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until ``on_cancel`` is not in flight; return whether it is not."""
        return self._cancel_ended.wait(seconds)

    def _report_on_cancel(self, error: BaseException) -> None:
        log().error("on_cancel failed", error=describe_error(error))
        self._transcript.error(error)

    def interrupt(self, error: BaseException) -> None:
        """Make the waits of the adaptor fail."""
        if self._adaptor is not None:
            private_state(self._adaptor).expectations.fail(error)

    def terminate_applications(self, seconds: float) -> None:
        """Ask each application to end that was not asked yet, and kill them after ``seconds``."""
        self._start_ending(seconds)

    def kill_applications(self) -> None:
        """End each application's process group."""
        self._start_ending(0)

    def _start_ending(self, grace: float) -> None:
        asked_by = self._asked_by()
        for process in registry.live():
            RuntimeThread(target=process.end_on_behalf, args=(grace, asked_by), name="terminate").start()

    def _asked_by(self) -> str:
        cause = self.session.cause
        return "the runtime" if cause is None else cause.text

    def end_applications(self, seconds: float) -> None:
        """End the applications that the hooks left, in parallel, and their independent children."""
        if registry.is_empty():
            self.session.applications_ended()
            return
        self._transcript.publish()
        RuntimeThread(target=self._end_applications, args=(seconds,), name="end").start()

    def _end_applications(self, seconds: float) -> None:
        grace = min(TERMINATE_GRACE, seconds / 2)
        patience = min(DELIVERY_SECONDS, seconds - grace)
        try:
            registry.end_all(grace, _THE_END, patience, most=until_kill(seconds))
        finally:
            self._post(lambda: self.session.applications_ended())  # noqa: PLW0108  the session may change meanwhile

    def last_heard(self, what: str) -> float | None:
        """Return the time of the last application output, or of the last progress message."""
        heard = [self._transcript.last_heard(what), registry.last_heard() if what == "output" else None]
        return max((when for when in heard if when is not None), default=None)

    def awaited(self) -> str:
        """Return what the hook in flight waits for, as a part of a sentence; empty if that is not known."""
        awaited = None if self._adaptor is None else private_state(self._adaptor).awaited
        return "" if awaited is None else str(awaited)

    def show_applications(self) -> None:
        """Log the processes of each application, their resource usage, and its last lines."""
        self._transcript.publish()
        for application in registry.live():
            try:
                from ...ipc._processes import usage

                for process in usage.of(application.processes()):
                    log().warning("process", **_shown(process))
            except (OSError, ImportError) as error:  # no file descriptor is left, not even for the import
                log().warning("cannot show the processes", pid=application.pid, error=describe_error(error))
            for line in application.last_lines:
                log().warning("last line", pid=application.pid, line=line)

    def abandon(self, call: HookCall) -> None:
        """Abandon a hook that does not end, and log a dump of all threads."""
        self._hooks.close()
        self._hooks = HookThread()
        self._hooks.start()
        self._transcript.publish()
        log().error("abandoned", hook=call.hook, seconds=time.monotonic() - call.in_flight.since)
        self._transcript.log("ERROR", dump_of_threads())

    def report(self, call: HookCall, error: BaseException, *, expected: bool) -> None:
        """Log the error of a hook: its traceback if it is a bug of the author's, one line if a cancel caused it.

        What the outcome of a start or a task says completely is not said before: neither is what the log has already.
        """
        self._transcript.publish()
        if expected or isinstance(error, TaskCanceledError):
            said, cause = describe_error(error), self.session.cause
            more = {} if cause is not None and said == cause.text else {"error": said}
            log().info("interrupted", hook=call.hook, **more)
        elif error is not self._callback_error and not (call.is_work and says_it_all(error)):
            self._transcript.error(error)

    def begin(self, request: SessionRequest) -> None:
        """Begin a request's part of the stream."""
        self._transcript.begin(request)

    def finish(self, request: SessionRequest) -> None:
        """End a request's part of the stream with its result."""
        self._transcript.finish(request, str(self.state))
        self._post(self._transcript.note_ends)
        load, self._load = self._load, None  # the first request of a session is its start
        if load is not None and self.state is AdaptorState.STARTED:
            self._hooks.call(load)

    # Reported by applications, on their threads.

    def process_started(self, process: Any) -> None:
        """Record that an application started."""
        self._transcript.note("process started", pid=process.pid, start_time=start_time(process.pid))
        if self._adaptor is not None:
            private_state(self._adaptor).expectations.application_started()

    def process_ended(self, process: Any) -> None:
        """Record that an application exited; it is a loss if the adaptor declared it and nobody requested the exit."""
        if self._adaptor is None:
            self._ended_before.append(process)
        else:
            self._tell(self._adaptor, process)
        self._note_end(process)
        self._log_end(process)

    def _note_end(self, process: Any) -> None:
        noted = {"pid": process.pid, "exit_code": process.returncode, "asked_by": process.asked_by or "nobody"}
        if process.peak_memory is not None:
            noted["peak_memory"] = process.peak_memory
        if process.returncode != 0 and process.asked_by is None:
            noted["last_lines"] = [redaction.hide(line) for line in process.last_lines]
        self._transcript.note("process ended", **noted)
        self._transcript.application_ended(process.peak_memory)

    def _tell(self, adaptor: BaseAdaptor[Any], process: Any) -> None:
        """Record the end of an application for the waits of the adaptor and, if it is declared, for the session."""
        message = f"the application {process.failure}"
        own = private_state(adaptor)
        if own.is_declared(process) and not process.was_dismissed:
            self._post(lambda: self.session.application_lost(message))
        own.expectations.application_ended(process)

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled or lost an application, if so. Any thread may read it."""
        return self.session.cause

    def application_lost(self, text: str) -> None:
        """Record that an application that the session depends on cannot serve it any more."""
        self._post(lambda: self.session.application_lost(text))

    def load_began(self) -> None:
        """Record that a task loads an application, which has the deadline of a start."""
        self._post(lambda: self.session.load_began())  # noqa: PLW0108  the session may change meanwhile

    def load_ended(self) -> None:
        """Record that it has done so."""
        self._post(lambda: self.session.load_ended())  # noqa: PLW0108  the same

    def declared_late(self, process: Any) -> None:
        """Record that an application was declared after it had exited; its end is already logged."""
        if not process.was_dismissed:
            self._post(lambda: self.session.application_lost(f"the application {process.failure}"))

    def _log_end(self, process: Any) -> None:
        expected = process.returncode == 0 or process.asked_by is not None
        write = log().info if expected else log().warning
        write(
            "application ended",
            pid=process.pid,
            application=process.args[0],
            how=process.exit_description,
            asked_by=process.asked_by or "nobody",
        )

    def application_moved(self, record: Record) -> None:
        """Record what happened in the life of an application, before what follows from it."""
        try:
            self._transcript.take(record)
        except BaseException as error:  # noqa: BLE001  a defect of the runtime, not of the application
            self._post(partial(_raise, error))
        self._post(self._transcript.publish)

    def application_records(self) -> list[Record]:
        """Return the latest records of the lives of the adaptor's applications, oldest first for each of them."""
        if self._adaptor is None:
            return []
        lives = list(private_state(self._adaptor).lives.values())
        return [record for life in lives for record in life.history]

    def callback_failed(self, _process: Any, error: BaseException) -> None:
        """Record that a callback on an application's output raised.

        A callback may raise for every line: errors after the first one count only once the author has seen the first.
        """
        if self._callback_error is not None and not is_observed(self._callback_error):
            return
        forget_observed(error)
        error = settle_error(error)
        self._callback_error = error
        self._post(lambda: self.session.callback_failed(error))
        self._transcript.error(error)  # at once: the author may catch it, and no hook may be in flight


def _shown(process: ProcessUsage) -> dict[str, object]:
    return {
        "pid": process.pid,
        "parent": process.parent,
        "status": process.state,
        "cpu_seconds": process.cpu_seconds,
        "memory_megabytes": process.resident_bytes // _MEGABYTE,
        "threads": process.threads,
        "command": process.command,
    }


def _restore_recursion_limit() -> None:
    """Undo what an author's code may have set so low that the runtime cannot work either."""
    if sys.getrecursionlimit() < _RECURSION_LIMIT:
        sys.setrecursionlimit(_RECURSION_LIMIT)


def _raise(error: BaseException) -> None:
    """Raise an error of another thread on the thread that serves the session."""
    raise error
