"""Why the link to an application was lost: who has started the application knows how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Callable

SECONDS = 2.0
"""How long the end of an application may follow the loss of its link and still be taken for the cause."""

explainer: Callable[[int | None, float], str | None] | None = None
"""Takes the session of the process that had connected and how long to wait; returns how it ended, if it did."""


def explain(process: int | None) -> Callable[[], str | None]:
    """Return what tells, after the loss of a link, how the application ended; None if that is not known or it has not.

    Args:
        process: The one that has connected just now; None where that is not known.
    """
    from .._processes.process_tree import session_of  # not needed by a runtime that only says what it knows

    session = None if process is None else session_of(process)
    return lambda: None if explainer is None else explainer(session, SECONDS)
