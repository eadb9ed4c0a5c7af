"""The error of a failed application."""

from __future__ import annotations

from ...statemachine._errors import AdaptorRuntimeError


class ApplicationFailedError(AdaptorRuntimeError):
    """An application failed. The message names its exit code or signal, and its last line."""

    exit_code = 1
