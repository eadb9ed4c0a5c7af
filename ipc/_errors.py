"""Errors between processes, each with the exit code that a frontend reports it with."""

from __future__ import annotations

from ..statemachine._errors import AdaptorRuntimeError


class BadInputError(AdaptorRuntimeError):
    """Something that was given to us cannot be used; nothing has been done."""

    exit_code = 2


class DaemonAliveError(AdaptorRuntimeError):
    """The connection file belongs to a daemon that is alive or about to be."""

    exit_code = 3


class NoDaemonError(AdaptorRuntimeError):
    """There is no daemon to talk to, or not any more."""

    exit_code = 4


class HandshakeError(AdaptorRuntimeError):
    """Somebody connected and was turned away; the daemon itself is well."""
