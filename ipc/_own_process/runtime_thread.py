"""A thread of the runtime, in a process that also runs an author's code.

``threading.Thread`` waits in ``start`` until the new thread says that it runs. One that dies first, since no memory is
left or a profile function of the author's raises, is waited for without end. This one is not waited for.
"""

from __future__ import annotations

import _thread
import sys
import threading
import weakref

from .._errors import NoThreadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_LOOK_SECONDS = 0.25
"""How often to look whether a thread that does not run yet has died."""

_running: dict[int, RuntimeThread] = {}


class _Life:
    """Exists as long as the thread to which it was given, whether that has begun to run or not."""


class RuntimeThread:
    """Call ``target`` with ``args`` on a thread of its own, which does not keep the process.

    Args:
        target: What to call. It must not raise.
        args: Its arguments.
        name: What a dump of the threads calls it.
    """

    def __init__(self, target: Callable[..., Any], args: tuple[Any, ...] = (), name: str = "") -> None:
        self.name = name
        self._target = target
        self._args = args
        self._is_over = _thread.allocate_lock()
        self._waits_to_begin = _thread.allocate_lock()
        self._has_started = False
        self._life: weakref.ref[_Life]

    def __repr__(self) -> str:
        return f"<RuntimeThread {self.name} {'alive' if self.is_alive() else 'over'}>"

    def start(self) -> None:
        """Start the thread.

        Raises:
            NoThreadError: The system has no thread for it.
        """
        self._is_over.acquire()
        self._waits_to_begin.acquire()
        try:
            life = _Life()
            self._life = weakref.ref(life)
            _thread.start_new_thread(self._run, (life,))
        except (RuntimeError, MemoryError) as error:
            self._is_over.release()
            self._waits_to_begin.release()
            raise NoThreadError(error) from error
        self._has_started = True

    def start_and_wait(self) -> None:
        """Start the thread and return when it runs: one that dies first could not even close what it was given.

        Raises:
            NoThreadError: The system has no thread for it, or no memory for the first call on it.
        """
        self.start()
        while not self._waits_to_begin.acquire(timeout=_LOOK_SECONDS):  # as long as a hook keeps the interpreter
            if self._life() is None and self._waits_to_begin.locked():
                raise NoThreadError(MemoryError())
        self._waits_to_begin.release()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the thread has ended, at most ``seconds``."""
        limit = -1 if seconds is None else min(max(0.0, seconds), threading.TIMEOUT_MAX)
        if self._has_started and self._is_over.acquire(timeout=limit):
            self._is_over.release()

    def is_alive(self) -> bool:
        """Return whether the thread has started and not ended."""
        return self._has_started and self._is_over.locked()

    def is_current(self) -> bool:
        """Return whether this is the calling thread."""
        return _running.get(_thread.get_ident()) is self

    def _run(self, _life: _Life) -> None:
        self._waits_to_begin.release()
        _running[_thread.get_ident()] = self
        trace = getattr(threading, "_trace_hook", None)
        if trace is not None:  # what measures coverage
            sys.settrace(trace)
            try:
                _be_traced()
            except BaseException:  # noqa: BLE001, S110  the interpreter has taken it away; the target is still called
                pass
        try:
            self._target(*self._args)
        finally:
            del _running[_thread.get_ident()]
            self._is_over.release()


def _be_traced() -> None:
    """Do nothing, so that only a function which traces it can raise."""


def current() -> RuntimeThread | None:
    """Return the calling thread; None if the runtime has not started it."""
    return _running.get(_thread.get_ident())


def names() -> dict[int, str]:
    """Return the names of the threads that run, by their identity."""
    return {ident: thread.name for ident, thread in list(_running.items())}
