r"""Lone surrogates in YAML: its parser rejects them, so other characters stand in for them while it runs.

JSON writes a character beyond U+FFFF as two escapes, ``"\ud83c\udfac"``. A scheduler that puts such a text into a
YAML file means that character. Python uses a lone surrogate for a byte of a file name that is not UTF-8.
"""

from __future__ import annotations

import re

_HALVES = re.compile(r"\\u([dD][89a-fA-F][0-9a-fA-F]{2})|\\.|([\ud800-\udfff])", re.DOTALL)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_PRIVATE = range(0xE000, 0xF8FF)


class Surrogates:
    """Replace surrogates by stand-ins, and put them back.

    Args:
        sign: A character that does not occur in the text. With ``u`` and four digits it stands for an escape, with
            ``r`` for the character itself.
    """

    def __init__(self, sign: str) -> None:
        self._sign = sign
        self._stand_ins = re.compile(sign + "([ur])([0-9a-fA-F]{4})")

    def hide(self, text: str) -> str:
        """Return the text with a stand-in of the length of an escape for each of them."""
        return _HALVES.sub(self._hidden, text)

    def put_back(self, value: str, *, is_quoted: bool) -> str:
        """Return the original of a scalar.

        Args:
            value: What the parser returned.
            is_quoted: Whether it is between double quotes, where a backslash begins an escape.
        """
        if self._sign not in value:
            return value

        def original(match: re.Match[str]) -> str:
            kind, digits = match.groups()
            return f"\\u{digits}" if kind == "u" and not is_quoted else chr(int(digits, 16))

        value = self._stand_ins.sub(original, value)
        return _PAIR.sub(_joined, value) if is_quoted else value

    def _hidden(self, match: re.Match[str]) -> str:
        digits, half = match.groups()
        if digits:
            return f"{self._sign}u{digits}"
        return f"{self._sign}r{ord(half):04x}" if half else match.group()


def stand_in(text: str) -> tuple[str, Surrogates | None]:
    """Return a text that the parser accepts, and the object that restores the original; None if it is unchanged."""
    if "\\ud" not in text and "\\uD" not in text and re.search("[\ud800-\udfff]", text) is None:
        return text, None
    sign = next((chr(code) for code in _PRIVATE if chr(code) not in text), None)
    if sign is None:
        return text, None
    surrogates = Surrogates(sign)
    return surrogates.hide(text), surrogates


def _joined(match: re.Match[str]) -> str:
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16")
