"""One connection of an application to its adaptor, shared by the threads that ask."""

from __future__ import annotations

import threading
import time
from itertools import count

from ._channel import ChannelClosedError
from ._messages import ActionCanceled, GivenAction, ProtocolError, Refused, UnknownKindError, encode
from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Tuple, TypeVar

    from ._channel import Channel
    from ._messages import Message

    Answer = Tuple[Any, bytes]
    ArgumentT = TypeVar("ArgumentT")
    ResultT = TypeVar("ResultT")


class Question(NamedTuple):
    """What to ask, and for how long to wait.

    Attributes:
        message: Makes the message from the number of the request.
        after: Frames to send with it, unless they are about another connection than the one that asks.
        about: The connection that ``after`` is about.
        seconds: When to send the message of ``give_up``; the call waits for an answer in any case.
        give_up: Makes a message that is answered at once if the question was not.
    """

    message: Callable[[int], Message]
    after: bytes = b""
    about: Connection | None = None
    seconds: float | None = None
    give_up: Callable[[int], Message] | None = None


class Connection:
    """Ask questions over ``channel``. Any thread may ask, also while another one waits for its answer.

    No separate thread reads: a waiting thread also reads for the others, so an application that asks nothing runs
    nothing.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._numbers = count(1)
        self._users: set[int] = set()
        self._answers: dict[int, Answer | None] = {}
        # The actions in hand by the numbers of their requests, and whether the adaptor has canceled each.
        self._in_hand: dict[int, bool] = {}
        # Held by the thread that reads; the others wait for the change.
        self._reading = threading.Lock()
        self._changed = threading.Condition()
        self._followers = 0
        self._lost: Exception | None = None
        self.refusal = ""
        """Why the adaptor has refused it; empty if it has not."""

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return self._lost is not None

    @property
    def is_used_by_this_thread(self) -> bool:
        """Whether this thread is already in a call of this object: a signal handler may have interrupted one."""
        return threading.get_ident() in self._users

    def send(self, frames: bytes) -> None:
        """Send a message without an answer.

        Raises:
            ChannelClosedError: The connection is lost.
        """
        self._call(self._channel.send_encoded, frames)

    def ask(self, question: Question) -> Answer:
        """Send a question and return its answer with the body.

        Raises:
            ChannelClosedError: The connection is lost.
        """
        return self._call(self._ask, question)

    def begin(self, question: Question) -> int:
        """Send a question for whose answer nobody waits yet, and return its number.

        Raises:
            ChannelClosedError: The connection is lost.
        """
        return self._call(self._begin, question)

    def arrived(self, number: int) -> Answer | None:
        """Return the answer to the question that ``begin`` sent, or None if it has not arrived. It never waits.

        Raises:
            ChannelClosedError: The connection is lost.
        """
        if self._answers[number] is None:
            self.look()
        answer = self._answers[number]
        if answer is not None:
            del self._answers[number]
        elif self._lost is not None:
            raise ChannelClosedError(str(self._lost)) from self._lost
        return answer

    def wait(self, number: int) -> Answer:
        """Wait for the answer to the question that ``begin`` sent.

        Raises:
            ChannelClosedError: The connection is lost.
        """
        return self._call(self._await, number)

    def look(self) -> None:
        """Read what has arrived, without waiting for more; nothing if another thread reads anyway."""
        if self.is_used_by_this_thread:
            return  # a signal handler asks, which has interrupted a call
        try:
            self._call(self._read_until, 0.0)
        except ChannelClosedError:  # then each action in hand counts as canceled
            pass

    def is_canceled(self, request: int) -> bool:
        """Return whether the adaptor is known to need the result of the action given to ``request`` no more."""
        return self._in_hand.get(request, False) or (self._lost is not None and request in self._in_hand)

    def let_go(self, request: int) -> None:
        """Record that the action given to ``request`` is no longer in hand."""
        self._in_hand.pop(request, None)

    def close(self) -> None:
        """End the connection; waiting threads raise ChannelClosedError."""
        self._end(ChannelClosedError("the connection was closed"))

    def abandon(self) -> None:
        """Release the connection in a forked process; it continues in the parent."""
        self._channel.transport.abandon()

    def _call(self, function: Callable[[ArgumentT], ResultT], argument: ArgumentT) -> ResultT:
        """Call ``function`` as a user of this connection; an error ends the connection.

        Raises:
            ChannelClosedError: The error is about the connection.
        """
        thread = threading.get_ident()
        self._users.add(thread)
        try:
            return function(argument)
        except (ChannelClosedError, ProtocolError) as error:
            self._end(error)
            raise ChannelClosedError(str(error)) from error
        except BaseException:
            # Raised by a signal handler, at an unknown point: a part of a message may be gone, and no code would handle
            # an action that arrives later.
            self.close()
            raise
        finally:
            self._users.discard(thread)

    def _ask(self, question: Question) -> Answer:
        number = self._begin(question)
        seconds = question.seconds
        answer = self._wait(number, None if seconds is None else time.monotonic() + seconds)
        if answer is None and question.give_up is not None:
            self._channel.send(question.give_up(number))
            answer = self._wait(number, None)
        del self._answers[number]
        assert answer is not None
        return answer

    def _begin(self, question: Question) -> int:
        number = next(self._numbers)
        self._answers[number] = None
        after = question.after if question.about is self else b""
        self._channel.send_encoded(encode(question.message(number)) + after)
        return number

    def _await(self, number: int) -> Answer:
        answer = self._wait(number, None)
        del self._answers[number]
        assert answer is not None
        return answer

    def _wait(self, number: int, deadline: float | None) -> Answer | None:
        if not self._reading.acquire(blocking=False) and not self._become_reader(number, deadline):
            return self._answers[number]
        try:
            while self._answers[number] is None:
                if self._lost is not None:
                    raise ChannelClosedError(str(self._lost)) from self._lost
                self._receive(number, deadline)
        except TimeoutError:
            return None
        finally:
            self._stop_reading()
        return self._answers[number]

    def _read_until(self, deadline: float) -> None:
        if not self._reading.acquire(blocking=False):
            return
        try:
            while self._lost is None:
                self._receive(0, deadline)
        except TimeoutError:
            pass
        finally:
            self._stop_reading()

    def _stop_reading(self) -> None:
        self._reading.release()
        if self._followers:
            with self._changed:
                self._changed.notify_all()

    def _become_reader(self, number: int, deadline: float | None) -> bool:
        # False once an answer has arrived, or the time is over.
        with self._changed:
            # Set before the lock is tried, so that the reading thread either sees it or has already released the lock.
            self._followers += 1
            try:
                while self._answers[number] is None:
                    if self._reading.acquire(blocking=False):
                        return True
                    left = None if deadline is None else deadline - time.monotonic()
                    if left is not None and left <= 0:
                        return False
                    self._changed.wait(left)
                return False
            finally:
                self._followers -= 1

    def _receive(self, mine: int, deadline: float | None) -> None:
        try:
            message, body = self._channel.receive(None if deadline is None else max(0.0, deadline - time.monotonic()))
        except UnknownKindError:
            return
        if isinstance(message, GivenAction):
            self._in_hand[message.request] = False
        elif isinstance(message, ActionCanceled):
            if message.request in self._in_hand:  # otherwise its report is on its way
                self._in_hand[message.request] = True
            return
        elif isinstance(message, Refused):
            self.refusal = message.reason
            raise ChannelClosedError(f"the adaptor refused: {message.reason}")
        number = getattr(message, "request", None)
        if number == mine:
            self._answers[mine] = message, body
            return
        with self._changed:
            if number in self._answers:
                self._answers[number] = message, body
                self._changed.notify_all()

    def _end(self, error: Exception) -> None:
        self._channel.close()
        with self._changed:
            self._lost = self._lost or error
            self._changed.notify_all()


class PendingQuestion(NamedTuple):
    """A question that ``Connection.begin`` sent.

    Attributes:
        connection: The connection.
        number: The number of the request.
    """

    connection: Connection
    number: int
