"""How much time a canceled command has, according to the scheduler.

Open Job Description 2023-09, "How Jobs Are Run", section on cancelation: under ``NOTIFY_THEN_TERMINATE`` the
session writes ``cancel_info.json`` with the time ``NotifyEnd`` into its working directory, sends SIGTERM, and kills
the process group at that time.
"""

from __future__ import annotations

import os
import time

MARGIN = 1.0
"""Everything must be over this many seconds before NotifyEnd."""

IN_A_SESSION = 4.0
"""Seconds in a scheduler's session that does not name a time."""

ELSEWHERE = 20.0
"""Seconds outside a scheduler's session."""

SHORTEST = 0.5
"""Least number of seconds, even if the time is up."""


def cancel_seconds(began: float, elsewhere: float = ELSEWHERE) -> float:
    """Return how many seconds from now a canceled command must be over.

    Args:
        began: Wall clock time at which this command began, in seconds. An older file belongs to an earlier cancel: the
            session never removes it.
        elsewhere: The seconds outside a scheduler's session.
    """
    directory = os.environ.get("OPENJD_SESSION_WORKING_DIR")
    if not directory:
        return elsewhere
    notify_end = _notify_end(os.path.join(directory, "cancel_info.json"), began)
    if notify_end is None:
        return IN_A_SESSION
    return max(SHORTEST, notify_end - time.time() - MARGIN)


def _notify_end(path: str, began: float) -> float | None:
    import calendar
    import json

    try:
        with open(path, encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mtime < began:
                return None
            text = json.load(file)["NotifyEnd"]
        return float(calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
