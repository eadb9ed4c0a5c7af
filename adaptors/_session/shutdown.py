"""The end of a session."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .._outcome import Outcome

if TYPE_CHECKING:
    from .request import SessionRequest


class Shutdown:
    """The end of a session: which requests wait for it, when it must be over, and what went wrong.

    Args:
        cleanup: Time limit of ``on_cleanup`` in seconds, even if more is left; None for all that is left.
    """

    def __init__(self, cleanup: float | None = None) -> None:
        self._cleanup = math.inf if cleanup is None else cleanup
        self._waiting: list[tuple[SessionRequest, Outcome | None]] = []
        self._by: float | None = None
        self._failure: Outcome | None = None
        self._begun = False

    @property
    def is_wanted(self) -> bool:
        """Whether a request waits for it."""
        return bool(self._waiting)

    @property
    def request(self) -> SessionRequest:
        """The request for which the session ends."""
        return self._waiting[0][0]

    @property
    def by(self) -> float | None:
        """When it must be over; None if not known yet."""
        return self._by

    @property
    def failure(self) -> Outcome | None:
        """What went wrong first, if anything did."""
        return self._failure

    def await_stop(self, request: SessionRequest) -> None:
        """Make a stop wait for it; its outcome is that of the end."""
        self._waiting.append((request, None))

    def await_failed_start(self, request: SessionRequest, outcome: Outcome) -> None:
        """Make a failed start wait for it; its outcome is that of the start."""
        self._waiting.insert(0, (request, outcome))

    def hurry(self, due: float) -> None:
        """Set when it must be over; a later time than before changes nothing."""
        self._by = due if self._by is None else min(self._by, due)

    def share(self, hook: str, now: float) -> float:
        """Return when a hook has used up its share of the remaining time.

        ``on_stop`` leaves a third to ``on_cleanup``, or less if ``on_cleanup`` has a shorter limit.
        """
        assert self._by is not None
        remaining = max(0.0, self._by - now)
        if hook == "on_stop":
            return now + remaining - min(remaining / 3, self._cleanup)
        return now + min(remaining, self._cleanup)

    def begin(self) -> SessionRequest | None:
        """Return the stop whose part of the stream begins now; None for a failed start, which has its own."""
        begun, self._begun = self._begun, True
        request, outcome = self._waiting[0]
        return request if outcome is None and not begun else None

    def fail(self, failure: Outcome) -> None:
        """Record a failure; the first one counts."""
        self._failure = self._failure or failure

    def outcomes(self) -> list[tuple[SessionRequest, Outcome]]:
        """Return the waiting requests with their outcomes; none waits anymore."""
        waiting, self._waiting = self._waiting, []
        return [(request, outcome or self._failure or Outcome()) for request, outcome in waiting]
