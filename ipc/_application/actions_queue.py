"""The actions that an adaptor wants its application to perform."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Callable, NamedTuple

from adaptor_runtime_client._channel import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptor_runtime_client import Action

    from .awaited_future import AwaitedFuture

    Deliver = Callable[["QueuedAction"], None]
    OnProgress = Callable[[float, str], object]


class QueuedAction(NamedTuple):
    """An action in the queue.

    Attributes:
        action: The action.
        body: Its encoded form.
        future: The future that the adaptor holds.
        redeliver: Whether it may be performed twice.
        on_progress: What the adaptor calls with its progress.
    """

    action: Action
    body: bytes
    future: AwaitedFuture
    redeliver: bool
    on_progress: OnProgress | None = None


class ActionsQueue:
    """Actions in the order of their performance. Any thread may use it.

    The length counts actions that no application has taken yet.
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

    def enqueue_action(
        self,
        action: Action,
        front: bool = False,  # noqa: FBT001, FBT002 - as adaptors have always called it
        *,
        redeliver: bool = False,
        on_progress: OnProgress | None = None,
    ) -> AwaitedFuture:
        """Enqueue an action, and return the future of its handler's result.

        The future raises ActionFailedError if the handler raised. It raises ApplicationLinkLostError as soon as the
        application disconnects with the action in hand. With a server for an adaptor, it also raises, like the future
        of ``expect()``, the error that ended the hook meanwhile: a cancel, a deadline, the error of a callback, or the
        end of the application. Then an action that no application has taken is no longer performed, unless it is
        ``close``. ``cancel`` prevents an action that no application has taken. After any of this, ``canceled()`` is
        True in the handler of an action that an application has in hand. Callbacks of the future, and ``on_progress``,
        run on the thread that serves the application, and delay the application.

        Args:
            action: The action. Its data is encoded now: later changes have no effect.
            front: Whether to perform it before the actions already queued.
            redeliver: Whether the next application gets it if one disconnects with it in hand. Only for actions that
                may be performed twice: nobody knows how far the first one got.
            on_progress: Called with the percent and the status that the handler reports, which is empty if it reports
                none; in order, and before the future has its result. What it raises is raised by the future.

        Raises:
            TypeError, ValueError: JSON cannot express the data, or it takes more than 256 MB.
        """
        from .awaited_future import AwaitedFuture  # not needed by a module that only knows the queue

        is_last = action.name == "close"
        future = AwaitedFuture(is_action=True, is_last=is_last)
        entry = QueuedAction(action, _written(action), future, redeliver and not is_last, on_progress)
        if self._watch is not None:
            self._watch(entry.future)  # first, so that it is known before an application can perform it
        self._put([entry], front=front)
        return future

    def dequeue_action(self) -> Action | None:
        """Remove and return the first action, or return None. The caller performs it: its future gets no result."""
        entry = self.take()
        if entry is None:
            return None
        entry.future.settle(None)
        entry.future.give_back()
        return entry.action

    # For the server.

    def watch_futures(self, watch: Callable[[AwaitedFuture], object]) -> None:
        """Call ``watch`` with the future of each action, those already enqueued and later ones."""
        with self._lock:
            self._watch = watch
            queued = list(self._queued)
        for entry in queued:
            watch(entry.future)

    def take(self) -> QueuedAction | None:
        """Remove and return the first action that was not canceled, or return None."""
        with self._lock:
            return self._first()

    def take_or_wait(self, deliver: Deliver) -> QueuedAction | None:
        """Remove and return the first action; or return None, and call ``deliver`` with the next one.

        The enqueuing thread calls ``deliver``, which must neither block nor use the queue.
        """
        with self._lock:
            entry = self._first()
            if entry is None:
                self._waiting.append(deliver)
            return entry

    def withdraw(self, deliver: Deliver) -> bool:
        """Stop waiting; return False if ``deliver`` was already called."""
        with self._lock:
            try:
                self._waiting.remove(deliver)
            except ValueError:
                return False
            return True

    def give_back(self, entries: Sequence[QueuedAction]) -> None:
        """Return actions to the front of the queue, in their order."""
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
            f"the action {action.name!r} takes {len(body)} bytes; the limit is {BODY_LIMIT}: "
            "write its data to a file and pass the path of the file"
        )
    return body
