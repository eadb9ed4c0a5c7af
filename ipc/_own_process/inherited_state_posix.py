"""Signals as a parent has left them, on POSIX."""

from __future__ import annotations

import signal
import sys

assert sys.platform != "win32"

_NOT_IGNORED = (
    signal.SIGCHLD,  # ignored, the exit codes of children would be lost
    signal.SIGTERM,
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""Not among them: SIGHUP, which ``nohup`` ignores; SIGINT, which a shell ignores for what runs in the background, and
which a command takes while it works; SIGPIPE, which Python ignores and gives back to what it starts; those of a
terminal, which stop a process."""


def default_signals() -> None:
    """Block no signal, and ignore none that a command or an application of ours lives by. For the main thread."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in _NOT_IGNORED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


class CleanSignals:
    """Have no signal blocked in what this thread starts within a ``with`` block.

    The mask of a new process is that of the thread that starts it, and an adaptor may have blocked signals there.
    """

    def __enter__(self) -> None:
        """Block none."""
        self._former = signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def __exit__(self, *_: object) -> None:
        """Block the former ones."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._former)
