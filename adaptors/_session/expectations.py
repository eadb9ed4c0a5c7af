"""What an adaptor expects from its applications, so that a wait ends as soon as it can no longer succeed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...ipc._application.observed_error import is_observed

if TYPE_CHECKING:
    from typing import Any, Callable

    from ...ipc._application.awaited_future import AwaitedFuture


class Expectations:
    """The one registry of pending waits: what hooks expect, and the actions that they enqueued.

    Failing all of them interrupts the hook in flight. A wait for one application also ends with that application. Any
    other wait ends when no application is left, as soon as a thread waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[AwaitedFuture, Any] = {}
        # The error that ends every wait of this hook; and the one that ends waits that begin before the author has seen
        # it.
        self._failure: BaseException | None = None
        self._callback_failure: BaseException | None = None
        # The thread that calls on_cancel, and the actions that are part of the cancel.
        self._canceling: int | None = None
        self._of_cancel: set[AwaitedFuture] = set()
        # The end of the last application, while no other one has started; and the waits that can no longer succeed.
        self._loss: BaseException | None = None
        self._is_breakdown = False
        self._last: Any = None
        self._is_old = False
        self._hopeless: set[AwaitedFuture] = set()
        # The actions enqueued since the hook began, and those of them that failed; the same of earlier hooks. The first
        # hook begins with the adaptor's constructor.
        self._in_hook = True
        self._is_work = True
        self._actions: set[AwaitedFuture] = set()
        self._failed: list[AwaitedFuture] = []
        self._earlier: set[AwaitedFuture] = set()
        self._failed_late: list[AwaitedFuture] = []

    @property
    def failure(self) -> BaseException | None:
        """What has ended the hook in flight, and with it every wait: a cancel or a loss; None for nothing."""
        return self._failure

    # What is waited for.

    def expect(self, of: Any = None) -> AwaitedFuture:
        """Return a future for a callback to fulfill; after a cancel or a loss, it has already failed.

        Args:
            of: The application that must deliver it; None for any.
        """
        from ...ipc._application.awaited_future import AwaitedFuture  # not needed by an adaptor that never waits

        future = AwaitedFuture()
        with self._lock:
            failure = self._failure_for(future)
            if failure is None:
                self._pending[future] = of
        self._begin(future, failure)
        return future

    def take_up(self, future: AwaitedFuture) -> None:
        """End the future of an action like one from ``expect``."""
        with self._lock:
            failure = self._failure_for(future)
            if failure is None:
                self._pending[future] = None
                if self._in_hook:
                    self._actions.add(future)
        self._begin(future, failure)

    def _failure_for(self, future: AwaitedFuture) -> BaseException | None:
        """Return what has ended the hook already, unless ``on_cancel`` waits, whose waits are part of the cancel."""
        if threading.get_ident() != self._canceling:
            return self._failure
        self._of_cancel.add(future)
        return None

    def _begin(self, future: AwaitedFuture, failure: BaseException | None) -> None:
        if failure is not None:
            future.withdraw(failure)  # so no application takes it either
        else:
            future.on_wait(self._begin_wait, self._end_in_vain)
            future.on_end(lambda _: self._forget(future))

    def _forget(self, future: Any) -> None:
        with self._lock:
            self._pending.pop(future, None)
            self._hopeless.discard(future)
            self._of_cancel.discard(future)
            if future in self._actions:
                self._actions.discard(future)
                if future.failure() is not None:
                    self._failed.append(future)
            elif future in self._earlier:
                self._earlier.discard(future)
                if _has_failed_itself(future):
                    self._failed_late.append(future)

    # What ends a wait. Nothing is ended under the lock: an author's callbacks may follow from it.

    def fail(self, error: BaseException) -> None:
        """Fail pending waits and, if ``error`` ends the session, all later ones.

        Actions that no application has taken are no longer performed: they were steps of the failed work.
        """
        from .._outcome import ApplicationLostError, TaskCanceledError

        with self._lock:
            is_final = isinstance(error, (ApplicationLostError, TaskCanceledError))
            if is_final and self._failure is None:
                self._failure = error
            elif not is_final:
                self._callback_failure = error
            # Actions of another hook have nothing to do with the error of a callback.
            pending = [future for future in self._pending if self._is_concerned(future, is_final=is_final)]
        _end(pending, error)

    def _is_concerned(self, future: Any, *, is_final: bool) -> bool:
        if is_final:
            return future not in self._of_cancel
        return not future.is_action or (self._in_hook and future in self._actions)

    def application_started(self) -> None:
        """Record that an application runs again."""
        with self._lock:
            self._loss = None
            self._hopeless.clear()

    def application_ended(self, application: Any) -> None:
        """End the waits that were for ``application``, which has ended; if no other one runs, those for any."""
        from ..processes import _registry as registry  # not loaded before the first application

        error = _loss_of(application)
        is_last = registry.is_empty()
        is_wanted = application.asked_by is not None or application.was_dismissed
        is_breakdown = not is_wanted and application.returncode != 0
        with self._lock:
            free = [future for future, of in self._pending.items() if of is None]
            ended = [future for future, of in self._pending.items() if of is application]
            if is_last and not registry.live():  # another one may have started since that was found
                self._loss, self._is_breakdown, self._hopeless = error, is_breakdown, set(free)
                self._last, self._is_old = application, False
                ended += [future for future in free if future.is_awaited]
        _end(ended, error, is_lost=True)

    def _begin_wait(self, future: AwaitedFuture) -> None:
        from ..processes import _registry as registry

        self._end_in_vain(future)
        of = self._pending.get(future)
        if not future.is_action and future in self._pending and registry.is_awaited_in_vain(of):
            raise RuntimeError("an output callback cannot wait for more output, which only comes when it has returned")

    def _end_in_vain(self, future: AwaitedFuture) -> None:
        """End a wait that can no longer succeed, whether a thread waits for it or asks whether it is over."""
        error: BaseException | None = None
        with self._lock:
            of = self._pending.get(future)
            if of is not None and of.returncode is not None:
                error = _loss_of(of)
            elif of is None and self._loss is not None and (future in self._hopeless or self._is_unforeseen()):
                error = self._loss
            is_lost = error is not None
            if error is None and self._callback_failure is not None and not is_observed(self._callback_failure):
                error = self._callback_failure if self._is_concerned(future, is_final=False) else None
        if error is not None:
            _way_to_end(future, is_lost=is_lost)(error)

    def _is_unforeseen(self) -> bool:
        """Return whether a wait cannot mean the end of the last application, since the adaptor did not bring it about.

        A hook that has ended an application may wait for something else; another hook still needs the application.
        """
        if self._is_breakdown or not self._last.was_dismissed:
            return True
        return self._is_old and self._last.asked_by is not None

    # The beginning and the end of a hook.

    def begin_hook(self, *, is_work: bool = True) -> None:
        """Forget the failure of the former hook: another one begins.

        Args:
            is_work: Whether its actions are work, whose failure counts even if nobody looks at it.
        """
        with self._lock:
            self._failure = self._callback_failure = None
            self._in_hook = self._is_old = True
            if self._is_work:
                self._earlier |= self._actions
                self._failed_late += filter(_has_failed_itself, self._failed)
            self._is_work = is_work
            self._actions.clear()
            self._failed.clear()

    def end_hook(self, *, has_failed: bool) -> None:
        """Record that no hook is in flight. If it has failed, nothing else has to be said of its actions."""
        with self._lock:
            self._in_hook = False
            if has_failed:
                self._failed.clear()
                self._failed_late.clear()

    def settle_actions(self) -> BaseException | None:
        """Wait for the work of this hook that an application has in hand; return an unobserved failure.

        Actions that no application has taken are not waited for: their failure is that of the hook during which they
        fail, or of the next one.
        """
        while self._is_work and (in_hand := self._in_hand()):
            from concurrent.futures import FIRST_COMPLETED, wait

            wait(in_hand, return_when=FIRST_COMPLETED)
        with self._lock:  # one that just ended is not among the failed ones yet
            own = (*self._failed, *self._actions) if self._is_work else ()
            failures = [future.failure() for future in (*self._failed_late, *own)]
            self._failed.clear()
            self._failed_late.clear()
        return next((error for error in failures if error is not None and not is_observed(error)), None)

    def _in_hand(self) -> list[AwaitedFuture]:
        with self._lock:
            return [future for future in self._actions if future.running()]

    def begin_cancel(self) -> None:
        """Record that this thread calls ``on_cancel``: the actions that it enqueues are part of the cancel."""
        self._canceling = threading.get_ident()

    def end_cancel(self) -> None:
        """Record that ``on_cancel`` ended."""
        self._canceling = None


def _loss_of(application: Any) -> BaseException:
    from .._outcome import ApplicationLostError

    return ApplicationLostError(f"the application {application.failure}")


def _has_failed_itself(action: AwaitedFuture) -> bool:
    """Return whether an application has performed the action and failed: its end can have other causes."""
    from ...ipc._errors import ActionFailedError

    return isinstance(action.failure(), ActionFailedError)


def _way_to_end(future: AwaitedFuture, *, is_lost: bool) -> Callable[[BaseException], None]:
    return future.lose if is_lost else future.withdraw


def _end(futures: list[AwaitedFuture], error: BaseException, *, is_lost: bool = False) -> None:
    """End waits. An author's callbacks that follow from it run on a thread of their own, because they may block.

    Args:
        futures: The waits.
        error: What they raise.
        is_lost: Whether the error is the end of their application.
    """
    from ...ipc._own_process.runtime_thread import RuntimeThread

    for future in futures:
        end = _way_to_end(future, is_lost=is_lost)
        if not future.has_callbacks:
            end(error)
            continue
        thread = RuntimeThread(target=_end_guarded, args=(end, error), name="end of a wait")
        try:
            thread.start()
        except RuntimeError:  # no thread is left
            end(error)


def _end_guarded(end: Callable[[BaseException], None], error: BaseException) -> None:
    try:
        end(error)
    except BaseException as raised:  # noqa: BLE001  `Future` itself catches each Exception
        from .._messages.own_log import log
        from .._outcome import describe_error

        log().error("a callback of a future raised", error=describe_error(raised))
