"""Versions of interfaces: major and minor."""

from __future__ import annotations

import re
from functools import total_ordering

import attrs

_TEXT = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


@total_ordering
@attrs.frozen(order=False)
class SemanticVersion:
    """The version of an interface.

    Attributes:
        major: Increases with a change that breaks old callers.
        minor: Increases with any other change.

    Raises:
        TypeError: One of them is not an integer.
        ValueError: One of them is negative.

    >>> SemanticVersion(1, 2) < SemanticVersion(1, 10), str(SemanticVersion(1, 2))
    (True, '1.2')
    """

    major: int
    minor: int

    def __attrs_post_init__(self) -> None:
        for name, number in (("major", self.major), ("minor", self.minor)):
            if not isinstance(number, int) or isinstance(number, bool):
                raise TypeError(f"the {name} of a SemanticVersion must be an integer, not {number!r}")
            if number < 0:
                raise ValueError(f"the {name} of a SemanticVersion must not be negative, as {number} is")

    def __str__(self) -> str:
        """Return ``major.minor``."""
        return f"{self.major}.{self.minor}"

    def __lt__(self, other: object) -> bool:
        """Compare by major, then minor."""
        if not isinstance(other, SemanticVersion):
            return NotImplemented
        return (self.major, self.minor) < (other.major, other.minor)

    def has_compatibility_with(self, other: SemanticVersion) -> bool:
        """Return whether a provider of this version serves a caller that needs ``other``.

        Args:
            other: The required version.

        Raises:
            TypeError: ``other`` is not a version.

        >>> SemanticVersion(1, 4).has_compatibility_with(SemanticVersion(1, 2))
        True
        """
        if not isinstance(other, SemanticVersion):
            raise TypeError(f"a SemanticVersion can only be compared with another SemanticVersion, not with {other!r}")
        if self.major == other.major == 0:
            return self.minor == other.minor
        return self.major == other.major and self.minor >= other.minor

    @classmethod
    def parse(cls, text: str) -> SemanticVersion:
        """Return the version that ``text`` names.

        Args:
            text: Such as ``"1.4"``.

        Raises:
            ValueError: It is malformed.
        """
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"{text!r} is not a version; write two numbers separated by a dot, such as 1.4")
        return cls(int(match.group(1)), int(match.group(2)))
