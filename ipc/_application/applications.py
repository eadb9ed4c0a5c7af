"""What the link to the applications needs from the code that runs them."""

from __future__ import annotations

from typing import Protocol

LOSS_SECONDS = 2.0
"""How long after the loss of its link the end of an application still counts as the cause."""

FLUSH_SECONDS = 1.0
"""How long an answer may wait for output printed before it: a callback may still process it."""


class Applications(Protocol):
    """The code that runs the applications."""

    def flush_applications(self, seconds: float) -> object:
        """Emit the output that applications have written so far, within ``seconds``."""

    def explain_loss(self, session: int | None, seconds: float) -> str | None:
        """Return how the application whose process leads ``session`` ended, within ``seconds``; None if it did not."""


_applications: Applications | None = None


def set_applications(applications: Applications | None) -> None:
    """Set the object that runs the applications of this process."""
    global _applications  # one process has one owner of its applications
    _applications = applications


def flush_output() -> None:
    """Emit the output that applications have written so far, within ``FLUSH_SECONDS``."""
    if _applications is not None:
        _applications.flush_applications(FLUSH_SECONDS)


def explain_loss(session: int | None) -> str | None:
    """Return how the application ended whose link was just lost; None if it is unknown or runs.

    Args:
        session: The session of the process that was connected; None if unknown.
    """
    return None if _applications is None else _applications.explain_loss(session, LOSS_SECONDS)
