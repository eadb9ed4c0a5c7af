"""Where events go: to the session's emitter, or to standard output without a session.

Only this module knows it. Code with an event calls :func:`destination` each time.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Protocol

from adaptor_runtime_client._messages import Environment, Progress, SessionLogLevel, StatusMessage

from ...ipc._stream import openjd_messages as openjd
from .log_levels import RUNTIME_LOGGER, number_of

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message


class Destination(Protocol):
    """Accept events. Any thread may call it."""

    def event(self, level: str, message: Message) -> None:
        """Take a typed event."""

    def own(self, level: str, text: str, fields: dict[str, Any]) -> None:
        """Take a log record of the runtime."""

    def log(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        """Take a log record of the author."""


class _NoSession:
    """Print messages for the scheduler unchanged, for hooks called by hand, for example in a test of an adaptor."""

    def event(self, _level: str, message: Message) -> None:
        line = _line(message)
        if line is not None:
            print(line, flush=True)  # noqa: T201  this is what it is for

    def own(self, level: str, text: str, fields: dict[str, Any]) -> None:
        pairs = "".join(f" {name}={value}" for name, value in fields.items())
        logging.getLogger(RUNTIME_LOGGER).log(number_of(level), "%s%s", text, pairs)

    def log(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        pairs = "".join(f" {name}={value}" for name, value in (fields or {}).items())
        sys.stderr.write(f"{level}: {text}{pairs}\n")


def _line(message: Message) -> str | None:
    if isinstance(message, Progress):
        return openjd.progress_line(message.value)
    if isinstance(message, StatusMessage):
        return openjd.status_line(message.text)
    if isinstance(message, SessionLogLevel):
        return openjd.session_log_level_line(message.level)
    if isinstance(message, Environment):
        return openjd.environment_line(message.action, message.name, message.value)
    return None


_no_session = _NoSession()
_destination: Destination = _no_session


def destination() -> Destination:
    """Return where events go now."""
    return _destination


def send_to(new: Destination | None) -> None:
    """Set a new destination; None for standard output, without a session."""
    global _destination
    _destination = _no_session if new is None else new
