"""The events of a forked child of the runtime, written where its ``print`` goes: the runtime reads them as output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptor_runtime_client._messages import Environment, Log, SessionLogLevel

from .printer import Printer

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message

_STANDARD_OUTPUT = 1


class ForkedStream(Printer):
    """Write the events of a forked child as lines of text.

    A line of progress or status becomes that message again when the runtime reads it. Other messages do not: as output
    they would be shown but have no effect, and a value to redact would be visible.
    """

    def __init__(self) -> None:
        super().__init__(_STANDARD_OUTPUT)

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Write one event."""
        if isinstance(message, Environment):
            message = _not_sent(f"the environment variable {message.name}")
        elif isinstance(message, SessionLogLevel):
            message = _not_sent("the log level of the session")
        super().emit(message, body)


def _not_sent(what: str) -> Log:
    text = f"{what} cannot be changed by a child process of the adaptor: change it in the adaptor's own process"
    return Log("WARNING", text, {})
