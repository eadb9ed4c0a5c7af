"""What an adaptor waits for of its application, so that a cancel or a lost application ends the wait at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future


class Expectations:
    """The futures that hooks wait on. Failing them all is how a hook in flight is interrupted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: set[Future[Any]] = set()
        self._failure: BaseException | None = None

    def expect(self) -> Future[Any]:
        """Return a future for a callback to fulfil; one that has failed already after a cancel or a loss."""
        from concurrent.futures import Future  # imports logging; not needed by an adaptor that never waits

        future: Future[Any] = Future()
        with self._lock:
            failure = self._failure
            if failure is None:
                self._pending.add(future)
        if failure is not None:
            future.set_exception(failure)
        else:
            future.add_done_callback(self._forget)
        return future

    def fail(self, error: BaseException) -> None:
        """Fail what is pending and, where ``error`` ends the session, what will be expected from now on."""
        from ._outcome import ApplicationLostError, TaskCanceledError

        with self._lock:
            if isinstance(error, (ApplicationLostError, TaskCanceledError)) and self._failure is None:
                self._failure = error
            pending = list(self._pending)
        for future in pending:
            fulfil(future, error=error)

    def reset(self) -> None:
        """Forget the failure: it was that of the hook that was in flight, and another one begins."""
        with self._lock:
            self._failure = None

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)


def fulfil(future: Future[Any], result: Any = None, *, error: BaseException | None = None) -> bool:
    """Give a future its result or error unless it has one; return whether this call did."""
    from concurrent.futures import InvalidStateError

    try:
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
    except InvalidStateError:
        return False
    return True
