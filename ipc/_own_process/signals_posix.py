"""The signals that cancel, on POSIX."""

from __future__ import annotations

import os
import signal
import sys

assert sys.platform != "win32"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CANCELING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that cancel. A closed terminal sends SIGHUP."""

ANNOUNCING = (signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGXCPU)
"""What some batch systems send before they kill, and what limits of the system send. They cancel where the author does
not heed them."""


def ready_for_signals(write_end: int) -> None:
    """Get the write end of a pipe ready for ``signal.set_wakeup_fd``: writing must not block."""
    os.set_blocking(write_end, False)


def write_mark(write_end: int, mark: bytes) -> None:
    """Write ``mark`` after all signals. The pipe may be full of them, and is being read."""
    os.set_blocking(write_end, True)
    os.write(write_end, mark)


def heed() -> None:
    """Let canceling signals reach this thread, even if the author's code holds them back on all others."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (*CANCELING, *ANNOUNCING))


def hold_back() -> set[Any]:
    """Hold back canceling signals on this thread, and return the argument for ``let_through``."""
    return signal.pthread_sigmask(signal.SIG_BLOCK, (*CANCELING, *ANNOUNCING))


def let_through(former: set[Any]) -> None:
    """Undo ``hold_back``; a signal that was held back arrives now."""
    signal.pthread_sigmask(signal.SIG_SETMASK, former)


class NoRequests:
    """On POSIX, all requests are signals."""

    def close(self) -> None:
        """Do nothing."""


def other_requests(_record: Callable[[int], object]) -> NoRequests:
    """Listen to nothing but signals."""
    return NoRequests()
