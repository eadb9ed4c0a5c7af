"""Status and environment messages from adaptor code to the stream."""

from __future__ import annotations

import math

from adaptor_runtime_client._messages import Environment, Progress, SessionLogLevel, StatusMessage

from ..ipc import _openjd_messages as openjd
from ._own_log import emit_message, log


def update_status(progress: float | None, status_message: str | None) -> None:
    """Send a progress message, a status message or both; see ``BaseAdaptor.update_status``."""
    if progress is None and status_message is None:
        log().warning("update_status needs progress or status_message")
        return
    if progress is not None:
        if math.isfinite(progress):
            emit_message(Progress(float(progress)))
        else:
            log().warning("progress is not a finite number and was not sent", progress=str(progress))
    if status_message is not None:
        text = openjd.one_line(str(status_message))
        if text:
            emit_message(StatusMessage(text))
        else:
            log().warning("status_message is empty and was not sent")


def environment(action: str, name: str, value: str) -> None:
    """Send an environment message.

    Args:
        action: ``"set"``, ``"unset"`` or ``"redact"``.
        name: The variable's name, ``[A-Za-z_][A-Za-z0-9_]*``.
        value: Its value; ignored for ``"unset"``.

    Raises:
        ValueError: The name is not allowed; a scheduler would fail the action for it. Or the message is longer than a
            scheduler reads in one piece; it would take the rest for lines of output, and for messages.
    """
    if not openjd.is_environment_name(name):
        message = (
            f"{name!r} cannot name an environment variable: letters, digits and underscores, not beginning with a digit"
        )
        raise ValueError(message)
    length = len(openjd.environment_line(action, name, value).encode("utf-8", "backslashreplace"))
    if length > openjd.MAXIMUM_LINE:
        message = (
            f"the value of {name} makes a message of {length} bytes; a scheduler takes {openjd.MAXIMUM_LINE}: "
            "put it into a file of this user, and its path into the variable"
        )
        raise ValueError(message)
    emit_message(Environment(action, name, value))


def session_log_level(level: str) -> None:
    """Send the message that sets the log level of the scheduler's session.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.

    Raises:
        ValueError: It is none of them.
    """
    if openjd.session_log_level_line(level) is None:
        message = f"{level!r} is no log level of a session: it has {', '.join(openjd.SESSION_LOG_LEVELS)}"
        raise ValueError(message)
    emit_message(SessionLogLevel(level))
