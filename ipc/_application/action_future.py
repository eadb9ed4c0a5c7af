"""What an adaptor holds of an action that it has enqueued."""

from __future__ import annotations

from .awaited_future import AwaitedFuture


class ActionFuture(AwaitedFuture):
    """The result of an action: what its handler in the application has returned, or why there is none.

    ``cancel`` keeps the action from being performed, as long as no application has taken it. ``result`` raises
    ActionFailedError if the handler raised, ApplicationLinkLostError if the application went away; and, like
    ``expect()``, what ended the hook.

    Args:
        is_last: Whether it is ``close``, which is performed whatever became of the hook that had enqueued it.
    """

    # What came first decides: an application that took the action, or the adaptor that canceled it.
    _is_taken = False
    _is_canceled = False

    def __init__(self, *, is_last: bool = False) -> None:
        super().__init__()
        self._is_last = is_last

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

    def withdraw(self, error: BaseException) -> None:
        """Make the wait raise ``error``; no application that has not taken the action yet performs it any more."""
        with self._condition:
            if not self._is_taken and not self._is_last:
                self._is_canceled = True
        self.end(error)
