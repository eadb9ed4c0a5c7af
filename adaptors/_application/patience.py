"""The wait for an application: what is awaited is in the log once the application is silent, and in the failure."""

from __future__ import annotations

import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._messages.own_log import log
from .._messages.redaction import redaction
from .._session.private_state import session_state
from ..processes import _registry as registry
from ..processes._last_line import last_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...ipc._application.awaited_future import AwaitedFuture
    from ..processes._logging_subprocess import LoggingSubprocess

SILENT_SECONDS = 10.0
"""After this time without output of any application, the log says what is awaited."""


class Patience:
    """Wait for one thing that an application must do.

    Args:
        adaptor: The adaptor, whose session says what it waits for if a deadline ends the wait.
        process: The application.
        what: What is awaited, as a part of a sentence: "a line that matches '^found'".
    """

    def __init__(self, adaptor: object, process: LoggingSubprocess, what: str) -> None:
        self._own = session_state(adaptor)
        self._process = process
        self._what = what

    def __str__(self) -> str:
        return redaction.hide(f"{self._what}; {last_line(self._process.last_lines)}")

    def result(self, awaited: AwaitedFuture, timeout: float | None = None) -> Any:
        """Return the result of ``awaited``, or raise what has ended the wait.

        Args:
            awaited: What the application must fulfill.
            timeout: Seconds; None for no limit.

        Raises:
            TimeoutError: It did not in time (``concurrent.futures.TimeoutError``).
        """
        due = None if timeout is None else time.monotonic() + timeout
        with self._shown():
            self._wait_while_it_speaks(awaited, due)
            try:
                return awaited.result(None if due is None else max(0.0, due - time.monotonic()))
            except FutureTimeoutError:
                if awaited.done():
                    raise
                raise FutureTimeoutError(f"no result arrived within {timeout:g} s: waited for {self}") from None

    def _wait_while_it_speaks(self, awaited: AwaitedFuture, due: float | None) -> None:
        """Return when the wait has ended, or when the log has said that the application is silent."""
        began = time.monotonic()
        while not awaited.done():
            silent_at = max(began, registry.last_heard() or began) + SILENT_SECONDS
            now = time.monotonic()
            if now >= silent_at:
                log().info(f"still waiting for {self}")
                return
            if due is not None and due <= silent_at:
                return
            try:
                awaited.exception(silent_at - now)
            except FutureTimeoutError:
                continue

    @contextmanager
    def _shown(self) -> Iterator[None]:
        former, self._own.awaited = self._own.awaited, self
        try:
            yield
        finally:
            self._own.awaited = former
