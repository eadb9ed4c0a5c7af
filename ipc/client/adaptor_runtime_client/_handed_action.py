"""An action that an application has in hand and whose outcome it owes the adaptor."""

from __future__ import annotations

from ._action import Action
from ._channel import MESSAGE_LIMIT, ChannelClosedError
from ._console import complain
from ._messages import ActionDone, ActionFailed, encode, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._connection import Connection

_TEXT_LIMIT = 1_000_000
"""The most characters of an error to send: a text with a whole scene must still fit into a message."""


class HandedAction:
    """The action in ``body`` that was handed to ``request`` on ``connection``."""

    def __init__(self, connection: Connection, request: int, body: bytes) -> None:
        # As the adaptor wrote it, which equals what the action itself would write.
        self.text = body.decode("utf-8", "backslashreplace")
        self.action = Action.from_json_string(self.text)
        self._connection = connection
        self._request = request

    @property
    def is_close(self) -> bool:
        """Whether it is the last action."""
        return self.action is not None and self.action.name == "close"

    def done(self, result: object) -> bytes:
        """Return the report that the handler returned ``result``, or that it failed if the result is too large."""
        try:
            frames = encode(ActionDone(self._request, result))
        except (TypeError, ValueError, RecursionError):
            # Circular, or with keys that are not valid in JSON: send the text instead.
            frames = encode(ActionDone(self._request, text_of(result)))
        if len(frames) > MESSAGE_LIMIT:
            return self.failed(ValueError(f"its result takes {len(frames)} bytes; the limit is {MESSAGE_LIMIT}"))
        return frames

    def failed(self, error: BaseException) -> bytes:
        """Return the report that the handler raised ``error``."""
        from traceback import format_exception

        lines = "".join(format_exception(type(error), error, error.__traceback__))
        return encode(ActionFailed(self._request, type(error).__name__, _cut(text_of(error)), _cut(lines)))

    def ended(self, error: BaseException) -> bytes:
        """Return the report that the handler ended the application: a success for ``sys.exit()`` without a code."""
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return self.done(None)
        return self.failed(error)

    def say(self, frames: bytes) -> None:
        """Send a report of ``done``, ``failed``, or ``ended``."""
        try:
            self._connection.send(frames)
        except ChannelClosedError as error:
            name = getattr(self.action, "name", None)
            complain(f"ERROR: cannot report the result of the action {name!r}: {error}")


def _cut(text: str) -> str:
    left_out = len(text) - _TEXT_LIMIT
    return text if left_out <= 0 else f"{text[:_TEXT_LIMIT]}... ({left_out} more characters)"
