"""Where events go: to the session's emitter, or to standard output where there is no session.

This is the one place that knows it. Whoever has something to say asks :func:`destination` each time.
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
    """Takes what is said. Any thread may call."""

    def event(self, level: str, message: Message) -> None:
        """Take a typed event."""

    def own(self, level: str, text: str, fields: dict[str, Any]) -> None:
        """Take a log record of the runtime's own."""

    def log(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        """Take a log record of the author's."""


class _NoSession:
    """Prints messages for the scheduler as they are: hooks called by hand, in a test of an adaptor, say."""

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
    """Have events go somewhere else from now on; None: to standard output, without a session."""
    global _destination
    _destination = _no_session if new is None else new
