"""What an adaptor waits for: a future that the runtime may end, and that knows whether somebody has looked at it."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from .observed_error import observe

if TYPE_CHECKING:
    from typing import Callable

    BeginWait = Callable[["AwaitedFuture"], object]


class AwaitedFuture(Future[Any]):
    """A future with a registry that is told when somebody begins to wait.

    An error counts as observed once ``result`` has raised it or ``exception`` has returned it: what follows is the
    author's decision.
    """

    _waits = 0
    _begin_wait: BeginWait | None = None

    def on_wait(self, begin_wait: BeginWait) -> None:
        """Have ``begin_wait`` called each time somebody begins to wait; it may end the future."""
        self._begin_wait = begin_wait

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for it at this moment."""
        return self._waits > 0 or bool(self._waiters)

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result and return it, or raise what ended the wait.

        Args:
            timeout: Seconds; None: as long as it takes.

        Raises:
            TimeoutError: There was no result in time (``concurrent.futures.TimeoutError``).
        """
        self._enter()
        try:
            return super().result(timeout)
        except BaseException as error:
            if error is self._exception:
                observe(error)
            raise
        finally:
            self._leave()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the end and return what ``result`` would raise, or None."""
        self._enter()
        try:
            error = super().exception(timeout)
        finally:
            self._leave()
        if error is not None:
            observe(error)
        return error

    def settle(self, result: object) -> None:
        """Give the wait its result, unless it has ended already."""
        try:
            self.set_result(result)
        except InvalidStateError:
            pass

    def end(self, error: BaseException) -> None:
        """Make the wait raise ``error``, unless it has ended already."""
        try:
            self.set_exception(error)
        except InvalidStateError:
            pass

    def failure(self) -> BaseException | None:
        """Return what the wait has ended with, without waiting and without observing it."""
        return self._exception if self.done() else None

    def _enter(self) -> None:
        with self._condition:
            self._waits += 1
        if self._begin_wait is not None and not self.done():
            self._begin_wait(self)

    def _leave(self) -> None:
        with self._condition:
            self._waits -= 1
