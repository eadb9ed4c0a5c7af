"""Deliver the output of one stream: to the sink in blocks, and to the handler line by line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ...ipc._stream.output_lines import OutputLines, visible
from ..output._regex_handler import RegexHandler, takes_blocks

if TYPE_CHECKING:
    from typing import Callable

    from ...ipc._stream.output_lines import Piece
    from ..output._regex_callback import RegexCallback
    from ..output._rules import FirstMatch

#: The level of the records that handlers get: above ERROR, so that only CRITICAL hides application output.
LEVELS = {"stdout": 41, "stderr": 42}


class OutputDelivery:
    """Deliver the fed data, and survive every error of the sink and the handler.

    When a callback for a line runs, the line is in the sink and no later one is: a callback may print, the order stays.

    Args:
        name: Of the stream, ``stdout`` or ``stderr``.
        lines: Splits the stream.
        handler: Gets each line.
        logger_name: The name on the records for handlers other than a ``RegexHandler``.
        emit: Takes blocks of whole lines.
        failed: Called with errors of the sink or the handler.
        hidden: Called with the name of a rule for each line that it hides from the sink.
    """

    def __init__(
        self,
        name: str,
        *,
        lines: OutputLines,
        handler: logging.Handler | None,
        logger_name: str,
        emit: Callable[[str, bytes], object],
        failed: Callable[[BaseException], object],
        hidden: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.name = name
        self._lines = lines
        self._handler = handler
        self._logger_name = logger_name
        self._sink = emit
        self._failed = failed
        self._hidden = hidden
        self._called: list[RegexCallback] = []  # for the unfinished line
        self._seen = 0  # characters of the unfinished line that were matched
        self._is_answered = False

    @property
    def due(self) -> float | None:
        """When to call ``pause`` unless data is fed before; a reading of the monotonic clock, or None."""
        return self._lines.due

    @property
    def has_rest(self) -> bool:
        """Whether fed data is not delivered yet."""
        return self._lines.has_rest

    def answer(self) -> None:
        """Record, on any thread, that the application gets input: what it prints next is no part of its prompt."""
        self._is_answered = True

    def feed(self, data: bytes) -> None:
        """Deliver the lines that ``data``, as it was read, completes."""
        if self._is_answered:
            self._is_answered = False
            self._lines.answer()
        self._deliver_all(lambda: self._lines.feed(data))

    def pause(self) -> None:
        """Deliver an unfinished line after a silence."""
        self._deliver_all(self._lines.pause)

    def show(self) -> None:
        """Deliver an unfinished line."""
        self._deliver_all(self._lines.show)

    def finish(self) -> None:
        """Deliver the rest at the end of the stream."""
        self._deliver_all(self._lines.finish)

    def _deliver_all(self, take: Callable[[], list[Piece]]) -> None:
        try:
            pieces = take()
        except Exception as error:  # noqa: BLE001  # a codec that cannot continue
            self._failed(error)
            return
        for piece in pieces:
            try:
                self._deliver(piece)
            except BaseException as error:  # noqa: BLE001  # an author's pattern or class
                self._failed(error)

    def _deliver(self, piece: Piece) -> None:
        handler = self._handler
        if handler is None or handler.level > LEVELS[self.name]:
            self._emit(piece.shown)
        elif not (isinstance(handler, RegexHandler) and takes_blocks(handler)):
            self._deliver_records(handler, piece)
        elif piece.goes_on or piece.is_part:
            self._deliver_part(handler, piece)
        elif piece.matched is piece.shown:
            self._deliver_matches(handler, piece.shown)
        else:
            self._emit_unhidden(handler, piece.shown)
            for _, first in handler.matches(piece.matched.decode()):
                self._call(handler, first)

    def _deliver_matches(self, handler: RegexHandler, block: bytes) -> None:
        text = block.decode()
        emitted = 0
        try:
            may_hide = handler.may_hide
            for end, first in handler.matches(text):
                name = handler.hides(first.line) if may_hide else None
                self._emit(text[emitted : end if name is None else text.rfind("\n", 0, end - 1) + 1].encode())
                emitted = end
                if name is not None:
                    self._hidden(name)
                self._call(handler, first)
        except BaseException as error:  # noqa: BLE001  # as above; the lines are shown in any case
            self._failed(error)
        if emitted == 0:
            self._emit(block)  # as it is: no line has matched
        elif emitted < len(text):
            self._emit(text[emitted:].encode())

    def _deliver_part(self, handler: RegexHandler, piece: Piece) -> None:
        self._emit_unhidden(handler, piece.shown)
        if not piece.goes_on:
            self._called.clear()
            self._seen = 0
        lines = piece.matched.decode().split("\n")[:-1]
        for line in lines:
            first = handler.match_rest(line, self._called, self._seen)
            if first is not None:
                self._call(handler, first, self._called)
            self._seen = 0
        self._seen = len(lines[-1]) if piece.is_part and lines else 0

    def _call(self, handler: RegexHandler, first: FirstMatch, called: list[RegexCallback] | None = None) -> None:
        try:
            handler.call(first, called)
        except BaseException as error:  # noqa: BLE001  # an author's code, on the thread without which the application blocks
            self._failed(error)

    def _deliver_records(self, handler: logging.Handler, piece: Piece) -> None:
        if not (piece.shown and piece.matched):
            self._emit_unhidden(handler, piece.shown)
        for line in (piece.shown if piece.goes_on else piece.matched).split(b"\n")[:-1]:
            if piece.shown:
                self._emit_unhidden(handler, line + b"\n")
            level = LEVELS[self.name]
            record = logging.LogRecord(self._logger_name, level, "", 0, line.decode(), None, None)
            record.levelname = self.name.upper()
            try:
                handler.handle(record)
            except BaseException as error:  # noqa: BLE001  # as above
                self._failed(error)

    def _emit_unhidden(self, handler: logging.Handler, block: bytes) -> None:
        """Emit at most one line, or a part of it, unless a rule hides it."""
        name = None
        try:
            if block and getattr(handler, "may_hide", False):  # a RegexHandler, or one that is joined with one
                hides: Callable[[str], str | None] = getattr(handler, "hides")
                name = hides(block.decode().rstrip("\n"))
        except BaseException as error:  # noqa: BLE001  # as above; the line is shown
            self._failed(error)
        if name is None:
            self._emit(block)
        else:
            self._hidden(name)

    def _emit(self, block: bytes) -> None:
        if not block:
            return
        try:
            self._sink(self.name, visible(block))
        except BaseException as error:  # noqa: BLE001  # as above; a full disk must not block the application
            self._failed(error)
