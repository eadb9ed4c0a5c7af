"""Signal dispositions and masks inherited from a parent, on POSIX."""

from __future__ import annotations

import signal
import sys

assert sys.platform != "win32"

_NOT_IGNORED = (
    signal.SIGCHLD,  # if ignored, the exit codes of children would be lost
    signal.SIGTERM,
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""Excluded: SIGHUP, which ``nohup`` ignores; SIGINT, which a shell ignores for background jobs, and which a command
handles while it works; SIGPIPE, which Python ignores and restores for its children; terminal signals, which suspend a
process."""


def default_signals(*, unblock: bool = True) -> None:
    """Restore the signals that commands and applications depend on. Call it in the main thread.

    Args:
        unblock: Also unblock all signals.
    """
    if unblock:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in _NOT_IGNORED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


class CleanSignals:
    """Start processes with no signal blocked, within a ``with`` block on this thread.

    A new process inherits the mask of the thread that starts it, and an adaptor may have blocked signals there.
    """

    def __enter__(self) -> None:
        """Unblock all signals."""
        self._former = signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def __exit__(self, *_: object) -> None:
        """Restore the former mask."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._former)
