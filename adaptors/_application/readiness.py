"""Whether an application that was launched can be asked: what its client or a rule says, and the wait for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...ipc._application.awaited_future import AwaitedFuture
    from .patience import Patience


class Readiness:
    """Pass on, from any thread, that an application is ready: to a wait that has begun, or to one that will."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cause: str | None = None
        self._awaited: AwaitedFuture | None = None

    def clear(self) -> None:
        """Forget it: another application is launched."""
        with self._lock:
            self._cause = None

    def say(self, cause: str) -> None:
        """Record that it is ready; the first cause counts."""
        with self._lock:
            if self._cause is not None:
                return
            self._cause = cause
            awaited = self._awaited
        if awaited is not None:
            awaited.settle(cause)

    def wait(self, awaited: AwaitedFuture, patience: Patience) -> str:
        """Wait until it is ready, and return the cause.

        Args:
            awaited: Fulfilled then; until then, the runtime may make it raise.
            patience: Waits for it.
        """
        with self._lock:
            self._awaited, cause = awaited, self._cause
        if cause is not None:
            awaited.settle(cause)
        try:
            found: str = patience.result(awaited)
        finally:
            with self._lock:
                self._awaited = None
        return found
