"""The runtime's own structlog logger, which no configuration of structlog or ``logging`` reaches.

Its processors and its class are its own: ``structlog.configure`` changes only the loggers that ask for the defaults.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import structlog

from .destination import destination

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from adaptor_runtime_client._messages import Message

_MESSAGE = "_message"


def _deliver(_logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    message = event.pop(_MESSAGE, None)
    if message is None:
        text = str(event.pop("event", ""))
        destination().own(method.upper(), text, dict(event))
    else:
        destination().event(method.upper(), message)
    raise structlog.DropEvent


_class: Any = structlog.make_filtering_bound_logger(logging.NOTSET)
_log = _class(None, [_deliver], {})


def log() -> Any:
    """Return the runtime's own structlog logger."""
    return _log


def emit_message(message: Message, level: str = "critical") -> None:
    """Emit one typed event through structlog.

    Args:
        message: The event.
        level: Its level; no log level hides a message for the scheduler.
    """
    getattr(_log, level)("message", **{_MESSAGE: message})
