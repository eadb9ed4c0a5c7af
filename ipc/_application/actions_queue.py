"""The actions that an adaptor wants its application to perform."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from adaptor_runtime_client._channel import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from adaptor_runtime_client import Action

    from .awaited_future import AwaitedFuture

    Deliver = Callable[["QueuedAction"], None]


class QueuedAction(NamedTuple):
    """An action with what belongs to it.

    Attributes:
        action: The action.
        body: The form in which it travels.
        future: What the adaptor holds of it.
        redeliver: Whether it may be performed a second time.
    """

    action: Action
    body: bytes
    future: AwaitedFuture
    redeliver: bool


class ActionsQueue:
    """Actions in the order in which they are to be performed. Any thread may use it.

    The length counts what no application has taken yet.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queued: deque[QueuedAction] = deque()
        self._waiting: deque[Deliver] = deque()
        self._watch: Callable[[AwaitedFuture], object] | None = None

    def __len__(self) -> int:
        return len(self._queued)

    def __bool__(self) -> bool:
        return bool(self._queued)

    def __repr__(self) -> str:
        return f"<ActionsQueue of {len(self)}>"

    def enqueue_action(self, action: Action, front: bool = False, *, redeliver: bool = False) -> Future[Any]:  # noqa: FBT001, FBT002 - as adaptors have always called it
        """Have an action performed, and return the future of what its handler returns.

        The future raises ActionFailedError if the handler raised, and at once ApplicationLinkLostError if the
        application went away with the action in hand. With a server for an adaptor it also raises, as what ``expect()``
        returns does, whatever has ended the hook meanwhile: a cancel, a deadline, the error of a callback, the end of
        the application. An action that no application has taken is then not performed any more, unless it is
        ``close``. Its ``cancel`` keeps an action from being performed that no application has taken. Callbacks of the
        future run on the thread that serves the application, and hold up the application while they do.

        Args:
            action: What to do. The data is written down now: later changes of it have no effect.
            front: Whether to perform it before what is queued already.
            redeliver: Whether the next application that asks gets it if one went away with it in hand. Only for what
                may be done twice: nobody knows how far the first one came.

        Raises:
            TypeError, ValueError: The data cannot be written as JSON, or takes more than 256 MB.
        """
        from .awaited_future import AwaitedFuture  # not needed by a module that only knows the queue

        is_last = action.name == "close"
        entry = QueuedAction(
            action, _written(action), AwaitedFuture(is_action=True, is_last=is_last), redeliver and not is_last
        )
        if self._watch is not None:
            self._watch(entry.future)  # first, so that it is known before an application can have performed it
        self._put([entry], front=front)
        return entry.future

    def dequeue_action(self) -> Action | None:
        """Take the first action out, or return None. Whoever takes it performs it: its future has no result to tell."""
        entry = self.take()
        if entry is None:
            return None
        entry.future.settle(None)
        return entry.action

    # For the server.

    def watch(self, watch: Callable[[AwaitedFuture], object]) -> None:
        """Have ``watch`` called with the future of each action that is enqueued, and of those that are."""
        with self._lock:
            self._watch = watch
            queued = list(self._queued)
        for entry in queued:
            watch(entry.future)

    def take(self) -> QueuedAction | None:
        """Take the first action that was not canceled, or return None."""
        with self._lock:
            return self._first()

    def take_or_wait(self, deliver: Deliver) -> QueuedAction | None:
        """Take the first action; or return None, and have ``deliver`` called with the next one that comes.

        It is called by the thread that enqueues, and must neither block nor use the queue.
        """
        with self._lock:
            entry = self._first()
            if entry is None:
                self._waiting.append(deliver)
            return entry

    def withdraw(self, deliver: Deliver) -> bool:
        """Stop waiting; return False if it is too late, because ``deliver`` was called."""
        with self._lock:
            try:
                self._waiting.remove(deliver)
            except ValueError:
                return False
            return True

    def give_back(self, entries: Sequence[QueuedAction]) -> None:
        """Put actions that were taken back to the front, in their order."""
        for entry in entries:
            entry.future.release()
        self._put(entries, front=True)

    def _put(self, entries: Sequence[QueuedAction], *, front: bool) -> None:
        with self._lock:
            if front:
                self._queued.extendleft(reversed(entries))
            else:
                self._queued.extend(entries)
            while self._waiting and (entry := self._first()) is not None:
                self._waiting.popleft()(entry)

    def _first(self) -> QueuedAction | None:
        while self._queued:
            entry = self._queued.popleft()
            if entry.future.take():
                return entry
        return None


def _written(action: Action) -> bytes:
    body = str(action).encode("utf-8")
    if len(body) > BODY_LIMIT:
        raise ValueError(
            f"the action {action.name!r} takes {len(body)} bytes, more than the {BODY_LIMIT} that fit into a message: "
            "write its data to a file, and have the action name the file"
        )
    return body
