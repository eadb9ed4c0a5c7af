r"""Turn what an application writes for a terminal into plain text: UTF-8, without escape sequences.

A color before ``Error:`` defeats the pattern ``^Error:``. Other control characters stay in the text to match, because
patterns and callbacks know how an application writes. In a log, readers do not expect a NUL or a form feed, so they
become visible text, such as ``\x00``.
"""

from __future__ import annotations

import codecs
import re

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROLS = [bytes([number]) for number in (*range(9), 11, 12, *range(14, 32), 127)]

# Patterns as text: `re` compiles and caches those that are used. ECMA-48: CSI (colors, cursor), OSC and similar ones up
# to BEL or ST, then the short ones.
_ESCAPE = rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]*[0-OQ-WYZ\\`-~])"
_UNFINISHED_ESCAPE = rb"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\n]*\x1b?|[ -/]*)\Z"
_LONGEST_ESCAPE = 4096

_CONTINUATION_MASK, _CONTINUATION = 0xC0, 0x80  # of UTF-8: the bytes of a character after its first
_CONTROLS_AND_DIRECTIONS = rb"\xc2[\x80-\x84\x86-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
"""In UTF-8: the controls after ASCII, which a terminal may obey, such as U+009B for ESC [, but for U+0085, a line end;
and what changes the direction of the text that follows, so that it reads as something else."""

_NOT_ON_A_LINE = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+"
_LONGEST_CHARACTER = 4


def plain_text(text: bytes, errors: str = "backslashreplace") -> bytes:
    r"""Return text in the form to match. Plain text stays unchanged.

    Args:
        text: Whole lines, or a piece of one.
        errors: The error handler for bytes that are not UTF-8, as in ``codecs``.

    >>> plain_text(b"\x1b[31mError:\x1b[0m no disk\n")
    b'Error: no disk\n'
    """
    if not text.isascii():
        text = _valid(text, errors)
    if b"\x1b" in text:
        text = re.sub(_ESCAPE, b"", text)
    if b"\b" in text:
        text = _erased(text)
    return text


def visible_text(lines: bytes, longest: int) -> bytes:
    r"""Return plain lines in the form to show: with control characters other than tabs as text.

    So are the characters that change the direction of the text.

    >>> visible_text(b"nul\0\tand tab\n", 60_000)
    b'nul\\x00\tand tab\n'
    """
    # Each check is a memchr: all of them take 40 µs for 800 lines, half as long as bytes.translate.
    present = [control for control in _CONTROLS if control in lines]
    shown = lines
    for control in present:
        shown = shown.replace(control, b"\\x%02x" % ord(control))
    if not lines.isascii():
        shown = re.sub(_CONTROLS_AND_DIRECTIONS, _as_text, shown)
    return lines if shown == lines else cut_long_lines(shown, longest)


def on_one_line(text: str) -> str:
    r"""Return anybody's text as one line that deceives no reader and moves no cursor.

    >>> on_one_line("a\x9b31mb\nc")
    'a 31mb c'
    """
    return re.sub(_NOT_ON_A_LINE, " ", text)


def _as_text(found: re.Match[bytes]) -> bytes:
    return ascii(found[0].decode())[1:-1].encode()


def unfinished_tail(data: bytes) -> int:
    """Return where an incomplete character or escape sequence begins at the end of ``data``."""
    tail = data[1 - _LONGEST_CHARACTER :]
    end = len(data) - len(tail) + codecs.utf_8_decode(tail, "replace", False)[1]  # it has no name
    if b"\x1b" in data:
        found = re.compile(_UNFINISHED_ESCAPE).search(data, max(0, len(data) - _LONGEST_ESCAPE))
        end = end if found is None else min(end, found.start())
    return end


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


def _valid(text: bytes, errors: str) -> bytes:
    try:
        text.decode()
    except UnicodeDecodeError:
        text = text.decode("utf-8", errors).encode("utf-8", "backslashreplace")
    if _BYTE_ORDER_MARK in text:
        text = re.sub(rb"(?m)^(?:" + _BYTE_ORDER_MARK + rb")+", b"", text)
    return text


def _erased(text: bytes) -> bytes:
    """Remove each backspace and the character before it, as a spinner intends."""
    kept = bytearray()
    for part in re.split(rb"(\x08+)", text):
        if not part.startswith(b"\b"):
            kept += part
            continue
        for _ in part:
            if not kept or kept.endswith(b"\n"):
                break
            del kept[_character_start(kept, len(kept) - 1) :]
    return bytes(kept)


def _character_start(data: bytes | bytearray, index: int) -> int:
    """Find the start of the character that ``index`` is in; bytes that are not UTF-8 stay where they are."""
    for start in range(index, max(-1, index - _LONGEST_CHARACTER), -1):
        if data[start] & _CONTINUATION_MASK != _CONTINUATION:
            return start
    return index
