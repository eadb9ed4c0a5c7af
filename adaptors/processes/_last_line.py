"""The last line of an application, as a part of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def last_line(lines: Sequence[str]) -> str:
    """Return the last nonblank line as a part of a sentence.

    Args:
        lines: What the application has printed.

    >>> last_line(["loaded", "no license ", ""])
    'its last line: no license'
    """
    said = [line.strip() for line in lines if line.strip()]
    return f"its last line: {said[-1]}" if said else "it printed nothing"
