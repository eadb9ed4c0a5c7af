"""A future that an adaptor waits for, that the runtime may end, and that knows whether its error was observed."""

from __future__ import annotations

import time
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any

from .observed_error import observe

if TYPE_CHECKING:
    from typing import Callable

    BeginWait = Callable[["AwaitedFuture"], object]


class AwaitedFuture(Future[Any]):
    """The result of a callback, or of an action, that a hook waits for.

    An error counts as observed once ``result`` has raised it or ``exception`` has returned it: then the author decides
    what follows. A result that comes after the runtime has ended the wait is dropped: an application keeps printing
    after a cancel, and a callback must not fail because nobody waits.

    For an action, ``cancel`` prevents it as long as no application has taken it. An application that has it in hand is
    told, as soon as the action is canceled or the runtime has ended the wait. ``result`` raises ActionFailedError if
    the handler raised, ApplicationLinkLostError if the application disconnected, or the error that ended the hook.

    Args:
        is_action: Whether it is the result of an action, which an application may take.
        is_last: Whether the action is ``close``, which is performed even if the hook that enqueued it failed.
    """

    _waits = 0
    _begin_wait: BeginWait | None = None
    _check: BeginWait | None = None
    has_callbacks = False
    """Whether callbacks of an author's follow from its end."""
    _is_ended = False
    # The first one decides: an application that takes the action, or the adaptor that cancels it.
    _is_taken = False
    was_handed = False
    """Whether an application has got the action, so that it may have begun with it."""
    has_answer = False
    """Whether its report has come, which is the outcome as soon as what was printed before it has been shown."""
    _is_canceled = False
    # Whether the application that has it in hand need not go on, and what tells it so.
    _is_unneeded = False
    _tell_application: Callable[[], object] | None = None

    def __init__(self, *, is_action: bool = False, is_last: bool = False) -> None:
        super().__init__()
        self.is_action = is_action
        self._is_last = is_last

    def on_wait(self, begin_wait: BeginWait, check: BeginWait) -> None:
        """Call ``begin_wait`` each time a thread starts to wait, and ``check`` each time one asks; they may end it."""
        self._begin_wait = begin_wait
        self._check = check

    def on_end(self, on_end: Callable[[Future[Any]], object]) -> None:
        """Call ``on_end`` when it has ended, before any callback."""
        super().add_done_callback(on_end)

    def done(self) -> bool:
        """Return whether it has ended, which it has as soon as it can no longer succeed."""
        if not super().done() and self._check is not None:
            self._check(self)
        return super().done()

    def add_done_callback(self, fn: Callable[[Future[Any]], object]) -> None:
        """Call ``fn`` with this future as soon as it has ended."""
        self.has_callbacks = True
        super().add_done_callback(fn)
        self.done()

    @property
    def is_awaited(self) -> bool:
        """Whether a thread is waiting for it, or a callback."""
        return self._waits > 0 or bool(self._waiters) or self.has_callbacks

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result and return it, or raise what ended the wait.

        Args:
            timeout: Seconds; None for no limit.

        Raises:
            TimeoutError: No result arrived in time (``concurrent.futures.TimeoutError``).
        """
        self.exception(timeout)  # waits, and observes the error that is raised next
        return super().result()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the end and return what ``result`` would raise, or None.

        Args:
            timeout: Seconds; None for no limit.

        Raises:
            TimeoutError: No result arrived in time (``concurrent.futures.TimeoutError``).
        """
        self._enter()
        try:
            error = self._await_end(timeout)
        finally:
            self._leave()
        if error is not None:
            observe(error)
        return error

    def _await_end(self, timeout: float | None) -> BaseException | None:
        due = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return super().exception(None if due is None else max(0.0, due - time.monotonic()))
            except FutureTimeoutError:  # raised whenever it is woken, also by `give_back`, which ends nothing
                if timeout is not None and due is not None and time.monotonic() >= due:
                    raise FutureTimeoutError(f"no result arrived within {timeout:g} s") from None

    def set_result(self, result: Any) -> None:
        """End the wait with a result.

        Raises:
            InvalidStateError: It already has one.
        """
        try:
            super().set_result(result)
        except InvalidStateError:
            if not (self._is_ended or self._is_canceled):
                raise

    def set_exception(self, exception: BaseException | None) -> None:
        """End the wait with an error.

        Raises:
            InvalidStateError: It already has a result.
        """
        try:
            super().set_exception(exception)
        except InvalidStateError:
            if not (self._is_ended or self._is_canceled):
                raise

    def settle(self, result: object) -> None:
        """Give the wait its result, unless it has already ended."""
        try:
            super().set_result(result)
        except InvalidStateError:
            pass

    def end(self, error: BaseException) -> None:
        """Make the wait raise ``error``, unless it has already ended."""
        self._is_ended = True
        try:
            super().set_exception(error)
        except InvalidStateError:
            return
        self._stop_application()

    # For an action.

    def take(self) -> bool:
        """Take the action, which forbids a later cancel; return False if it was canceled and must not be performed."""
        with self._condition:
            self._is_taken = not self._is_canceled
            return self._is_taken

    def hand(self, tell_application: Callable[[], object]) -> None:
        """Call ``tell_application`` as soon as the application that has taken the action need not go on with it."""
        with self._condition:
            self._tell_application = tell_application
            is_unneeded = self._is_unneeded
        if is_unneeded:
            tell_application()

    def give_back(self) -> None:
        """Record that no application has the action in hand any more: its report has come, or never will."""
        with self._condition:
            self._is_taken = False
            self._tell_application = None
            self._condition.notify_all()

    def release(self) -> None:
        """Record that the application that took the action will not perform it, so that another one may."""
        self.give_back()
        if self._is_unneeded and not self._is_last and not self.cancel():
            self._is_canceled = True  # it has ended already

    def cancel(self) -> bool:
        """Prevent the action; return False if it is too late.

        The application that has it in hand is told. It may end early, or not; its report is the result.
        """
        with self._condition:
            if self._is_canceled:
                return True
            if super().done():
                return False
            self._is_canceled = not self._is_taken
        if not self._is_canceled:
            self._stop_application()
            return False
        super().cancel()
        # Also notify threads that wait for several futures.
        return not self.set_running_or_notify_cancel()

    def is_in_hand(self) -> bool:
        """Return True while an application performs the action, also if the wait for it has ended."""
        return self._is_taken

    def wait_until_given_back(self, timeout: float | None = None) -> bool:
        """Wait until no application has the action in hand, and return whether that is so.

        After a cancel, the application may still be busy with it.

        Args:
            timeout: Seconds; None for no limit.
        """
        with self._condition:
            return self._condition.wait_for(lambda: not self._is_taken, timeout)

    def running(self) -> bool:
        """Return True while an application has the action in hand."""
        return self._is_taken and not super().done()

    def withdraw(self, error: BaseException) -> None:
        """Make the wait raise ``error``; if no application has taken the action yet, none will perform it."""
        with self._condition:
            if not self._is_taken and not self._is_last:
                self._is_canceled = True
        self.end(error)

    def lose(self, error: BaseException) -> None:
        """Make the wait raise ``error``, since its application has ended.

        But it does not undo what the application has reported; and one that was asked to close has done it.
        """
        if self.has_answer:
            return
        if self._is_last and self._is_taken:
            self.settle(None)
        else:
            self.withdraw(error)

    def failure(self) -> BaseException | None:
        """Return the error that ended the wait, without waiting for it or observing it."""
        return self._exception if super().done() else None

    def _stop_application(self) -> None:
        with self._condition:
            self._is_unneeded = True
            tell_application = None if self._is_last else self._tell_application
        if tell_application is not None:
            tell_application()

    def _enter(self) -> None:
        with self._condition:
            self._waits += 1
        if self._begin_wait is not None and not super().done():
            try:
                self._begin_wait(self)
            except BaseException:
                self._leave()
                raise

    def _leave(self) -> None:
        with self._condition:
            self._waits -= 1
