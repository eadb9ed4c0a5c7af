"""Seconds and bytes as a person reads them, everywhere: in a status, a table, a page, a log."""

from __future__ import annotations

_UNITS = ("B", "KB", "MB", "GB", "TB")


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


def size(count: float) -> str:
    """Return a number of bytes as a person reads it, in units of 1024.

    >>> [size(count) for count in (512, 1536, 200 * 1024**2, 1000 * 1024**2, 5 * 1024**3)]
    ['512 B', '1.5 KB', '200 MB', '1.0 GB', '5.0 GB']
    """
    unit = 0
    while round(count) >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit and count < 99.95 else f"{count:.0f} {_UNITS[unit]}"
