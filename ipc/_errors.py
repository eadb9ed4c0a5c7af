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
_NO_THREAD = "can't start new thread"
"""How Python says that the system gives no thread: no type or number tells it."""


class BadInputError(AdaptorRuntimeError):
    """The input is unusable; nothing was done."""

    exit_code = 2


class SystemRefusalError(AdaptorRuntimeError):
    """The operating system denied a resource: open files, processes, disk space."""

    @classmethod
    def of(cls, error: BaseException) -> SystemRefusalError:
        """Return the error that reports ``error`` and, if that is known, what to do."""
        remedy = _PROCESSES if _is_without_thread(error) else _REMEDIES.get(getattr(error, "errno", None) or 0)
        return cls(f"operating system error: {error}" + (f"; {remedy}" if remedy else ""))

    @staticmethod
    def is_meant_by(error: BaseException) -> bool:
        """Return whether ``error`` is how Python reports that the operating system denied something."""
        return isinstance(error, OSError) or _is_without_thread(error)


def _is_without_thread(error: BaseException) -> bool:
    return isinstance(error, RuntimeError) and _NO_THREAD in str(error)


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
    """

    def __init__(self, action: str, error_type: str, text: str, traceback: str = "") -> None:
        self.action = action
        self.error_type = error_type
        self.text = text
        self.traceback = traceback
        said = " ".join(text.split("\n"))
        super().__init__(f"the action {action!r} failed in the application: {error_type}{said and ': '}{said}")


class ApplicationLinkLostError(AdaptorRuntimeError):
    """The application disconnected, or the server closed, before the result of the action was known."""
