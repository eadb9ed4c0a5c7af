"""Status and environment messages from adaptor code to the stream."""

from __future__ import annotations

import math

from adaptor_runtime_client._messages import Environment, Progress, SessionLogLevel, StatusMessage

from ...ipc._stream import openjd_messages as openjd
from .logging_tap import shown
from .own_log import emit_message, log


def update_status(progress: float | None, status_message: str | None) -> None:
    """Send a progress message, a status message, or both; see ``BaseAdaptor.update_status``."""
    if progress is None and status_message is None:
        log().warning("update_status needs progress or status_message")
        return
    if progress is not None:
        value = _number(progress)
        if math.isfinite(value):
            emit_message(Progress(value))
        else:
            log().warning("progress is not a finite number and was not sent", progress=f"{shown(progress)!r:.100}")
    if status_message is not None:
        text = openjd.one_line(_text(status_message))
        if text:
            emit_message(StatusMessage(text))
        else:
            log().warning("status_message is empty and was not sent")


def _number(value: object) -> float:
    """Return a value as a number; NaN if it is not a number."""
    try:
        return float(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001  an invalid status must not fail a task
        return math.nan


def _text(value: object) -> str:
    """Return a value as text."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "backslashreplace")
    return str(shown(value))


def environment(action: str, name: str, value: str) -> None:
    """Send an environment message.

    Args:
        action: ``"set"``, ``"unset"``, or ``"redact"``.
        name: The variable's name, ``[A-Za-z_][A-Za-z0-9_]*``.
        value: Its value; ignored for ``"unset"``.

    Raises:
        TypeError: The name or the value is not a string. The message hides the value, which may be a secret.
        ValueError: The name is not allowed, for which a scheduler would fail the action. Or the message is longer than
            a scheduler reads in one piece; it would treat the rest as output, or even as messages.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of an environment variable must be a str, not {type(name).__name__}")
    if not isinstance(value, str):
        raise TypeError(f"the value of {name} must be a str, not {type(value).__name__}; convert it with str(...)")
    if not openjd.is_environment_name(name):
        rule = "use letters, digits, and underscores; do not start with a digit"
        raise ValueError(f"{name!r} is not a valid environment variable name: {rule}")
    length = len(openjd.environment_line(action, name, value).encode("utf-8", "backslashreplace"))
    if length > openjd.MAXIMUM_LINE:
        raise ValueError(
            f"the value of {name} makes a message of {length} bytes; the limit is {openjd.MAXIMUM_LINE}: "
            "write it to a private file and put the path into the variable"
        )
    emit_message(Environment(action, name, value))


def session_log_level(level: str) -> None:
    """Send the message that sets the log level of the scheduler's session.

    Args:
        level: DEBUG, INFO, WARNING, or ERROR.

    Raises:
        ValueError: The level is unknown.
    """
    if not isinstance(level, str) or openjd.session_log_level_line(level) is None:
        raise ValueError(f"{level!r} is not a session log level; the levels are {', '.join(openjd.SESSION_LOG_LEVELS)}")
    emit_message(SessionLogLevel(level))
