"""Signals that cancel are only recorded by their handler; the loop that reads the record decides."""

from __future__ import annotations

import queue
import signal
import sys
import time

if sys.platform == "win32":
    from ._signals_windows import CANCELING, LONGEST_WAIT
else:
    from ._signals_posix import CANCELING, LONGEST_WAIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_IGNORABLE = getattr(signal, "SIGHUP", None)


class SignalRecord:
    """Have ``record`` called with the number of each canceling signal, within a ``with`` block on the main thread.

    A SIGHUP that was ignored when the process began (``nohup``) stays ignored.

    Args:
        record: Called in the signal handler: it may only take note. ``SimpleQueue.put`` is safe there, a lock is not.
    """

    def __init__(self, record: Callable[[int], object]) -> None:
        self._record = record
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> None:
        """Install the handlers."""
        for number in CANCELING:
            if number != _IGNORABLE or signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, lambda received, _frame: self._record(received))

    def __exit__(self, *_: object) -> None:
        """Put the former handlers back."""
        for number, handler in self._previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def next_event(events: queue.SimpleQueue[Any], due: float | None) -> Any:
    """Return the next item that a thread or a signal handler puts into ``events``.

    Args:
        events: Where they come in.
        due: Reading of the monotonic clock at which the wait ends; None for no limit.

    Raises:
        queue.Empty: Nothing came in time.
    """
    while True:
        remaining = None if due is None else max(0.0, due - time.monotonic())
        longest = (
            remaining if LONGEST_WAIT is None or (remaining is not None and remaining < LONGEST_WAIT) else LONGEST_WAIT
        )
        try:
            return events.get(timeout=longest)
        except queue.Empty:
            if due is not None and time.monotonic() >= due:
                raise
