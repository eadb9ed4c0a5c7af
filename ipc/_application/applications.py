"""What the link to the applications needs from the code that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import Callable

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


def explain_loss(process: int | None) -> Callable[[], str | None]:
    """Return a function that says how the application ended after the loss of a link; None if it is unknown or runs.

    Args:
        process: The process that just connected; None if unknown.
    """
    from .._processes.process_tree import session_of  # not needed without an owner of the applications

    session = None if process is None else session_of(process)
    return lambda: None if _applications is None else _applications.explain_loss(session, LOSS_SECONDS)
