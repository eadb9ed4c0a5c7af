"""The signals that cancel, on Windows."""

from __future__ import annotations

import os
import signal
import sys

assert sys.platform == "win32"

from .._processes.end_request_windows import EndRequests  # noqa: E402  a type checker for another platform stops above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CANCELING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT))
ANNOUNCING: tuple[signal.Signals, ...] = ()


def ready_for_signals(write_end: int) -> None:
    """Do nothing: the write end of a pipe is ready for ``signal.set_wakeup_fd``."""


def write_mark(write_end: int, mark: bytes) -> None:
    """Write ``mark`` after all signals."""
    os.write(write_end, mark)


def heed() -> None:
    """Do nothing: no thread can hold signals back."""


def hold_back() -> set[Any]:
    """Do nothing: without fork, no signal has to wait."""
    return set()


def let_through(former: set[Any]) -> None:
    """Undo ``hold_back``."""


def other_requests(record: Callable[[int], object]) -> EndRequests:
    """Listen for requests of our own commands that this process ends, and record each as SIGTERM."""
    requests = EndRequests(lambda: record(signal.SIGTERM))
    requests.start(os.getpid())
    return requests
