"""One connection of an application to its adaptor, shared by the threads that ask."""

from __future__ import annotations

import threading
import time
from itertools import count

from ._channel import ChannelClosedError
from ._messages import ProtocolError, Refused, UnknownKindError, encode
from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Tuple

    from ._channel import Channel
    from ._messages import Message

    Answer = Tuple[Any, bytes]


class Question(NamedTuple):
    """What to ask, and for how long to wait.

    Attributes:
        message: Makes the message from the number of the request.
        after: Frames to send with it.
        seconds: When to send the message of ``give_up``; the call waits for an answer in any case.
        give_up: Makes a message that is answered at once if the question was not.
    """

    message: Callable[[int], Message]
    after: bytes = b""
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
        # Held by the thread that reads; the others wait for the change.
        self._reading = threading.Lock()
        self._changed = threading.Condition()
        self._followers = 0
        self._lost: Exception | None = None

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
        self._users.add(threading.get_ident())
        try:
            self._channel.send_encoded(frames)
        except BaseException:
            self.close()
            raise
        finally:
            self._users.discard(threading.get_ident())

    def ask(self, question: Question) -> Answer:
        """Send a question and return its answer with the body.

        Raises:
            ChannelClosedError: The connection is lost.
        """
        self._users.add(threading.get_ident())
        number = next(self._numbers)
        self._answers[number] = None
        try:
            self._channel.send_encoded(encode(question.message(number)) + question.after)
            seconds = question.seconds
            answer = self._wait(number, None if seconds is None else time.monotonic() + seconds)
            if answer is None and question.give_up is not None:
                self._channel.send(question.give_up(number))
                answer = self._wait(number, None)
        except (ChannelClosedError, ProtocolError) as error:
            self._end(error)
            raise ChannelClosedError(str(error)) from error
        except BaseException:
            # Raised by a signal handler, at an unknown point: a part of a message may be gone, and no code would handle
            # an action that arrives later.
            self.close()
            raise
        finally:
            self._answers.pop(number, None)
            self._users.discard(threading.get_ident())
        assert answer is not None
        return answer

    def close(self) -> None:
        """End the connection; waiting threads raise ChannelClosedError."""
        self._end(ChannelClosedError("the connection was closed"))

    def abandon(self) -> None:
        """Release the connection in a forked process; it continues in the parent."""
        self._channel.transport.abandon()

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
            self._reading.release()
            if self._followers:
                with self._changed:
                    self._changed.notify_all()
        return self._answers[number]

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
        if isinstance(message, Refused):
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
