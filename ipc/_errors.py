"""Errors between processes, each with the exit code that a frontend reports."""

from __future__ import annotations

import errno

from ..statemachine._errors import AdaptorRuntimeError

_PROCESSES = "allow more processes (ulimit -u, or the limit of the container)"
_SPACE = "make room there, or set TMPDIR to another file system"
_REMEDIES = {
    errno.EAGAIN: _PROCESSES,
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "allow more open files on this machine (fs.file-max)",
    errno.ENOMEM: "allow more memory",
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
}


class BadInputError(AdaptorRuntimeError):
    """The input is unusable; nothing was done."""

    exit_code = 2


class SystemRefusalError(AdaptorRuntimeError):
    """The operating system denied a resource: open files, processes, disk space."""

    @staticmethod
    def of(error: OSError | SystemRefusalError) -> SystemRefusalError:
        """Return the error that reports ``error`` and, if that is known, what to do."""
        if isinstance(error, SystemRefusalError):
            return error
        remedy = _REMEDIES.get(error.errno or 0)
        return SystemRefusalError(f"operating system error: {error}" + (f"; {remedy}" if remedy else ""))


class NoThreadError(SystemRefusalError, RuntimeError):
    """The operating system has no thread for the runtime. Python has only RuntimeError or MemoryError for that.

    Args:
        cause: What Python raised.
    """

    def __init__(self, cause: RuntimeError | MemoryError) -> None:
        remedy = _REMEDIES[errno.ENOMEM] if isinstance(cause, MemoryError) else _PROCESSES
        super().__init__(f"can't start new thread; {remedy}")


class DaemonAliveError(AdaptorRuntimeError):
    """The connection file belongs to a daemon that is alive or starting."""

    exit_code = 3


class NoDaemonError(AdaptorRuntimeError):
    """No daemon runs, or it has ended."""

    exit_code = 4


class ElsewhereError(NoDaemonError):
    """The daemon belongs to another machine or another PID namespace; nothing here may touch it."""


class SilentDaemonError(NoDaemonError):
    """The daemon's process exists but does not answer."""


class HandshakeError(AdaptorRuntimeError):
    """A connection was rejected; the daemon itself is fine."""


class ActionFailedError(AdaptorRuntimeError):
    """The handler of an action raised inside the application.

    Args:
        action: The name of the action.
        error_type: The name of the exception type.
        text: The text of the exception.
        traceback: The traceback, as the application's Python writes it; empty if there is none.
        place: Where the exception was raised, as ``FILE:LINE in FUNCTION``; empty if unknown.
    """

    def __init__(self, action: str, error_type: str, text: str, traceback: str = "", place: str = "") -> None:
        self.action = action
        self.error_type = error_type
        self.text = text
        self.traceback = traceback
        self.place = place
        said = " ".join(text.split("\n"))
        where = f" (at {' '.join(place.split())})" if place else ""
        super().__init__(f"the action {action!r} failed in the application: {error_type}{said and ': '}{said}{where}")


class ApplicationLinkLostError(AdaptorRuntimeError):
    """The application disconnected, or the server closed, before the result of the action was known."""
