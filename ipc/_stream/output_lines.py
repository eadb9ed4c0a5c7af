r"""Turn the bytes that a process writes into lines, in blocks: work for each single line makes output slow.

A block of 800 lines costs about as much as one line. Only ``\n`` and ``\r\n`` end a line; ``\r`` alone redraws the
line. ``str.splitlines`` knows eight more line ends; with them, a form feed or U+2028 inside a line would start a "line"
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
"""Bytes. OpenJD session runtimes cut a line at 64,000; the prefix that the foreground process adds must fit, too."""

SILENCE_SECONDS = 0.2
"""How long an unfinished line waits before it is shown: it may be a prompt, and nothing follows until it is answered.

Each shown part doubles it for the rest of that line, so that slowly printed dots do not become one line each.
"""

BUFFER_SECONDS = 2.0
"""The same after as many bytes as an application's buffer may hold: then the line ends where the buffer was full."""

REDRAW_SECONDS = 1.0
"""How often the states of a redrawn line are shown."""

_MOST_DOUBLINGS = 3
_BUFFER = 4096  # that of the C library when it writes to a pipe; others are larger
_MESSAGE = b"openjd_"


class Piece(NamedTuple):
    r"""What is to be done next: show lines, then match lines; both in UTF-8, each line ended by ``\n``.

    Both contain control characters: use ``visible`` for the shown ones.
    """

    shown: bytes
    matched: bytes
    """The same object as ``shown`` for whole lines. A line that has been shown in parts is matched as a whole."""

    goes_on: bool = False
    """Whether ``matched`` begins with a line that was matched before, when it was shorter."""

    is_part: bool = False
    """Whether the line may continue in the next piece."""


class OutputLines:
    r"""Split one stream. Feed it what was read; it returns what to show and match.

    An unfinished line is kept until ``pause``, ``show``, or ``finish``; the rest of it is then shown as a separate
    line. Each state of a line redrawn with ``\r`` is matched; a state is shown if it stands when ``REDRAW_SECONDS``
    have passed since the last one, or when the line ends.

    Args:
        encoding: The encoding of the stream. A byte order mark at the beginning of a line is dropped.
        errors: The error handler for invalid bytes, as in ``codecs``.
        longest_line: Bytes; a longer line is cut into pieces, so that an endless line does not need endless memory.
        clock: A monotonic clock.

    Raises:
        LookupError: The encoding or error handler is unknown.
        ValueError: ``errors`` is ``strict``, which would lose output.
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
            raise ValueError("'strict' would lose output: choose how to show invalid bytes")
        self._errors = errors
        self._longest_line = longest_line
        self._clock = clock
        self._decoder: codecs.IncrementalDecoder | None = None
        if codecs.lookup(encoding).name != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._heard = 0.0
        self._at_once = 0  # bytes read without a silence or the end of a line in between
        self._silence = SILENCE_SECONDS
        self._pending = bytearray()  # what was read of the unfinished line, or state of a line
        self._is_waiting = False  # whether `pause` could have something to show
        self._said = b""  # what was shown of the unfinished line
        self._parts = 0
        self._is_redrawn = False
        self._state = b""  # the last state of a redrawn line, until it is shown
        self._state_shown = float("-inf")
        self._is_line_shown = False

    @property
    def has_rest(self) -> bool:
        """Whether ``show`` could have something to show."""
        return bool(self._pending or self._state)

    @property
    def due(self) -> float | None:
        """When to call ``pause``, unless something arrives before: a clock reading. None: never."""
        if not self._is_waiting:
            return None
        due = self._heard + self._silence * (1 << min(self._parts, _MOST_DOUBLINGS))
        return max(due, self._state_shown + REDRAW_SECONDS) if self._is_redrawn else due

    def feed(self, data: bytes) -> list[Piece]:
        """Take what was read and return what it completes, possibly nothing."""
        if self._decoder is not None:
            data = self._decoder.decode(data).encode("utf-8", "backslashreplace")
        if not data:
            return []
        now = self._clock()
        # A buffer may arrive in pieces, if the application has had to wait for its reader.
        self._at_once = len(data) + (self._at_once if now - self._heard < SILENCE_SECONDS else 0)
        self._heard = now
        self._silence = SILENCE_SECONDS if self._at_once < _BUFFER else BUFFER_SECONDS
        pieces = list(self._odd_lines(data)) if self._said or self._is_redrawn or b"\r" in data else self._lines(data)
        if not self._pending:
            self._at_once = 0
        self._is_waiting = self.has_rest
        return pieces

    def pause(self) -> list[Piece]:
        """Return the unfinished line, because nothing follows; but never half of a message to a scheduler."""
        self._is_waiting = False
        return [] if self._pending.startswith(_MESSAGE) else self.show()

    def answer(self) -> None:
        """Begin a new line after an unfinished one that was shown: somebody has answered it, as at a terminal."""
        if self._said and not self._is_redrawn:
            self._said = b""
            self._parts = 0
            self._is_line_shown = False

    def show(self) -> list[Piece]:
        """Return the unfinished line; but never half of a character or of an escape sequence."""
        return self._show(unfinished_tail(bytes(self._pending)))

    def finish(self) -> list[Piece]:
        """Return the rest: nothing follows."""
        pieces = []
        if self._decoder is not None:
            rest = self._decoder.decode(b"", final=True).encode("utf-8", "backslashreplace")
            pieces = list(self._odd_lines(rest))
        return [*pieces, *self._show(len(self._pending))]

    def _lines(self, data: bytes) -> list[Piece]:
        r"""Take data without ``\r``, while nothing of its first line has been shown."""
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
        if not text.strip():  # the line is erased
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
        """Return whole pieces of an unfinished line."""
        end = unfinished_tail(bytes(self._pending))
        rest = self._pending[end:]
        block, _, self._pending = bytearray(self._polish(bytes(self._pending[:end]))).rpartition(b"\n")
        self._pending += rest
        if not block:  # as plain text, it is short enough
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
    """Return the line that shows the rest of a line: a message in the middle of a line does not count as one."""
    return (b" " if said and text.startswith(_MESSAGE) else b"") + text + b"\n"
