r"""Turn the bytes that an application writes into blocks of whole lines.

Blocks, because work for each line is what makes output slow: a block of 800 lines costs about as much as one line.
Only ``\n``, ``\r\n`` and ``\r`` end a line. ``str.splitlines`` knows eight more ends, and with them a form feed or
U+2028 inside a line would start a "line" that a scheduler obeys.
"""

from __future__ import annotations

import codecs

#: Bytes. OpenJD session runtimes cut a line at 64 000; the prefix that the foreground process adds has to fit too.
LONGEST_LINE = 60_000

_CONTINUATION_MASK, _CONTINUATION = 0xC0, 0x80  # of UTF-8: the bytes of a character after its first
_LONGEST_CHARACTER = 4


class OutputLines:
    r"""Split one stream. Feed it what was read; it gives back UTF-8 blocks in which each line ends with ``\n``.

    Args:
        encoding: What the application writes. Bytes that are not valid in it appear as ``\xff``.
        longest_line: Bytes; a longer line is cut into pieces, so that one without end needs no memory without end.

    Raises:
        LookupError: There is no such encoding.
    """

    def __init__(self, encoding: str = "utf-8", *, longest_line: int = LONGEST_LINE) -> None:
        self._longest_line = longest_line
        self._pending = bytearray()
        self._after_return = False
        self._decoder: codecs.IncrementalDecoder | None = None
        if codecs.lookup(encoding).name != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")

    def feed(self, data: bytes) -> bytes:
        """Take what was read and give back the lines that it completes, possibly none."""
        if self._decoder is not None:
            data = self._decoder.decode(data).encode("utf-8", "backslashreplace")
        return self._feed(data)

    def finish(self) -> bytes:
        """Give back the last line if it had no end."""
        block = b""
        if self._decoder is not None:
            block = self._feed(self._decoder.decode(b"", final=True).encode("utf-8", "backslashreplace"))
        if self._pending:
            rest, self._pending = bytes(self._pending), bytearray()
            block += self._polish(rest + b"\n")
        return block

    def _feed(self, data: bytes) -> bytes:
        data = self._unify_line_ends(data)
        end = data.rfind(b"\n") + 1
        if not end:
            self._pending += data
            return self._overflow() if len(self._pending) > self._longest_line else b""
        block = bytes(self._pending + data[:end]) if self._pending else data[:end]
        self._pending = bytearray(data[end:])
        return self._polish(block)

    def _unify_line_ends(self, data: bytes) -> bytes:
        r"""Write each line end as ``\n``. A ``\r`` counts at once; a ``\n`` that follows it may be in the next read."""
        if self._after_return and data:
            self._after_return = False
            if data.startswith(b"\n"):
                data = data[1:]
        if b"\r" in data:
            self._after_return = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _overflow(self) -> bytes:
        """Give away whole pieces of a line whose end has not come yet."""
        pieces = b""
        while len(self._pending) > self._longest_line:
            cut = _character_start(self._pending, self._longest_line)
            pieces += bytes(self._pending[:cut]) + b"\n"
            del self._pending[:cut]
        return self._polish(pieces)

    def _polish(self, block: bytes) -> bytes:
        if not block.isascii():
            block = _valid(block)
        return cut_long_lines(block, self._longest_line) if len(block) > self._longest_line else block


def cut_long_lines(block: bytes, longest: int) -> bytes:
    """Cut lines of more than ``longest`` bytes into pieces, not inside a character."""
    position = 0
    while len(block) - position > longest:
        line_end = block.rfind(b"\n", position, position + longest + 1)
        if line_end < 0:
            line_end = _character_start(block, position + longest)
            block = block[:line_end] + b"\n" + block[line_end:]
        position = line_end + 1
    return block


def _valid(block: bytes) -> bytes:
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode("utf-8", "backslashreplace").encode()
    return block


def _character_start(data: bytes | bytearray, index: int) -> int:
    """Find the start of the character that ``index`` is in; bytes that are no UTF-8 stay where they are."""
    for start in range(index, max(0, index - _LONGEST_CHARACTER), -1):
        if data[start] & _CONTINUATION_MASK != _CONTINUATION:
            return start
    return index
