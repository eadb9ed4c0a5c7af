"""Route an author's log records, from ``logging`` or structlog, to the session."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import structlog

from .destination import destination
from .log_levels import LogLevels, number_of
from .logging_tap import LoggingTap, shown

if TYPE_CHECKING:
    from collections.abc import MutableMapping

LOG_NAMES = {"STDOUT": 41, "STDERR": 42, "ADAPTOR_OUTPUT": 43}
"""Levels that adaptors may use; above ERROR, so that only CRITICAL hides them."""


class AuthorsLogging:
    """Send the records of ``logging`` and structlog to the destination of events.

    A structlog that the author configures, before or later, is left alone: what it prints is shown as output, and what
    it passes to ``logging`` arrives from there.
    """

    def __init__(self) -> None:
        self.levels = LogLevels()
        self._tap = LoggingTap(lambda level, text: destination().log(level, text))
        self._former_levels: dict[str, int] = {}
        self._former_raise = logging.raiseExceptions
        self._processors: list[Any] = [
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            self._drop_below_level,
            structlog.processors.format_exc_info,
            _deliver,
        ]

    def install(self) -> None:
        """Start."""
        for name, value in LOG_NAMES.items():
            logging.addLevelName(value, name)
        self._tap.open()
        if not structlog.is_configured():
            _configure_by_default(self._processors)
        self._former_raise = logging.raiseExceptions
        logging.raiseExceptions = False  # we show a record that cannot be formatted, not a traceback on stderr

    def set_levels(self, levels: LogLevels) -> None:
        """Drop log records below these levels from now on."""
        self.levels = levels
        for name, level in levels.by_logger().items():
            logger = logging.getLogger(name)
            self._former_levels.setdefault(name, logger.level)
            logger.setLevel(level)

    def uninstall(self) -> None:
        """Restore structlog and ``logging``."""
        for name, level in self._former_levels.items():
            logging.getLogger(name).setLevel(level)
        self._former_levels.clear()
        self._tap.close()
        logging.raiseExceptions = self._former_raise
        if structlog.get_config()["processors"] is self._processors:
            structlog.reset_defaults()

    def _drop_below_level(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        if number_of(str(event.get("level", "info"))) < number_of(self.levels.adaptor):
            raise structlog.DropEvent
        return event


def _configure_by_default(processors: list[Any]) -> None:
    """Give structlog processors for authors who configure none.

    For its users it still counts as unconfigured: ``configure_once`` and ``if not is_configured()`` in an adaptor must
    take effect, because they may add a processor that hides a secret. Only the processors are set, so that another
    configuration prints as it would without a session.
    """
    structlog.configure(processors=processors)
    state: Any = getattr(structlog._config, "_CONFIG", None)  # noqa: SLF001  no public way exists
    if hasattr(state, "is_configured"):
        state.is_configured = False


def _deliver(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    level = str(event.pop("level", "info")).upper()
    text = str(event.pop("event", ""))
    exception = event.pop("exception", None)
    destination().log(level, text, {str(key): shown(value) for key, value in event.items()})
    if exception:
        destination().log(level, str(exception))
    raise structlog.DropEvent
