"""The running applications of this process, and the destination of their output.

One registry per process, because output belongs to the code that runs the process: the runtime sets its destination,
and learns when an application ends or a callback fails.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from ...ipc._application.applications import set_applications
from ...ipc._own_process.forked_child import in_forked_child
from ...ipc._own_process.runtime_thread import RuntimeThread
from ...ipc._stream import runtime_log

if TYPE_CHECKING:
    from typing import Callable

    from ._application import Application

    EmitOutput = Callable[[str, bytes], object]
    """Takes the name of a stream, ``stdout`` or ``stderr``, and a block of whole lines in UTF-8."""

    Flush = Callable[[float], bool]

_ENDED_KEPT = 8


class ProcessListener(Protocol):
    """Listen to events of applications, on the thread that reads their output: be quick, wait for nothing."""

    def process_started(self, process: Application) -> None:
        """The application started."""

    def process_ended(self, process: Application) -> None:
        """All output was emitted, ``returncode`` is known, and no ``wait`` has returned yet."""

    def callback_failed(self, process: Application, error: BaseException) -> None:
        """A handler or the output itself has failed, for the first time in this process."""


class Registry:
    """Keep track of the live applications. Any thread may call the methods."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._live: list[Application] = []
        self._ending: list[Application] = []  # whose end is being reported to the listeners
        self._ended: deque[Application] = deque(maxlen=_ENDED_KEPT)
        self._count = 0
        self._listeners: list[ProcessListener] = []
        self._emit_output: EmitOutput | None = None
        self._flush_own: Flush | None = None
        self._last_heard: float | None = None

    def live(self) -> list[Application]:
        """List the running applications, in the order of their start."""
        with self._lock:
            return list(self._live)

    def set_output(self, emit_output: EmitOutput | None, flush_own: Flush | None = None) -> None:
        """Set where output goes from now on.

        Args:
            emit_output: Takes the output; None for the logger of each ``LoggingSubprocess``.
            flush_own: Emits what this process itself printed, within a number of seconds.
        """
        self._emit_output = emit_output
        self._flush_own = flush_own

    def output(self) -> EmitOutput | None:
        """Return the current destination."""
        return self._emit_output

    def heard(self) -> None:
        """Record that an application just wrote output, even a single byte that is not shown."""
        self._last_heard = time.monotonic()

    def last_heard(self) -> float | None:
        """Return when an application last wrote output, by the monotonic clock; None for never."""
        return self._last_heard

    def subscribe(self, listener: ProcessListener) -> None:
        """Notify ``listener`` of events from now on."""
        with self._lock:
            self._listeners = [*self._listeners, listener]
        in_forked_child(self.forget)

    def unsubscribe(self, listener: ProcessListener) -> None:
        """Stop notifying ``listener``. Do nothing if it was not subscribed."""
        with self._lock:
            self._listeners = [other for other in self._listeners if other is not listener]

    def forget(self) -> None:
        """In a forked child: forget the applications and the listeners, which belong to the parent."""
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._live, self._ending, self._listeners, self._flush_own = [], [], [], None
        self._ended.clear()
        self._count = 0

    def flush_applications(self, seconds: float) -> bool:
        """Emit everything that applications have written so far, within ``seconds`` for all together."""
        deadline = time.monotonic() + seconds
        flushed = [process.flush_output(max(0.0, deadline - time.monotonic())) for process in self.live()]
        return all(flushed)  # ask each of them, also after one that was late

    def wait_ending(self, seconds: float) -> None:
        """Wait until the applications whose end was requested have ended, ``seconds`` for all together."""
        deadline = time.monotonic() + seconds
        for process in self.live():
            if process.asked_by is not None:
                process.wait_ended(max(0.0, deadline - time.monotonic()))

    def is_empty(self) -> bool:
        """Return whether no application is left, nor an independent child of one."""
        return not self.live() and not self._independent()

    def is_awaited_in_vain(self, application: Any) -> bool:
        """Return whether this thread delivers the output that it would wait for.

        Args:
            application: The application that must deliver it; None for any.
        """
        applications = self.live() if application is None else [application]
        return bool(applications) and all(process.delivers_here() for process in applications)

    def end_all(self, grace_seconds: float, asked_by: str, patience: float, most: float | None = None) -> None:
        """End all applications in parallel, then their independent children. Return when all are gone.

        Args:
            grace_seconds: Between asking and killing.
            asked_by: Who requests it.
            patience: How long callbacks may still process the last output, in seconds.
            most: What an application with a ``stop_grace`` of its own may have at most; None for ``grace_seconds``.
        """
        threads = []
        for process in self.live():
            own = grace_seconds if process.stop_grace is None else process.stop_grace
            how = (min(own, grace_seconds if most is None else most), asked_by, patience)
            thread = RuntimeThread(target=process.end_on_behalf, args=how, name=f"end-{process.pid}")
            try:
                thread.start()
            except RuntimeError:  # no thread is left: one after the other
                process.end_on_behalf(*how)
            else:
                threads.append(thread)
        for thread in threads:
            thread.join()
        left = self._independent()
        if left:
            from ...ipc._processes import guardian
            from ...ipc._processes.process_tree import end_groups, process_name

            names = ", ".join(f"{pid} ({process_name(pid)})" for pid in left)
            end_groups([], grace_seconds, mark=guardian.mark())
            text = f"process {names}, which an application left in its own session, is ended by {asked_by}"
            runtime_log.log("INFO", text, __name__)

    def _independent(self) -> list[int]:
        """List the processes with the mark of an application. Load nothing if there was no application."""
        if self._count == 0:
            return []
        from ...ipc._processes import guardian
        from ...ipc._processes.process_tree import marked_processes

        return marked_processes(guardian.mark())

    def explain_loss(self, session: int | None, seconds: float) -> str | None:
        """Return how the application with a lost connection ended; None if it has not.

        Args:
            session: The session of the process that had connected; None if unknown.
            seconds: How long to wait for the end, which follows the loss of the connection if it is the cause.
        """
        with self._lock:
            known = [*self._live, *self._ending, *self._ended]
            meant = [process for process in known if process.pid == session]
            if not meant and (session is not None or len(known) != 1):
                return None  # of another application, or an unknown one
            process = (meant or known)[0]
            self._change.wait_for(lambda: any(process is ended for ended in self._ended), seconds)
            return None if process.returncode is None else f"the application {process.failure}"

    def flush_all(self, seconds: float) -> bool:
        """Emit everything that applications and this process have written so far.

        Args:
            seconds: Time limit for all together.

        Returns:
            Whether that finished in time.
        """
        deadline = time.monotonic() + seconds
        flushed = self.flush_applications(seconds)
        if self._flush_own is not None:
            flushed = self._flush_own(max(0.0, deadline - time.monotonic())) and flushed
        return flushed

    def add(self, process: Application) -> None:
        """Add a process that just started."""
        with self._lock:
            self._live.append(process)
            self._count += 1
        self._tell("process_started", process)

    def ended(self, process: Application) -> None:
        """Remove ``process`` and notify the listeners."""
        with self._lock:
            self._live = [other for other in self._live if other is not process]
            self._ending.append(process)
        self._tell("process_ended", process)
        with self._lock:  # only now: threads that wait for this continue after the listeners
            self._ending.remove(process)
            self._ended.append(process)
            self._change.notify_all()

    def callback_failed(self, process: Application, error: BaseException) -> None:
        """Notify the listeners that a callback failed."""
        self._tell("callback_failed", process, error)

    def _tell(self, method: str, *arguments: object) -> None:
        for listener in self._listeners:
            try:
                getattr(listener, method)(*arguments)
            except Exception:  # noqa: BLE001  # it must not stop the thread that reads the output
                runtime_log.log("ERROR", f"a listener failed in {method}\n{traceback.format_exc()}", __name__)


_registry = Registry()
live = _registry.live
is_empty = _registry.is_empty
wait_ending = _registry.wait_ending
is_awaited_in_vain = _registry.is_awaited_in_vain
end_all = _registry.end_all
set_output = _registry.set_output
output = _registry.output
subscribe = _registry.subscribe
unsubscribe = _registry.unsubscribe
heard = _registry.heard
last_heard = _registry.last_heard
flush_applications = _registry.flush_applications
flush_all = _registry.flush_all
add = _registry.add
ended = _registry.ended
callback_failed = _registry.callback_failed

set_applications(_registry)
