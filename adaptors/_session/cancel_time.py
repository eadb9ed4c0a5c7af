"""How the seconds of a cancel are divided among the hook in flight, its applications, and the end of the session."""

from __future__ import annotations

END_SECONDS = 5.0
"""The most that is kept for what follows: for the hook after the kill of its applications, and for stop and cleanup."""


def until_kill(seconds: float) -> float:
    """Return how long applications may take to end after a cancel, of the ``seconds`` that the hook in flight has.

    >>> until_kill(20.0), until_kill(3.0)
    (15.0, 2.0)
    """
    return seconds - min(seconds / 3, END_SECONDS)


def until_stop(seconds: float) -> float:
    """Return how long the hook in flight may take, of the ``seconds`` until stop and cleanup must be over, too.

    >>> until_stop(25.0), until_stop(4.0)
    (20.0, 2.0)
    """
    return seconds - min(seconds / 2, END_SECONDS)


def with_stop(seconds: float) -> float:
    """Return in how many seconds stop and cleanup must be over if the hook in flight has ``seconds``.

    >>> with_stop(20.0), with_stop(2.0)
    (25.0, 4.0)
    """
    return seconds + min(seconds, END_SECONDS)
