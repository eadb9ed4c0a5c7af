"""The lines of an application in a saved log: its own, or that of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...ipc._stream.printer import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_APPLICATIONS = {PREFIXES[stream]: stream for stream in ("stdout", "stderr")}


class SavedLine(NamedTuple):
    """A line in a log."""

    number: int
    """The line of the log, from 1."""

    stream: str
    """``stdout`` or ``stderr``."""

    data: bytes
    r"""The line with ``\n``, and without the prefix of its stream."""


def saved_lines(log: bytes) -> Iterator[SavedLine]:
    """Yield the lines of applications.

    Args:
        log: The output of an application, or the log of a session: then only the lines with the prefix of a stream
            count.
    """
    lines = log.removesuffix(b"\n").split(b"\n") if log else []
    is_of_session = any(line.startswith(tuple(_OF_APPLICATIONS)) for line in lines)
    for number, line in enumerate(lines, 1):
        if not is_of_session:
            yield SavedLine(number, "stdout", line + b"\n")
            continue
        for prefix, stream in _OF_APPLICATIONS.items():
            if line.startswith(prefix):
                yield SavedLine(number, stream, line[len(prefix) :] + b"\n")
