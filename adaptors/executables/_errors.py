"""The errors of an executable that cannot be used."""

from __future__ import annotations

from ...statemachine._errors import AdaptorRuntimeError


class ExecutableNotFoundError(AdaptorRuntimeError):
    """No executable can be used. The message lists what was found, where, and why it was rejected."""

    exit_code = 1


class NoVersionError(Exception):
    """A program did not tell its version; the text says why."""
