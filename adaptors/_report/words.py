"""Values as a person reads them."""

from __future__ import annotations

import datetime as dt
import re

from ...statemachine._amounts import duration, size

_DECEIVES = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # what no page may have
    "\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # what changes the order in which the text around it is shown
)


def harmless(text: str) -> str:
    r"""Return text with its control characters replaced, but for line ends and tabs.

    >>> harmless("a\x1b[31mb\n")
    'a\ufffd[31mb\n'
    """
    return _DECEIVES.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def duration_text(seconds: float | None) -> str | None:
    """Return a number of seconds as a person reads it; None if it is unknown."""
    return None if seconds is None else duration(max(0.0, seconds))


def size_text(count: float | None) -> str | None:
    """Return a number of bytes as a person reads it; None if it is unknown."""
    return None if count is None else size(count)


def moment(seconds: float | None) -> str | None:
    """Return a time stamp as a date and a time in UTC; None if it is unknown, or no clock ever shows it.

    >>> moment(0.0)
    '1970-01-01 00:00:00 UTC'
    """
    if seconds is None:
        return None
    try:
        at = dt.datetime.fromtimestamp(seconds, dt.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
