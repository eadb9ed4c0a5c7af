r"""Halves of surrogate pairs in YAML, which its parser does not take: other characters stand in for them meanwhile.

JSON writes a character beyond U+FFFF as two escapes, ``"\ud83c\udfac"``. A scheduler that puts such a text into a
YAML file means that character. A half alone is how Python carries a byte of a file name that is not UTF-8.
"""

from __future__ import annotations

import re

_HALVES = re.compile(r"\\u([dD][89a-fA-F][0-9a-fA-F]{2})|\\.|([\ud800-\udfff])", re.DOTALL)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_PRIVATE = range(0xE000, 0xF8FF)


class Surrogates:
    """Knows what stands in for halves of surrogate pairs.

    Args:
        sign: A character that the text does not have. With ``u`` and four digits it stands for an escape, with ``r``
            for the character itself.
    """

    def __init__(self, sign: str) -> None:
        self._sign = sign
        self._stand_ins = re.compile(sign + "([ur])([0-9a-fA-F]{4})")

    def hide(self, text: str) -> str:
        """Return the text with something else for each of them, as long as an escape is."""
        return _HALVES.sub(self._hidden, text)

    def put_back(self, value: str, *, is_quoted: bool) -> str:
        """Return what a scalar means.

        Args:
            value: What the parser has made of it.
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
    """Return a text that the parser takes, and what puts back what was in it; None where there is nothing to do."""
    if "\\ud" not in text and "\\uD" not in text and re.search("[\ud800-\udfff]", text) is None:
        return text, None
    sign = next((chr(code) for code in _PRIVATE if chr(code) not in text), None)
    if sign is None:
        return text, None
    surrogates = Surrogates(sign)
    return surrogates.hide(text), surrogates


def _joined(match: re.Match[str]) -> str:
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16")
