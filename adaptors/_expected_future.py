"""What a hook waits for: a future that a callback fulfils and that the runtime may end."""

from __future__ import annotations

from concurrent.futures import InvalidStateError
from typing import Any

from ..ipc._application.awaited_future import AwaitedFuture


class ExpectedFuture(AwaitedFuture):
    """A future of a callback's result. The result that comes after the runtime has ended the wait is dropped.

    An application goes on printing after a cancel; the callback for it must not fail because nobody waits any more.
    """

    _is_ended = False

    def end(self, error: BaseException) -> None:
        """Make the wait raise ``error``, unless the result was first."""
        self._is_ended = True
        super().end(error)

    def set_result(self, result: Any) -> None:
        """End the wait with a result.

        Raises:
            InvalidStateError: It has one already.
        """
        try:
            super().set_result(result)
        except InvalidStateError:
            if not self._is_ended:
                raise
