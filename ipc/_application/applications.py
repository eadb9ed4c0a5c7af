"""The applications of this process, as far as the link to them has to know: the seam to whoever runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import Callable

LOSS_SECONDS = 2.0
"""How long the end of an application may follow the loss of its link and still be taken for the cause."""

FLUSH_SECONDS = 1.0
"""How long an answer may wait for the output that was printed before it: a callback may be busy with it."""


class Applications(Protocol):
    """Who runs the applications."""

    def flush_applications(self, seconds: float) -> object:
        """Have the output emitted that applications have written until now, within ``seconds``."""

    def explain_loss(self, session: int | None, seconds: float) -> str | None:
        """Return how the application ended whose process leads ``session``, within ``seconds``; None if it did not."""


_applications: Applications | None = None


def set_applications(applications: Applications | None) -> None:
    """Say who runs the applications of this process."""
    global _applications  # one process has one owner of its applications
    _applications = applications


def flush_output() -> None:
    """Have the output of applications emitted that they have written until now; not longer than ``FLUSH_SECONDS``."""
    if _applications is not None:
        _applications.flush_applications(FLUSH_SECONDS)


def explain_loss(process: int | None) -> Callable[[], str | None]:
    """Return what tells, after the loss of a link, how the application ended; None if that is not known or it has not.

    Args:
        process: The one that has connected just now; None where that is not known.
    """
    from .._processes.process_tree import session_of  # not needed by a runtime that only says what it knows

    session = None if process is None else session_of(process)
    return lambda: None if _applications is None else _applications.explain_loss(session, LOSS_SECONDS)
