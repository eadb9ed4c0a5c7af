"""The signals that cancel, on Windows."""

from __future__ import annotations

import os
import signal
import sys

assert sys.platform == "win32"

from .._processes.end_request_windows import EndRequests  # noqa: E402  a type checker for another platform stops above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CANCELING = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT))
ANNOUNCING: tuple[signal.Signals, ...] = ()


def wakeup_pipe() -> tuple[int, int]:
    """Return the ends of a pipe for ``signal.set_wakeup_fd``."""
    return os.pipe()


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


def other_requests(write_end: int) -> EndRequests:
    """Listen for requests of our own commands that this process ends, and write each as SIGTERM."""
    requests = EndRequests(lambda: os.write(write_end, bytes([signal.SIGTERM])))
    requests.start(os.getpid())
    return requests
