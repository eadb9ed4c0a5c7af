"""An action that an application has in hand and whose outcome it owes the adaptor."""

from __future__ import annotations

import math
import os
import time

from ._action import Action
from ._channel import MESSAGE_LIMIT, ChannelClosedError
from ._console import complain
from ._messages import ActionDone, ActionFailed, ActionProgress, encode, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._connection import Connection

_TEXT_LIMIT = 1_000_000
"""The most characters of an error to send: a text with a whole scene must still fit into a message."""

_LOOK_SECONDS = 0.05
"""How often to look whether the action was canceled: a render loop may ask before each pixel."""

_PERCENT_STEP = 0.1
"""The least progress that is sent: nobody sees less, and a loop may report each of a million steps."""

_FOLDER = os.path.join(os.path.dirname(__file__), "")


class HandedAction:
    """The action in ``body`` that was handed to ``request`` on ``connection``."""

    def __init__(self, connection: Connection, request: int, body: bytes) -> None:
        # As the adaptor wrote it, which equals what the action itself would write.
        self.text = body.decode("utf-8", "backslashreplace")
        self.action = Action.from_json_string(self.text)
        self.connection = connection
        self._request = request
        self._next_look = 0.0
        self._told: tuple[float, str] | None = None

    @property
    def is_close(self) -> bool:
        """Whether it is the last action."""
        return self.action is not None and self.action.name == "close"

    @property
    def was_canceled(self) -> bool:
        """Whether the adaptor is already known to need the result no more."""
        return self.connection.is_canceled(self._request)

    def done(self, result: object) -> bytes:
        """Return the report that the handler returned ``result``, or that it failed if the result is too large."""
        self.connection.let_go(self._request)
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

        self.connection.let_go(self._request)
        foreign = _foreign(error.__traceback__)
        lines = "".join(format_exception(type(error), error, foreign or error.__traceback__))
        return encode(
            ActionFailed(self._request, type(error).__name__, _cut(text_of(error)), _cut(lines), _place(foreign))
        )

    def ended(self, error: BaseException) -> bytes:
        """Return the report that the handler ended the application: a success for ``sys.exit()`` without a code."""
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return self.done(None)
        return self.failed(error)

    def say(self, frames: bytes) -> None:
        """Send a report of ``done``, ``failed``, or ``ended``."""
        try:
            self.connection.send(frames)
        except ChannelClosedError as error:
            name = getattr(self.action, "name", None)
            complain(f"ERROR: cannot report the result of the action {name!r}: {error}")

    def progress(self, percent: float, status: str) -> None:
        """Tell the adaptor how far the handler is; nothing if that would not be seen, or nobody is there to see it."""
        number = _number(percent)
        if not math.isfinite(number):
            complain(f"ERROR: progress is not a finite number and was not sent: {text_of(percent):.100}")
            return
        if not self._is_news(number, status):
            return
        if self.connection.is_used_by_this_thread:
            return  # a signal handler must not wait for the very call that it interrupted
        self._told = number, status
        try:
            self.connection.send(encode(ActionProgress(self._request, number, status)))
        except ChannelClosedError:  # its report meets the same
            pass

    def _is_news(self, percent: float, status: str) -> bool:
        if self._told is None or self._told[1] != status:
            return True
        former = self._told[0]
        return abs(percent - former) >= _PERCENT_STEP or (percent >= 100 > former)  # the end is always told

    def is_canceled(self) -> bool:
        """Return whether the adaptor no longer needs the result; known within ``_LOOK_SECONDS``."""
        if not self.was_canceled:
            now = time.monotonic()
            if now < self._next_look:
                return False
            self._next_look = now + _LOOK_SECONDS
            self.connection.look()
        return self.was_canceled


def _number(percent: object) -> float:
    try:
        return float(percent)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - progress that cannot be shown must not fail a handler
        return math.nan


def _foreign(traceback: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that begins with the first frame outside this package."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_FOLDER):
        traceback = traceback.tb_next
    return traceback


def _place(traceback: TracebackType | None) -> str:
    """Return the innermost place outside this package, or an empty text."""
    place = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(_FOLDER):
            place = f"{text_of(code.co_filename)}:{traceback.tb_lineno} in {code.co_name}"
        traceback = traceback.tb_next
    return place


def _cut(text: str) -> str:
    left_out = len(text) - _TEXT_LIMIT
    return text if left_out <= 0 else f"{text[:_TEXT_LIMIT]}... ({left_out} more characters)"
