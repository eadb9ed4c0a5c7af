"""The lines of applications in a saved log."""

from __future__ import annotations

from typing import NamedTuple

from ...ipc._stream.printer import PREFIXES

_STREAMS = ("stdout", "stderr")


class ApplicationLine(NamedTuple):
    """A line that an application has printed.

    Attributes:
        number: The number of the line in the log, from 1.
        stream: ``stdout`` or ``stderr``; ``stdout`` if the log does not say it.
        text: The line, without its end.
    """

    number: int
    stream: str
    text: bytes


def application_lines(log: bytes) -> list[ApplicationLine]:
    """Return the lines of applications in a log.

    Args:
        log: The output of an application, or the log of a session: then only the lines of applications count, without
            their prefix.
    """
    lines = list(enumerate(log.removesuffix(b"\n").split(b"\n"), 1)) if log else []
    of_session = [
        ApplicationLine(number, stream, line[len(PREFIXES[stream]) :])
        for number, line in lines
        for stream in _STREAMS
        if line.startswith(PREFIXES[stream])
    ]
    return of_session or [ApplicationLine(number, "stdout", line) for number, line in lines]
