r"""Turn the bytes that a process writes into lines: in blocks, because work for each line is what makes output slow.

A block of 800 lines costs about as much as one line. Only ``\n`` and ``\r\n`` end a line; ``\r`` alone has it drawn
anew. ``str.splitlines`` knows eight more ends, and with them a form feed or U+2028 inside a line would start a "line"
that a scheduler obeys.
"""

from __future__ import annotations

import codecs
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from .plain_text import cut_long_lines, plain_text, unfinished_tail, visible_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

LONGEST_LINE = 60_000
"""Bytes. OpenJD session runtimes cut a line at 64 000; the prefix that the foreground process adds has to fit too."""

SILENCE_SECONDS = 0.2
"""How long a line without end stands before it is shown: it may be a prompt, and nothing follows until it is answered.

Each part that is shown doubles it for the rest of that line, so that a row of slow dots is not one line for each.
"""

BUFFER_SECONDS = 2.0
"""The same behind as much as a buffer of the application may hold: then its end is where the buffer was full."""

REDRAW_SECONDS = 1.0
"""How often the states of a line that is drawn again and again are shown."""

_MOST_DOUBLINGS = 3
_BUFFER = 4096  # that of the C library, where it writes to a pipe; others are larger
_MESSAGE = b"openjd_"


class Piece(NamedTuple):
    r"""What is to be done next: show lines, then match lines; both in UTF-8, each line ended by ``\n``.

    Control characters are in both: ``visible`` is for those that are shown.
    """

    shown: bytes
    matched: bytes
    """The same object as ``shown`` for whole lines. A line that has been shown in parts is matched as a whole."""

    goes_on: bool = False
    """Whether ``matched`` begins with a line that was matched before, when less of it was there."""

    is_part: bool = False
    """Whether the line may go on in the next piece."""


class OutputLines:
    r"""Split one stream. Feed it what was read; it gives back what is to be shown and matched.

    A line without end is kept until ``pause``, ``show`` or ``finish``; what comes of it after that is shown as a line
    of its own. Of a line that is drawn again and again with ``\r``, each state is matched, and those are shown that
    stand when ``REDRAW_SECONDS`` have passed since the last one, or when the line ends.

    Args:
        encoding: Of the stream. A byte order mark at the beginning of a line is left out.
        errors: What becomes of bytes that are not valid in it: an error handler, as ``codecs`` knows them.
        longest_line: Bytes; a longer line is cut into pieces, so that one without end needs no memory without end.
        clock: A monotonic clock.

    Raises:
        LookupError: There is no such encoding or error handler.
        ValueError: ``errors`` is ``strict``: output must not get lost.
    """

    def __init__(
        self,
        encoding: str = "utf-8",
        errors: str = "backslashreplace",
        *,
        longest_line: int = LONGEST_LINE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        codecs.lookup_error(errors)
        if errors == "strict":
            raise ValueError("'strict' would lose output: say how bytes that are not valid are to appear")
        self._errors = errors
        self._longest_line = longest_line
        self._clock = clock
        self._decoder: codecs.IncrementalDecoder | None = None
        if codecs.lookup(encoding).name != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._heard = 0.0
        self._silence = SILENCE_SECONDS
        self._pending = bytearray()  # as it was read, of the line, or state of a line, whose end has not come
        self._is_waiting = False  # whether `pause` could have something to show
        self._said = b""  # what was shown of the line whose end has not come
        self._parts = 0
        self._is_redrawn = False
        self._state = b""  # the last state of a redrawn line, as long as it is not shown
        self._state_shown = float("-inf")
        self._is_line_shown = False

    @property
    def has_rest(self) -> bool:
        """Whether ``show`` could have something to show."""
        return bool(self._pending or self._state)

    @property
    def due(self) -> float | None:
        """When to call ``pause``, unless something comes before: a reading of the clock. None: not at all."""
        if not self._is_waiting:
            return None
        due = self._heard + self._silence * (1 << min(self._parts, _MOST_DOUBLINGS))
        return max(due, self._state_shown + REDRAW_SECONDS) if self._is_redrawn else due

    def feed(self, data: bytes) -> list[Piece]:
        """Take what was read and give back what it completes, possibly nothing."""
        if self._decoder is not None:
            data = self._decoder.decode(data).encode("utf-8", "backslashreplace")
        if not data:
            return []
        self._heard = self._clock()
        self._silence = SILENCE_SECONDS if len(data) < _BUFFER else BUFFER_SECONDS
        pieces = list(self._odd_lines(data)) if self._said or self._is_redrawn or b"\r" in data else self._lines(data)
        self._is_waiting = self.has_rest
        return pieces

    def pause(self) -> list[Piece]:
        """Give back the line whose end has not come, since nothing follows; but no half of a message to a scheduler."""
        self._is_waiting = False
        return [] if self._pending.startswith(_MESSAGE) else self.show()

    def show(self) -> list[Piece]:
        """Give back the line whose end has not come; but no half of a character or of an escape sequence."""
        return self._show(unfinished_tail(bytes(self._pending)))

    def finish(self) -> list[Piece]:
        """Give back what is left: nothing follows."""
        pieces = []
        if self._decoder is not None:
            rest = self._decoder.decode(b"", final=True).encode("utf-8", "backslashreplace")
            pieces = list(self._odd_lines(rest))
        return [*pieces, *self._show(len(self._pending))]

    def _lines(self, data: bytes) -> list[Piece]:
        """Take what has no return in it, while nothing of its first line has been shown."""
        end = data.rfind(b"\n") + 1
        if not end:
            self._pending += data
            return self._overflow() if len(self._pending) > self._longest_line else []
        block = bytes(self._pending + data[:end]) if self._pending else data[:end]
        self._pending = bytearray(data[end:])
        block = self._polish(block)
        return [Piece(block, block)]

    def _odd_lines(self, data: bytes) -> Iterator[Piece]:
        hidden = b""
        for piece in self._one_by_one(data.replace(b"\r\n", b"\n")):
            if not (piece.shown or piece.goes_on):
                hidden += piece.matched
                continue
            if hidden:
                yield Piece(b"", hidden)
                hidden = b""
            yield piece
        if hidden:
            yield Piece(b"", hidden)

    def _one_by_one(self, data: bytes) -> Iterator[Piece]:
        position = 0
        find_end = re.compile(rb"[\r\n]").search
        while position < len(data):
            if not (self._said or self._is_redrawn):
                returned = data.find(b"\r", position)
                plain_end = len(data) if returned < 0 else data.rfind(b"\n", position, returned) + 1
                if plain_end > position:
                    yield from self._lines(data[position:plain_end])
                    position = plain_end
                    continue
            end = find_end(data, position)
            self._pending += data[position : end.start() if end else len(data)]
            if end is None:
                yield from self._overflow() if len(self._pending) > self._longest_line else ()
                return
            position = end.end()
            yield from self._redraw() if end[0] == b"\r" else self._end_line()

    def _redraw(self) -> Iterator[Piece]:
        text, said = self._take(len(self._pending)), self._said
        self._said = b""
        self._is_redrawn = True
        if not text.strip():  # the line is wiped
            return
        matched = said + text + b"\n"
        if self._heard < self._state_shown + REDRAW_SECONDS:
            self._state = text
            yield Piece(b"", matched, bool(said))
        else:
            self._note_shown()
            yield Piece(_beginning(text, said), matched, bool(said))

    def _end_line(self) -> Iterator[Piece]:
        text, said, state, was_shown = self._take(len(self._pending)), self._said, self._state, self._is_line_shown
        is_redrawn = self._is_redrawn
        self._said = self._state = b""
        self._parts = 0
        self._is_redrawn = self._is_line_shown = False
        line = text + b"\n"
        if said:
            if text:
                yield Piece(_beginning(text, said) if text.strip() else b"", said + line, goes_on=True)
        elif text.strip() or not is_redrawn:
            yield Piece(line, line)
        elif state:
            yield Piece(state + b"\n", b"")
        elif not was_shown:
            yield Piece(line, line)

    def _show(self, end: int) -> list[Piece]:
        text = self._polish(bytes(self._pending[:end]))
        if text.strip():
            del self._pending[:end]
            said = self._said if len(self._said) + len(text) < self._longest_line else b""
            self._said = said + text
            self._parts += 1
            self._note_shown()
            return [Piece(_beginning(text, said), self._said + b"\n", goes_on=bool(said), is_part=True)]
        if self._state:
            state = self._state
            self._note_shown()
            return [Piece(state + b"\n", b"")]
        return []

    def _note_shown(self) -> None:
        self._state = b""
        self._is_line_shown = True
        if self._is_redrawn:
            self._state_shown = self._clock()

    def _overflow(self) -> list[Piece]:
        """Give away whole pieces of a line whose end has not come yet."""
        end = unfinished_tail(bytes(self._pending))
        rest = self._pending[end:]
        block, _, self._pending = bytearray(self._polish(bytes(self._pending[:end]))).rpartition(b"\n")
        self._pending += rest
        if not block:  # plain, it is short enough
            return []
        self._said = b""
        lines = bytes(block) + b"\n"
        return [Piece(lines, lines)]

    def _take(self, end: int) -> bytes:
        text = self._polish(bytes(self._pending[:end]))
        del self._pending[:end]
        return text

    def _polish(self, text: bytes) -> bytes:
        text = plain_text(text, self._errors)
        return cut_long_lines(text, self._longest_line) if len(text) > self._longest_line else text


def visible(block: bytes) -> bytes:
    """Return lines as they are shown, without control characters."""
    return visible_text(block, LONGEST_LINE)


def _beginning(text: bytes, said: bytes) -> bytes:
    """Return the line that shows the rest of a line; in its middle, a message to a scheduler is none."""
    return (b" " if said and text.startswith(_MESSAGE) else b"") + text + b"\n"
