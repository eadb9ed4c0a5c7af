"""What the runtime logs where it knows no session: the session's stream takes it, or ``logging`` where there is none.

In a session nothing of ``logging`` is touched. An author's handlers and filters may block or raise, on whatever thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Callable

    Destination = Callable[[str, str], object]

_destination: Destination | None = None


def send_to(destination: Destination | None) -> None:
    """Say who takes the level and the text of what is logged; None for ``logging``."""
    global _destination
    _destination = destination


def log(level: str, text: str, logger_name: str) -> None:
    """Log a text of the runtime's own. It raises nothing.

    Args:
        level: Such as ``"WARNING"``.
        text: What happened.
        logger_name: Of the logger that gets it where there is no session.
    """
    try:
        if _destination is not None:
            _destination(level, text)
        else:
            import logging

            logging.getLogger(logger_name).log(getattr(logging, level), "%s", text)
    except Exception:  # noqa: BLE001, S110  a log that fails changes nothing
        pass
