"""A moment in the past, as people write it."""

from __future__ import annotations

import math
import re
import time

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DAY = 86_400


def moment_of(text: str, now: float) -> float:
    """Return the moment in seconds since the epoch.

    Args:
        text: How long ago, such as ``90``, ``10m`` or ``2h``; or the last time that a clock showed ``17:05``.
        now: The wall clock, in seconds since the epoch.

    Raises:
        ValueError: It is neither.

    >>> moment_of("10m", 1000.0)
    400.0
    """
    ago = _AGO.fullmatch(text.strip())
    seconds = None if ago is None else float(ago[1]) * _UNITS[ago[2] or ""]
    if seconds is not None and math.isfinite(seconds):
        return now - seconds
    clock = _CLOCK.fullmatch(text.strip())
    if clock is None:
        raise ValueError(f"{text!r} is no moment; write how long ago, as in '10m', or a time of day, as in '17:05'")
    day = time.localtime(now)
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{text!r} is no time of day")
    when = time.mktime((day.tm_year, day.tm_mon, day.tm_mday, hour, minute, second, 0, 0, -1))
    return when if when <= now else when - _DAY
