"""Errors between processes, each with the exit code that a frontend reports it with."""

from __future__ import annotations

from ..statemachine._errors import AdaptorRuntimeError


class BadInputError(AdaptorRuntimeError):
    """Something that was given to us cannot be used; nothing has been done."""

    exit_code = 2


class SystemRefusalError(AdaptorRuntimeError):
    """The operating system does not give what a command needs: open files, processes, room on a disk."""

    @classmethod
    def of(cls, error: OSError) -> SystemRefusalError:
        """Return the error that tells of ``error``."""
        return cls(f"the system does not give what this command needs: {error}")


class DaemonAliveError(AdaptorRuntimeError):
    """The connection file belongs to a daemon that is alive or about to be."""

    exit_code = 3


class NoDaemonError(AdaptorRuntimeError):
    """There is no daemon to talk to, or not any more."""

    exit_code = 4


class ElsewhereError(NoDaemonError):
    """The daemon belongs to another machine or another pid namespace; nothing of it may be touched from here."""


class SilentDaemonError(NoDaemonError):
    """The daemon's process is there and does not answer."""


class HandshakeError(AdaptorRuntimeError):
    """Somebody connected and was turned away; the daemon itself is well."""


class ActionFailedError(AdaptorRuntimeError):
    """The handler of an action has raised inside the application.

    Args:
        action: The name of the action.
        error_type: The name of the type of what was raised.
        text: What it said.
        traceback: The traceback, as the application's Python writes it; empty where there is none.
    """

    def __init__(self, action: str, error_type: str, text: str, traceback: str = "") -> None:
        self.action = action
        self.error_type = error_type
        self.text = text
        self.traceback = traceback
        said = " ".join(text.split("\n"))
        super().__init__(f"the action {action!r} failed in the application: {error_type}{said and ': '}{said}")


class ApplicationLinkLostError(AdaptorRuntimeError):
    """The application went away, or the server was shut down, before the action's result was known."""
