"""The stream of a session in a program of an author's, which has made nothing ready for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ipc._stream.printer import printed

if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message, Result


class PrintedStream:
    """Print events through ``sys.stdout``, whatever that is at the moment, as a command would print them."""

    def begin(self, stream_id: str) -> None:
        """Ignore the beginning of a request: it prints nothing."""

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Print one event."""
        text = printed(message, body).decode("utf-8", "backslashreplace")
        if text:
            print(text, end="", flush=True)  # noqa: T201  this is what it is for

    def end(self, stream_id: str, result: Result) -> None:
        """Ignore the end of a request: its outcome is returned."""
