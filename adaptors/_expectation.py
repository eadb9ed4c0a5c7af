"""What an adaptor waits for of its application, so that a cancel or a lost application ends the wait at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ._expected_future import ExpectedFuture


class Expectations:
    """The futures that hooks wait on. Failing them all is how a hook in flight is interrupted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: set[ExpectedFuture] = set()
        self._failure: BaseException | None = None

    def expect(self) -> Future[Any]:
        """Return a future for a callback to fulfil; one that has failed already after a cancel or a loss."""
        from ._expected_future import ExpectedFuture  # not needed by an adaptor that never waits

        future = ExpectedFuture()
        with self._lock:
            failure = self._failure
            if failure is None:
                self._pending.add(future)
        if failure is not None:
            future.end(failure)
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
            future.end(error)

    def reset(self) -> None:
        """Forget the failure: it was that of the hook that was in flight, and another one begins."""
        with self._lock:
            self._failure = None

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)
