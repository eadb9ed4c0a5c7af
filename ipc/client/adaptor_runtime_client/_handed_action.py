"""An action in the hand of an application, which owes the adaptor an answer about it."""

from __future__ import annotations

from ._action import Action
from ._channel import MESSAGE_LIMIT, ChannelClosedError
from ._console import complain
from ._messages import ActionDone, ActionFailed, encode, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._connection import Connection

_TEXT_LIMIT = 1_000_000
"""Characters of an error that are sent: what holds a whole scene must not be too large for a message."""


class HandedAction:
    """The action in ``body`` that was handed to ``request`` on ``connection``."""

    def __init__(self, connection: Connection, request: int, body: bytes) -> None:
        # As the adaptor wrote it, which is as the action itself would.
        self.text = body.decode("utf-8", "backslashreplace")
        self.action = Action.from_json_string(self.text)
        self._connection = connection
        self._request = request

    @property
    def is_close(self) -> bool:
        """Whether it is the last one."""
        return self.action is not None and self.action.name == "close"

    def done(self, result: object) -> bytes:
        """Return what says that the handler has returned ``result``, or that it has failed if that is too large."""
        try:
            frames = encode(ActionDone(self._request, result))
        except (TypeError, ValueError, RecursionError):
            # Circular, or with keys that JSON does not know: as good as it goes.
            frames = encode(ActionDone(self._request, text_of(result)))
        if len(frames) > MESSAGE_LIMIT:
            return self.failed(ValueError(f"its result takes {len(frames)} bytes; the limit is {MESSAGE_LIMIT}"))
        return frames

    def failed(self, error: BaseException) -> bytes:
        """Return what says that the handler has raised ``error``."""
        from traceback import format_exception

        lines = "".join(format_exception(type(error), error, error.__traceback__))
        return encode(ActionFailed(self._request, type(error).__name__, _cut(text_of(error)), _cut(lines)))

    def ended(self, error: BaseException) -> bytes:
        """Return what says that the handler has ended the application: well, if by ``sys.exit()`` without a code."""
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return self.done(None)
        return self.failed(error)

    def say(self, frames: bytes) -> None:
        """Send what ``done``, ``failed`` or ``ended`` has returned."""
        try:
            self._connection.send(frames)
        except ChannelClosedError as error:
            name = getattr(self.action, "name", None)
            complain(f"ERROR: cannot report the result of the action {name!r}: {error}")


def _cut(text: str) -> str:
    left_out = len(text) - _TEXT_LIMIT
    return text if left_out <= 0 else f"{text[:_TEXT_LIMIT]}... ({left_out} more characters)"
