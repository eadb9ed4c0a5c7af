"""Log a text stream, line by line."""

from __future__ import annotations

import logging
import threading
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class StreamLogger(threading.Thread):
    """Read a stream to its end on a separate thread and log each line.

    Args:
        stream: The stream, which is not closed.
        loggers: Each of them logs each line.
        level: To log at.
    """

    def __init__(
        self,
        *args: Any,
        stream: IO[str],
        loggers: Sequence[logging.Logger],
        level: int = logging.INFO,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._stream = stream
        self._loggers = list(loggers)
        self._level = level

    def run(self) -> None:
        """Log until the stream ends or is closed."""
        try:
            for line in self._stream:
                self._log(line.rstrip("\r\n"), self._level)
        except ValueError as error:  # "I/O operation on closed file", from any kind of stream
            if not self._stream.closed:
                raise
            self._log(f"the stream was closed early: {error}", logging.WARNING)

    def _log(self, line: str, level: int) -> None:
        for logger in self._loggers:
            logger.log(level, "%s", line)
