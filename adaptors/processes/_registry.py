"""The applications that this process has running, and where their output goes.

One registry for a process, since output belongs to whoever runs the process: the runtime sets where it goes, and is
told when an application ends or a callback has failed.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from typing import TYPE_CHECKING, Protocol

from ...ipc._application.applications import set_applications
from ...ipc._own_process.forked_child import in_forked_child
from ...ipc._stream import runtime_log

if TYPE_CHECKING:
    from typing import Callable

    from ._application import Application

    EmitOutput = Callable[[str, bytes], object]
    """Takes the name of a stream, ``stdout`` or ``stderr``, and a block of whole lines in UTF-8."""

    Flush = Callable[[float], bool]

_ENDED_KEPT = 8


class ProcessListener(Protocol):
    """Is told what happens to applications, on the thread that reads their output: be quick, wait for nothing."""

    def process_started(self, process: Application) -> None:
        """It has been started."""

    def process_ended(self, process: Application) -> None:
        """All output has been emitted, ``returncode`` is known, and nobody's ``wait`` has returned yet."""

    def callback_failed(self, process: Application, error: BaseException) -> None:
        """A handler or the output itself has failed, for the first time in this process."""


class Registry:
    """Know the live applications. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._live: list[Application] = []
        self._ending: list[Application] = []  # whose end the listeners are being told
        self._ended: deque[Application] = deque(maxlen=_ENDED_KEPT)
        self._count = 0
        self._listeners: list[ProcessListener] = []
        self._emit_output: EmitOutput | None = None
        self._flush_own: Flush | None = None
        self._last_heard: float | None = None

    def live(self) -> list[Application]:
        """List the applications that are running, in the order in which they were started."""
        with self._lock:
            return list(self._live)

    def set_output(self, emit_output: EmitOutput | None, flush_own: Flush | None = None) -> None:
        """Say where output goes from now on.

        Args:
            emit_output: Takes it; None: the logger of each ``LoggingSubprocess`` does.
            flush_own: Takes a number of seconds and has what this process itself has printed emitted within them.
        """
        self._emit_output = emit_output
        self._flush_own = flush_own

    def output(self) -> EmitOutput | None:
        """Give what ``set_output`` was given last."""
        return self._emit_output

    def heard(self) -> None:
        """Take note that an application has written something at this moment, be it one byte that nobody is shown."""
        self._last_heard = time.monotonic()

    def last_heard(self) -> float | None:
        """Give the reading of the monotonic clock when an application has written something last; None: never."""
        return self._last_heard

    def subscribe(self, listener: ProcessListener) -> None:
        """Tell ``listener`` what happens from now on."""
        with self._lock:
            self._listeners = [*self._listeners, listener]
        in_forked_child(self.forget)

    def unsubscribe(self, listener: ProcessListener) -> None:
        """Stop telling ``listener``. Does nothing if it was not subscribed."""
        with self._lock:
            self._listeners = [other for other in self._listeners if other is not listener]

    def forget(self) -> None:
        """In a forked child: the applications are the parent's, and so is whoever is told of them."""
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._live, self._ending, self._listeners, self._flush_own = [], [], [], None
        self._ended.clear()
        self._count = 0

    def flush_applications(self, seconds: float) -> bool:
        """Have everything emitted that applications have written until now, in ``seconds`` for all of them together."""
        deadline = time.monotonic() + seconds
        flushed = [process.flush_output(max(0.0, deadline - time.monotonic())) for process in self.live()]
        return all(flushed)  # each of them is asked, also after one that was late

    def is_empty(self) -> bool:
        """Tell whether no application is left, nor a process that has made itself independent of one."""
        return not self.live() and not self._independent()

    def end_all(self, grace_seconds: float, asked_by: str) -> None:
        """End all applications side by side, then what has made itself independent of one. Returns when all is gone."""
        threads = [
            threading.Thread(target=process.end, args=(grace_seconds, asked_by), name=f"end-{process.pid}", daemon=True)
            for process in self.live()
        ]
        for thread in threads:
            thread.start()
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
        """List the processes that carry the mark of an application. Nothing is loaded where there has been none."""
        if self._count == 0:
            return []
        from ...ipc._processes import guardian
        from ...ipc._processes.process_tree import marked_processes

        return marked_processes(guardian.mark())

    def explain_loss(self, session: int | None, seconds: float) -> str | None:
        """Return how the application ended that a lost connection came from; None if it has not ended.

        Args:
            session: Of the process that had connected; None where that is not known.
            seconds: How long to wait for the end, which follows the loss of the connection when it is the cause.
        """
        with self._lock:
            known = [*self._live, *self._ending, *self._ended]
            meant = [process for process in known if process.pid == session]
            if not meant and (session is not None or len(known) != 1):
                return None  # of another application, or of nobody knows which
            process = (meant or known)[0]
            self._change.wait_for(lambda: any(process is ended for ended in self._ended), seconds)
            return None if process.returncode is None else f"the application {process.failure}"

    def flush_all(self, seconds: float) -> bool:
        """Have everything emitted that applications and this process have written until now.

        Args:
            seconds: For all of them together.

        Returns:
            Whether that was done in time.
        """
        deadline = time.monotonic() + seconds
        flushed = self.flush_applications(seconds)
        if self._flush_own is not None:
            flushed = self._flush_own(max(0.0, deadline - time.monotonic())) and flushed
        return flushed

    def add(self, process: Application) -> None:
        """Take up a process that has just been started."""
        with self._lock:
            self._live.append(process)
            self._count += 1
        self._tell("process_started", process)

    def ended(self, process: Application) -> None:
        """Drop ``process`` and tell the listeners."""
        with self._lock:
            self._live = [other for other in self._live if other is not process]
            self._ending.append(process)
        self._tell("process_ended", process)
        with self._lock:  # only now: whoever waits for this learns it after the listeners
            self._ending.remove(process)
            self._ended.append(process)
            self._change.notify_all()

    def callback_failed(self, process: Application, error: BaseException) -> None:
        """Tell the listeners that a callback has failed."""
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
