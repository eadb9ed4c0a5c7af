"""The time at the beginning of each printed line."""

from __future__ import annotations

import time

from .gauges import local_time

_FORMAT = "%Y-%m-%d %H:%M:%S"
_MESSAGE = b"openjd_"


class LineTimes:
    r"""Put the local time in front of each line.

    Args:
        everywhere: Also in front of messages for the scheduler, which it could not read then.

    >>> LineTimes()(b"INFO: loaded\nopenjd_progress: 50\n").splitlines()[1]
    b'openjd_progress: 50'
    """

    def __init__(self, *, everywhere: bool = False) -> None:
        self._everywhere = everywhere
        self.at: float | None = None
        """The time of the next lines, in seconds since the epoch; None for now."""

    def __call__(self, data: bytes) -> bytes:
        """Return whole lines with their time."""
        at = time.time() if self.at is None else self.at
        stamp = local_time(at, _FORMAT).encode("ascii") + b" "
        if self._everywhere or _MESSAGE not in data:
            return stamp + data[:-1].replace(b"\n", b"\n" + stamp) + b"\n"
        lines = data[:-1].split(b"\n")
        return b"".join((b"" if line.startswith(_MESSAGE) else stamp) + line + b"\n" for line in lines)
