"""The events of a session, as a protocol: the daemon spools them, the foreground prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message, Result


class Stream(Protocol):
    """Accept the events of a session in order. Any thread may call it; no call raises because nobody listens."""

    def begin(self, stream_id: str) -> None:
        """Open the task stream that the following events belong to."""

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Add one event to the open task stream."""

    def end(self, stream_id: str, result: Result) -> None:
        """Add ``result`` to the task stream as its last event and close it."""
