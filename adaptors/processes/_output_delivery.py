"""Bring the output of one stream to where it goes: to the sink in blocks, and to the handler line by line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..output._output_lines import OutputLines
from ..output._regex_handler import RegexHandler

if TYPE_CHECKING:
    from typing import Callable

    from ..output._rules import FirstMatch

#: The level of the records that handlers get: above ERROR, so that only CRITICAL hides what an application writes.
LEVELS = {"stdout": 41, "stderr": 42}


class OutputDelivery:
    """Deliver what is fed, and survive whatever sink and handler do.

    When a callback for a line runs, the line is in the sink and no later one is: a callback may print, the order stays.

    Args:
        name: Of the stream, ``stdout`` or ``stderr``.
        encoding: Of the bytes.
        handler: Gets each line.
        logger_name: The name on the records for handlers other than a ``RegexHandler``.
        emit: Takes blocks of whole lines.
        failed: Is told what sink or handler have raised.
    """

    def __init__(
        self,
        name: str,
        *,
        encoding: str,
        handler: logging.Handler | None,
        logger_name: str,
        emit: Callable[[str, bytes], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        self.name = name
        self._lines = OutputLines(encoding)
        self._handler = handler
        self._logger_name = logger_name
        self._sink = emit
        self._failed = failed

    def feed(self, data: bytes) -> None:
        """Deliver the lines that ``data``, as it was read, completes."""
        try:
            block = self._lines.feed(data)
        except Exception as error:  # noqa: BLE001  # a codec that does not know how to carry on
            self._failed(error)
            return
        self._deliver(block)

    def finish(self) -> None:
        """Deliver the last line if it had no end."""
        try:
            block = self._lines.finish()
        except Exception as error:  # noqa: BLE001  # as above
            self._failed(error)
            return
        self._deliver(block)

    def _deliver(self, block: bytes) -> None:
        if not block:
            return
        handler = self._handler
        if handler is None or handler.level > LEVELS[self.name]:
            self._emit(block)
        elif isinstance(handler, RegexHandler) and _takes_blocks(handler):
            self._deliver_matches(handler, block)
        else:
            self._deliver_records(handler, block)

    def _deliver_matches(self, handler: RegexHandler, block: bytes) -> None:
        text = block.decode()
        emitted = 0
        for end, first in handler.matches(text):
            self._emit(text[emitted:end].encode())
            emitted = end
            self._call(handler, first)
        if emitted == 0:
            self._emit(block)
        elif emitted < len(text):
            self._emit(text[emitted:].encode())

    def _call(self, handler: RegexHandler, first: FirstMatch) -> None:
        try:
            handler.call(first)
        except BaseException as error:  # noqa: BLE001  # an author's code, on the thread without which the application blocks
            self._failed(error)

    def _deliver_records(self, handler: logging.Handler, block: bytes) -> None:
        for line in block.split(b"\n")[:-1]:
            self._emit(line + b"\n")
            level = LEVELS[self.name]
            record = logging.LogRecord(self._logger_name, level, "", 0, line.decode(), None, None)
            record.levelname = self.name.upper()
            try:
                handler.handle(record)
            except BaseException as error:  # noqa: BLE001  # as above
                self._failed(error)

    def _emit(self, block: bytes) -> None:
        try:
            self._sink(self.name, block)
        except BaseException as error:  # noqa: BLE001  # as above; a full disk must not block the application
            self._failed(error)


def _takes_blocks(handler: RegexHandler) -> bool:
    """Tell whether nobody could see the difference if no records were made."""
    kind = type(handler)
    return kind.emit is RegexHandler.emit and kind.handle is logging.Handler.handle and not handler.filters
