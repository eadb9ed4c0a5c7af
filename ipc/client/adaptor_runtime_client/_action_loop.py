"""The loop in which an application takes actions from its adaptor and performs them."""

from __future__ import annotations

from . import _current_action
from ._channel import ChannelClosedError
from ._connection import Question
from ._console import flush
from ._handed_action import HandedAction
from ._messages import GivenAction, NextAction, Withdraw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ._action import Action
    from ._connection import Answer, Connection, PendingQuestion
    from ._link import Link

_UNFINISHED = {"coroutine": "a coroutine", "generator": "a generator", "async_generator": "an async generator"}


class ActionLoop:
    """Take actions over ``link`` and perform them, one after the other.

    Args:
        link: The link to the adaptor.
        prepare: Returns what performs an action. It raises LookupError if the application has no such action.
        failed: Called with what a handler raised, when the adaptor knows it; it may raise, too.
        announce: Called with each action before it is performed.
    """

    def __init__(
        self,
        link: Link,
        prepare: Callable[[Action], Callable[[], object]],
        failed: Callable[[Action, Exception], object] = lambda *_: None,
        announce: Callable[[Action], object] = lambda *_: None,
    ) -> None:
        self.link = link
        self._prepare = prepare
        self._failed = failed
        self._announce = announce
        self._pending: PendingQuestion | None = None

    def run(self) -> None:
        """Perform actions up to and including ``close``.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
            Exception: What ``failed`` raised.
        """
        handed = self._awaited()
        said = b""
        while True:
            if handed is not None:
                said = self.perform(handed)
                if handed.is_close:
                    self._end(handed, said)
                    return
            # The question goes first: the adaptor records the result of an action while the next one is performed.
            handed = self.take(wait=True, after=said, about=None if handed is None else handed.connection)
            said = b""

    def run_once(self, seconds: float | None) -> HandedAction | None:
        """Perform the next action and return it; return None if none is due.

        Args:
            seconds: How long to wait for it; None waits forever, 0 not at all.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
            Exception: What ``failed`` raised.
        """
        if seconds is not None and seconds <= 0:
            handed = self.take(wait=False)
        else:
            handed = self.take(wait=True, seconds=seconds)
        if handed is None:
            return None
        said = self.perform(handed)
        if handed.is_close:
            self._end(handed, said)
        elif said:
            handed.say(said)
        return handed

    def run_arrived(self) -> HandedAction | None:
        """Perform the action that has arrived and return it; return None if none has. It waits for nothing.

        The adaptor is asked for the next action once, and may answer at any time between two calls.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
            Exception: What ``failed`` raised.
        """
        handed = self._arrived()
        if handed is None:
            return None
        said = self.perform(handed)
        if handed.is_close:
            self._end(handed, said)
        else:
            self._pending = self.link.begin(Question(NextAction, after=said, about=handed.connection))
        return handed

    def take(
        self, *, wait: bool, seconds: float | None = None, after: bytes = b"", about: Connection | None = None
    ) -> HandedAction | None:
        """Ask for the next action and return it; None if there is none.

        Args:
            wait: Whether to wait for one.
            seconds: How long; None waits forever.
            after: A report to send with the question.
            about: The connection of the action that was reported.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
        """
        connection, answer = self.link.ask(
            Question(lambda number: NextAction(number, wait), after, about, seconds, give_up=Withdraw)
        )
        return _handed(connection, answer)

    def perform(self, handed: HandedAction) -> bytes:
        """Perform an action and return the report that is still to be sent."""
        action = handed.action
        if action is None:
            return handed.failed(ValueError("what arrived is not an action"))
        if handed.was_canceled:
            return handed.failed(RuntimeError("it was canceled before it began"))
        self._announce(action)
        return self.perform_as(handed, action)

    def perform_as(self, handed: HandedAction, action: Action) -> bytes:
        """Perform ``action`` for the action in hand and return the report that is still to be sent."""
        try:
            perform = self._prepare(action)
        except LookupError as error:
            return handed.failed(error.with_traceback(None))
        former = _current_action.enter(handed)
        try:
            result = _finished(action, perform())
            flush()  # the adaptor reads the output for what it must know before the next action
            return handed.done(result)
        except Exception as error:  # noqa: BLE001 - decided by whoever made this loop
            flush()
            handed.say(handed.failed(error))
            self._failed(action, error)
            return b""
        except BaseException as error:
            # The application is about to exit: report the outcome first.
            flush()
            handed.say(handed.ended(error))
            raise
        finally:
            _current_action.leave(former)

    def _arrived(self) -> HandedAction | None:
        pending, self._pending = self._pending, None
        if pending is None:
            pending = self.link.begin(Question(NextAction))
        try:
            answer = pending.connection.arrived(pending.number)
        except ChannelClosedError:
            self.link.raise_if_refused(pending.connection)
            pending, answer = self.link.begin(Question(NextAction)), None
        if answer is None:
            self._pending = pending
            return None
        return _handed(pending.connection, answer)

    def _awaited(self) -> HandedAction | None:
        """Wait for the answer to the question of ``run_arrived``: another one would get the action after that."""
        pending, self._pending = self._pending, None
        if pending is None:
            return None
        try:
            return _handed(pending.connection, pending.connection.wait(pending.number))
        except ChannelClosedError:
            return None

    def _end(self, handed: HandedAction, said: bytes) -> None:
        if said:
            handed.say(said)
        self.link.close()


def _finished(action: Action, result: object) -> object:
    """Return what a handler has returned, unless that is work that it has not begun.

    Raises:
        TypeError: It is a coroutine or a generator.
    """
    kind = _UNFINISHED.get(type(result).__name__)
    if kind is None:
        return result
    close = getattr(result, "close", None)
    if close is not None:
        close()  # otherwise Python warns about it on stderr
    raise TypeError(f"the handler of {action.name!r} returned {kind} and did nothing; write a plain function")


def _handed(connection: Connection, answer: Answer) -> HandedAction | None:
    message, body = answer
    return HandedAction(connection, message.request, body) if isinstance(message, GivenAction) else None
