"""Record canceling signals; the loop that reads the record decides."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time

from .._own_descriptor import OwnDescriptor
from .._own_pipe import ReadEnd, open_pipe
from .forked_child import in_forked_child
from .runtime_thread import RuntimeThread

if sys.platform == "win32":
    from .signals_windows import (
        ANNOUNCING,
        CANCELING,
        heed,
        hold_back,
        let_through,
        other_requests,
        ready_for_signals,
        write_mark,
    )
else:
    from .signals_posix import (
        ANNOUNCING,
        CANCELING,
        heed,
        hold_back,
        let_through,
        other_requests,
        ready_for_signals,
        write_mark,
    )

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

__all__ = ["SignalRecord", "hold_back", "let_through", "next_event"]

_IGNORABLE = getattr(signal, "SIGHUP", None)
_END = b"\0"  # no signal has this number


class SignalRecord:
    """Call ``record`` with the number of each canceling signal, within a ``with`` block on the main thread.

    The interpreter calls a handler when its main thread gets to it. That never happens if the signal arrives just
    before that thread starts to wait for a lock. So the handlers do nothing. The number goes through a pipe, to which
    the interpreter writes at once, to a thread that waits for it.

    A child forked meanwhile gets the former handlers back, and reports nothing to this process. It may hold the pipe
    forever: a mark ends the thread, not the end of the pipe.

    A SIGHUP that was ignored when the process started (``nohup``) stays ignored. A signal that only announces the end
    stays the author's if the author has installed a handler.

    Args:
        record: Called on a thread of this object, also for a signal that arrived just before the end of the block.
    """

    def __init__(self, record: Callable[[int], object]) -> None:
        self._record = record
        self._previous: dict[int, Any] = {}
        self._former_descriptor = -1
        self._write_end: OwnDescriptor | None = None
        self._thread: RuntimeThread | None = None
        self._requests: Any = None
        self._take_back: Callable[[], object] = _do_nothing

    def __enter__(self) -> None:
        """Install the handlers."""
        read_end, write_end = open_pipe()
        self._write_end = OwnDescriptor(write_end)
        ready_for_signals(write_end)
        self._former_descriptor = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in CANCELING:
            if number != _IGNORABLE or signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, _do_nothing)
        for number in ANNOUNCING:
            if signal.getsignal(number) in (signal.SIG_DFL, _do_nothing):  # not the author's
                self._previous[number] = signal.signal(number, _do_nothing)
        self._thread = RuntimeThread(target=self._read, args=(read_end,), name="signals")
        try:
            self._thread.start()  # last: it heeds signals that were held back until now
        except BaseException:
            self._restore_handlers()
            self._restore_descriptor()
            read_end.close()
            self._write_end.close()
            raise
        self._requests = other_requests(self._record)
        self._take_back = in_forked_child(self._leave_to_parent)

    def __exit__(self, *_: object) -> None:
        """Restore the former handlers."""
        self._restore_handlers()
        self._restore_descriptor()
        self._take_back()
        if self._requests is not None:
            self._requests.close()
        assert self._thread is not None
        assert self._write_end is not None
        if self._write_end.is_ours():  # otherwise the thread has lost the other end, too
            write_mark(self._write_end.number, _END)
            self._thread.join()
            self._write_end.close()

    def _restore_descriptor(self) -> None:
        try:
            signal.set_wakeup_fd(self._former_descriptor)
        except (OSError, ValueError):  # other code has closed it
            signal.set_wakeup_fd(-1)

    def _restore_handlers(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _leave_to_parent(self) -> None:
        signal.set_wakeup_fd(-1)
        self._restore_handlers()

    def _read(self, read_end: ReadEnd) -> None:
        heed()
        while block := read_end.read(64):
            numbers, end, _ = block.partition(_END)
            for number in numbers:
                if number in self._previous:  # the author's own handlers write there, too
                    self._record(number)
            if end:
                break
        read_end.close()


def _do_nothing(*_: object) -> None:
    """Replace the default action, which would end the process."""


def next_event(events: queue.SimpleQueue[Any], due: float | None) -> Any:
    """Return the next item that a thread puts into ``events``.

    Args:
        events: The queue.
        due: Reading of the monotonic clock at which the wait ends; None for no limit. It may be arbitrarily late.

    Raises:
        queue.Empty: Nothing arrived in time.
    """
    timeout = None if due is None else min(max(0.0, due - time.monotonic()), threading.TIMEOUT_MAX)
    return events.get(timeout=timeout)
