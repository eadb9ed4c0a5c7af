"""Time, progress, and text as a terminal shows them."""

from __future__ import annotations


def stopwatch(seconds: float) -> str:
    """Return seconds as hours, minutes and seconds.

    >>> stopwatch(3725.4), stopwatch(4.25)
    ('1:02:05', '0:00:04')
    """
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def local_time(at: float, form: str) -> str:
    """Return a moment as clocks here show it; ``?`` if no clock ever does: a damaged file may name any number.

    Args:
        at: Seconds since the epoch.
        form: As for ``strftime``. The offset from UTC is that of Python: C libraries write that of UTC in two ways.

    >>> local_time(1e300, "%H:%M")
    '?'
    """
    from datetime import datetime, timezone

    try:
        return datetime.fromtimestamp(at, timezone.utc).astimezone().strftime(form)
    except (OverflowError, ValueError, OSError):
        return "?"


def progress_bar(percent: float, width: int) -> str:
    """Return progress as a bar of ``width`` characters between brackets.

    >>> progress_bar(50, 10)
    '[#####-----]'
    """
    filled = min(width, max(0, round(percent / 100 * width)))
    return f"[{'#' * filled}{'-' * (width - filled)}]"


def beginning(text: str, columns: int) -> str:
    """Return the beginning of a text that certainly fits: characters beyond ASCII may be two columns wide.

    >>> beginning("Frame", 3), beginning("\u6f22\u5b57", 3)
    ('Fra', '\u6f22')
    """
    used = 0
    for at, character in enumerate(text):
        used += 1 if character.isascii() else 2
        if used > columns:
            return text[:at]
    return text
