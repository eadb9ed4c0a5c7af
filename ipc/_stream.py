"""What a session says, as a protocol: the daemon spools it, the foreground renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message, Result


class Stream(Protocol):
    """Take the events of a session in order. Any thread may call; no call raises because nobody listens."""

    def begin(self, segment_id: str) -> None:
        """Open the segment that the following events belong to, usually a task."""

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Add one event to the open segment."""

    def end(self, segment_id: str, result: Result) -> None:
        """Add ``result`` to the segment as its last event and close it."""
