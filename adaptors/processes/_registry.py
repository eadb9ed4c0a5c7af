"""The applications that this process has running, and where their output goes.

One registry for a process, since output belongs to whoever runs the process: the runtime sets where it goes, and is
told when an application ends or a callback has failed.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from ...ipc import _application_output

if TYPE_CHECKING:
    from typing import Callable

    from ._application import Application

    EmitOutput = Callable[[str, bytes], object]
    """Takes the name of a stream, ``stdout`` or ``stderr``, and a block of whole lines in UTF-8."""

    Flush = Callable[[float], bool]

_log = logging.getLogger(__name__)


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
        self._live: list[Application] = []
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

    def unsubscribe(self, listener: ProcessListener) -> None:
        """Stop telling ``listener``. Does nothing if it was not subscribed."""
        with self._lock:
            self._listeners = [other for other in self._listeners if other is not listener]

    def flush_applications(self, seconds: float) -> bool:
        """Have everything emitted that applications have written until now, in ``seconds`` for all of them together."""
        deadline = time.monotonic() + seconds
        flushed = [process.flush_output(max(0.0, deadline - time.monotonic())) for process in self.live()]
        return all(flushed)  # each of them is asked, also after one that was late

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
        self._tell("process_started", process)

    def ended(self, process: Application) -> None:
        """Drop ``process`` and tell the listeners."""
        with self._lock:
            self._live = [other for other in self._live if other is not process]
        self._tell("process_ended", process)

    def callback_failed(self, process: Application, error: BaseException) -> None:
        """Tell the listeners that a callback has failed."""
        self._tell("callback_failed", process, error)

    def _tell(self, method: str, *arguments: object) -> None:
        for listener in self._listeners:
            try:
                getattr(listener, method)(*arguments)
            except Exception:  # noqa: BLE001  # it must not stop the thread that reads the output
                _log.exception("a listener failed in %s", method)


_registry = Registry()
live = _registry.live
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
_application_output.set_flush(_registry.flush_applications)
