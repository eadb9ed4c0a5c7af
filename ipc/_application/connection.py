"""One connected application: its questions, and the actions that it has in hand."""

from __future__ import annotations

import queue
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from adaptor_runtime_client._channel import Channel, ChannelClosedError
from adaptor_runtime_client._messages import (
    ActionCanceled,
    ActionDone,
    ActionFailed,
    ActionProgress,
    AskPathMappingRules,
    GivenAction,
    MapPath,
    MappedPath,
    NextAction,
    NoAction,
    NotAnswered,
    PathMappingRules,
    ProtocolError,
    Refused,
    UnknownKindError,
    Withdraw,
    encode,
    text_of,
)

from .._errors import ActionFailedError, ApplicationLinkLostError, BadInputError
from .._own_process.runtime_thread import RuntimeThread
from .._stream import runtime_log
from .applications import flush_output
from .observed_error import note_logged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    from .actions_queue import ActionsQueue, Deliver, QueuedAction

_SMALL = 4096
"""Bytes that always fit into the socket buffer, so that sending them never blocks."""


class PathMapper(Protocol):
    """The questions that an application may ask its adaptor."""

    @property
    def path_mapping_rules(self) -> Sequence[Any]:
        """The rules; each has ``to_dict`` or is a dict."""

    def map_path(self, path: str) -> str:
        """Return where ``path`` is on this machine."""


class ApplicationConnection:
    """Serve the application at the other end of ``channel``.

    One thread reads its questions and answers them; another one, started when first needed, sends what may have to wait
    until the application reads: large actions and answers, since the application may be writing something large itself,
    which must be read meanwhile; and whatever comes after them. Small actions are sent by the thread that enqueues
    them. So its questions are answered meanwhile, and a slow or frozen application delays only itself.

    Args:
        channel: To the application.
        actions_queue: The actions to be performed.
        adaptor: Provides path mapping.
        explain: Returns how the application ended, if that caused the loss of the link; None if it has not ended.
        admit: Called before ``on_serving``; returns why the application may perform no action, or None.
        on_serving: Called when the application asks for its first action.
        on_left: Called with the reason when an application that had asked for actions has disconnected.
    """

    def __init__(
        self,
        channel: Channel,
        actions_queue: ActionsQueue,
        adaptor: PathMapper,
        *,
        explain: Callable[[], str | None],
        admit: Callable[[], str | None] | None = None,
        on_serving: Callable[[], object] | None = None,
        on_left: Callable[[str], object] | None = None,
    ) -> None:
        self._channel = channel
        self._explain = explain
        self._admit = admit
        self._on_serving = on_serving
        self._on_left = on_left
        self._has_asked = False
        self._queue = actions_queue
        self._adaptor = adaptor
        # Only the reading thread touches it.
        self._waiting: dict[int, Deliver] = {}
        # Actions, large answers, and cancels for the thread that sends them; None ends it.
        self._coming: queue.SimpleQueue[tuple[int, QueuedAction] | bytes | None] = queue.SimpleQueue()
        self._hands: RuntimeThread | None = None
        # How many of them that thread has not sent.
        self._unsent = 0
        self._counting = threading.Lock()
        self._in_hand: dict[int, QueuedAction] = {}
        # Those of them that the application need not go on with.
        self._canceled: set[int] = set()
        # Actions that did not arrive, so that nobody can have started them.
        self._not_handed: list[QueuedAction] = []

    def serve(self) -> None:
        """Serve until the application disconnects or the channel is closed; then settle its actions.

        Raises:
            RuntimeError: No thread could be started, so the application is no longer served.
        """
        reason = "the adaptor could no longer serve it"
        try:
            while True:
                self._serve_one()
        except (ChannelClosedError, ProtocolError) as error:
            reason = str(error)
        finally:
            self._leave(reason)

    def _serve_one(self) -> None:
        try:
            message, _ = self._channel.receive()
        except UnknownKindError:
            return
        if isinstance(message, (ActionDone, ActionFailed)):
            self._take_answer(message)
        elif isinstance(message, NextAction):
            self._next_action(message)
        elif isinstance(message, ActionProgress):
            self._take_progress(message)
        elif isinstance(message, Withdraw):
            self._withdraw(message)
        elif isinstance(message, (MapPath, AskPathMappingRules)):
            self._answer(self._ask_adaptor(message))
        else:
            raise ProtocolError(f"a {type(message).__name__} is not a message that an application sends")

    # Actions.

    def _next_action(self, message: NextAction) -> None:
        number = message.request
        if number in self._waiting or number in self._in_hand:
            # Otherwise the first question would be forgotten, and the action that answers it lost.
            raise ProtocolError(f"it used the request number twice: {number}")
        if not self._has_asked:
            self._refuse_or_admit()
            self._has_asked = True
            if self._on_serving is not None:
                _call("on_serving", self._on_serving)
        self._have_hands()  # before the application has an action, which may be canceled at any time
        deliver = partial(self._deliver, number)
        entry = self._queue.take_or_wait(deliver) if message.wait else self._queue.take()
        if entry is not None and len(entry.body) <= _SMALL:
            self._hand_out(number, entry, self._channel.send_encoded)
        elif entry is not None:
            self._put((number, entry))
        elif message.wait:
            self._waiting[number] = deliver
        else:
            self._channel.send(NoAction(number))

    def _refuse_or_admit(self) -> None:
        """Let it perform actions, or raise ProtocolError, which ends the connection."""
        refusal = None if self._admit is None else self._admit()
        if refusal is not None:
            runtime_log.log("WARNING", refusal, "adaptor_runtime.application")
            self._channel.send(Refused(refusal, BadInputError.exit_code))
            raise ProtocolError(refusal)

    def _answer(self, frames: bytes) -> None:
        if len(frames) <= _SMALL:
            self._channel.send_encoded(frames)
        else:
            self._put(frames)
            self._have_hands()

    def _have_hands(self) -> None:
        if self._hands is None:
            hands = RuntimeThread(target=self._hand_out_all, name="actions")
            hands.start()
            self._hands = hands

    def _withdraw(self, message: Withdraw) -> None:
        deliver = self._waiting.pop(message.request, None)
        if deliver is not None and self._queue.withdraw(deliver):
            self._channel.send(NoAction(message.request))

    def _deliver(self, number: int, entry: QueuedAction) -> None:
        # To wake the second thread takes a good part of a round trip, so what is sure not to block is sent at once.
        is_free = not self._unsent and not self._in_hand and len(entry.body) <= _SMALL
        if not (is_free and self._hand_out(number, entry, self._channel.send_at_once)):
            self._put((number, entry))

    def _put(self, coming: tuple[int, QueuedAction] | bytes) -> None:
        with self._counting:
            self._unsent += 1
        self._coming.put(coming)

    def _hand_out_all(self) -> None:
        while (coming := self._coming.get()) is not None:
            if isinstance(coming, bytes):
                self._send(coming)
            else:
                self._hand_out(*coming, self._channel.send_encoded)
            with self._counting:
                self._unsent -= 1

    def _send(self, frames: bytes) -> None:
        try:
            self._channel.send_encoded(frames)
        except ChannelClosedError:  # the reading thread sees it, too
            pass

    def _hand_out(self, number: int, entry: QueuedAction, send: Callable[[bytes], bool | None]) -> bool:
        """Return whether that was done with: the action is sent, or the application is gone."""
        self._in_hand[number] = entry
        entry.future.was_handed = True  # first: it may begin with it at once
        try:
            if send(encode(GivenAction(number), entry.body)) is False:
                entry.future.was_handed = False
                del self._in_hand[number]
                return False
        except ChannelClosedError:
            entry.future.was_handed = False
            if self._in_hand.pop(number, None) is not None:
                self._not_handed.append(entry)
        else:
            entry.future.hand(partial(self._cancel, number))
        return True

    def _cancel(self, number: int) -> None:
        """Tell the application that an action is canceled. Any thread may call it, and nothing delays that thread."""
        if number in self._in_hand:
            self._canceled.add(number)
            self._put(encode(ActionCanceled(number)))

    def _take_progress(self, message: ActionProgress) -> None:
        entry = self._in_hand.get(message.request)
        if entry is None or entry.on_progress is None or not entry.future.running():
            return
        from .._own_process.plain_call import call_plainly  # not needed by an application that reports none

        try:
            call_plainly("on_progress", entry.on_progress, message.percent, message.status)
        except BaseException as error:  # noqa: BLE001 - the hook gets whatever an author's callback raises
            _tell(entry, entry.future.end, error)

    def _take_answer(self, message: ActionDone | ActionFailed) -> None:
        self._waiting.pop(message.request, None)
        entry = self._in_hand.pop(message.request, None)
        if entry is None:
            return
        entry.future.has_answer = True
        flush_output()  # output that it printed before comes first
        is_canceled = message.request in self._canceled
        self._canceled.discard(message.request)
        if isinstance(message, ActionDone):
            _tell(entry, entry.future.settle, message.result)
        else:
            error = ActionFailedError(
                entry.action.name, message.error_type, message.text, message.traceback, message.place
            )
            # A handler may raise because it was canceled.
            _log(entry, error, "INFO" if is_canceled else "ERROR")
            _tell(entry, entry.future.end, error)
        entry.future.give_back()

    def _leave(self, reason: str) -> None:
        self._channel.close()
        for deliver in self._waiting.values():
            self._queue.withdraw(deliver)
        # Nothing more arrives, and what has arrived cannot be sent.
        self._coming.put(None)
        if self._hands is None:
            self._hand_out_all()
        else:
            self._hands.join()
        in_hand = list(self._in_hand.values())
        ended = self._explain() if in_hand else None
        is_explained = ended is not None  # then the log has the end of the application already
        reason = f"the link to the application was lost: {reason}" if ended is None else ended
        if self._has_asked and self._on_left is not None:
            _call("on_left", self._on_left, reason)
        self._queue.give_back([*(entry for entry in in_hand if entry.redeliver), *self._not_handed])
        for entry in in_hand:
            if not entry.redeliver:
                self._lose(entry, reason, is_explained=is_explained)

    def _lose(self, entry: QueuedAction, reason: str, *, is_explained: bool) -> None:
        if entry.action.name == "close":
            # It was asked to disconnect.
            _tell(entry, entry.future.settle, None)
        else:
            error = ApplicationLinkLostError(f"{reason} (while performing the action {entry.action.name!r})")
            if not is_explained:
                _log(entry, error, "ERROR")
            _tell(entry, entry.future.end, error)
        entry.future.give_back()

    # Path mapping.

    def _ask_adaptor(self, message: MapPath | AskPathMappingRules) -> bytes:
        try:
            if isinstance(message, MapPath):
                return encode(MappedPath(message.request, str(self._adaptor.map_path(message.path))))
            rules = [rule if isinstance(rule, dict) else rule.to_dict() for rule in self._adaptor.path_mapping_rules]
            return encode(PathMappingRules(message.request, rules))
        except BaseException as error:  # noqa: BLE001 - the application gets whatever an author's method raises
            return encode(NotAnswered(message.request, _described(error)))


def _tell(entry: QueuedAction, tell: Callable[[Any], object], outcome: object) -> None:
    """Give the future of an action its outcome."""
    _call(f"a callback of the future of the action {entry.action.name!r}", tell, outcome)


def _call(what: str, function: Callable[..., object], *arguments: object) -> None:
    """Call an author's function; what it raises does not end this thread."""
    try:
        function(*arguments)
    except BaseException as error:  # noqa: BLE001 - `Future` itself catches each Exception
        runtime_log.log("ERROR", f"{what} raised {_described(error)}", "adaptor_runtime.application")


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {text_of(error)}"
    except BaseException:  # noqa: BLE001 - its `__str__` is an author's code, too
        return type(error).__name__


def _log(entry: QueuedAction, error: Exception, level: str) -> None:
    """Log each thing once: the traceback, and an error without one if no hook waits for it, which will tell it."""
    if isinstance(error, ActionFailedError) and error.place and error.traceback:
        lines = [f"the action {error.action!r} failed in the application:", *error.traceback.splitlines()]
    elif entry.future.is_awaited:
        return
    else:
        lines = [str(error)]
    for line in lines:
        runtime_log.log(level, line, "adaptor_runtime.application")
    note_logged(error)
