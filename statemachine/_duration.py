"""A number of seconds as a person reads it."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a number of seconds as a person reads it.

    >>> [duration(seconds) for seconds in (0.004, 0.52, 12.34, 83, 3723, 200000)]
    ['4 ms', '0.52 s', '12.3 s', '1 min 23 s', '1 h 02 min', '2 d 07 h']
    """
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02} h"
