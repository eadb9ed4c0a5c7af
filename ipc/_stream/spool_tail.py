"""The last events in the file of a spool, for whoever cannot ask its daemon."""

from __future__ import annotations

import os

from adaptor_runtime_client._messages import HEADER, ProtocolError, decode

from .spool import FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message

_TAIL = 256 * 1024
_START = b'{"kind":'


def last_events(directory: str) -> list[tuple[Message, bytes]]:
    """Return the last events, oldest first: those that whole frames hold at the end of the file.

    Args:
        directory: The session directory.
    """
    try:
        with open(os.path.join(directory, FILE), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            data = file.read(_TAIL)
    except OSError:
        return []
    at = data.find(_START)
    while at >= 0:
        events = _events(data, at - HEADER.size)
        if events:
            return events
        at = data.find(_START, at + 1)
    return []


def last_change(directory: str) -> float | None:
    """Return when the last event was written, in seconds since the epoch; None if there is no such file."""
    try:
        return os.stat(os.path.join(directory, FILE)).st_mtime
    except OSError:
        return None


def _events(data: bytes, at: int) -> list[tuple[Message, bytes]]:
    """Return the events from ``at`` on, if frames follow each other from there to the end."""
    events: list[tuple[Message, bytes]] = []
    while 0 <= at <= len(data) - HEADER.size:
        head_size, body_size = HEADER.unpack_from(data, at)
        body_at = at + HEADER.size + head_size
        at = body_at + body_size
        try:
            events.append((decode(data[body_at - head_size : body_at]), data[body_at:at]))
        except ProtocolError:
            return []
    return events if at == len(data) else []
