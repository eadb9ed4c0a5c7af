"""What an adaptor holds of an action that it has enqueued."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from typing import Any


class ActionFuture(Future[Any]):
    """The result of an action: what its handler in the application has returned, or why there is none.

    ``cancel`` keeps the action from being performed, as long as no application has taken it. ``result`` raises
    ActionFailedError if the handler raised, ApplicationLinkLostError if the application went away.
    """

    # What came first decides: an application that took the action, or the adaptor that canceled it.
    _is_taken = False
    _is_canceled = False

    def take(self) -> bool:
        """Return False if the action was canceled and must not be performed; True from then on forbids to cancel."""
        with self._condition:
            self._is_taken = not self._is_canceled
            return self._is_taken

    def release(self) -> None:
        """Take note that the application that had taken the action will not perform it."""
        with self._condition:
            self._is_taken = False

    def cancel(self) -> bool:
        """Keep the action from being performed; return False if it is too late for that."""
        with self._condition:
            if self._is_canceled:
                return True
            if self._is_taken or self.done():
                return False
            self._is_canceled = True
        super().cancel()
        # Tell those who wait for several futures, too.
        return not self.set_running_or_notify_cancel()

    def running(self) -> bool:
        """Return True while an application has the action in hand."""
        return self._is_taken and not self.done()

    def settle(self, result: object) -> None:
        """Give the wait its result, unless it has ended already."""
        try:
            self.set_result(result)
        except InvalidStateError:
            pass

    def end(self, error: BaseException) -> None:
        """Make the wait raise ``error``, unless it has ended already. The action is performed nevertheless."""
        try:
            self.set_exception(error)
        except InvalidStateError:
            pass
