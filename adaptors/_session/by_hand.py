"""Hooks that are called by hand, without a session: their waits end, too, when they can no longer succeed."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from ..processes import _registry as registry

if TYPE_CHECKING:
    from ..processes._application import Application
    from .expectations import Expectations


class ByHand:
    """Tell the waits of one adaptor what happens to its applications, as the session does.

    Args:
        expectations: What its hooks wait for. Once they are forgotten, this object ends with the next event.
    """

    def __init__(self, expectations: Expectations) -> None:
        # Without a callback: it would run anywhere, also where this thread holds the lock of the registry.
        self._expectations = weakref.ref(expectations)
        registry.subscribe(self)

    def end(self) -> None:
        """Stop: a session does it from now on."""
        registry.unsubscribe(self)

    def process_started(self, _process: Application) -> None:
        """Record that an application runs again."""
        expectations = self._remembered()
        if expectations is not None:
            expectations.application_started()

    def process_ended(self, process: Application) -> None:
        """End the waits for an application that has ended."""
        expectations = self._remembered()
        if expectations is not None:
            expectations.application_ended(process)

    def callback_failed(self, _process: Application, error: BaseException) -> None:
        """End the waits of the hook whose callback raised."""
        expectations = self._remembered()
        if expectations is not None:
            expectations.fail(error)

    def _remembered(self) -> Expectations | None:
        expectations = self._expectations()
        if expectations is None:
            self.end()
        return expectations
