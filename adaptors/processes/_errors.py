"""What is raised when an application fails."""

from __future__ import annotations

from ...statemachine._errors import AdaptorRuntimeError


class ApplicationFailedError(AdaptorRuntimeError):
    """An application ended in a way that is no success. The message has its exit code or signal, and its last line."""

    exit_code = 1
