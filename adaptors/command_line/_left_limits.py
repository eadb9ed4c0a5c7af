"""The limits of a daemon that does not answer: how much is left of those that count, according to its files."""

from __future__ import annotations

from ...statemachine._history import number_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._messages.journal_tail import LeftSession

_WATCHDOGS = ("output", "progress")
_ENDS = {"stop", "cleanup"}
_CANCELED = "canceled"


def left_limits(
    limits: Mapping[str, Any], session: LeftSession, heard_at: float | None, now: float
) -> list[dict[str, Any]]:
    """Return each limit as a snapshot has it, but in the order of the file. What is left is less than 0 if it is over.

    Only the daemon knows what a watchdog has heard: of it, at most so much is left.

    Args:
        limits: The seconds of each, by its name; None for none.
        session: How the session stands.
        heard_at: When the daemon wrote output last, in seconds since the epoch; None if that is unknown.
        now: The same of now.
    """
    begins = _begins(session, heard_at)
    found = []
    for name in limits:
        seconds, begin = number_in(limits, name), begins.get(name)
        left = None if seconds is None or begin is None else seconds - (now - begin)
        found.append({"name": name, "seconds": seconds, "left": left})
    return found


def _begins(session: LeftSession, heard_at: float | None) -> dict[str, float]:
    """Return since when each limit counts, in seconds since the epoch."""
    call = session.in_flight
    if call is None:
        return {}
    if call["trigger"] in _ENDS:
        return {call["trigger"]: call["at"]}
    if session.state == _CANCELED:
        return {} if session.moved_at is None else {"cancel": session.moved_at}
    heard = max(call["at"], heard_at or 0.0)
    return {call["trigger"]: call["at"], **dict.fromkeys(_WATCHDOGS, heard)}
