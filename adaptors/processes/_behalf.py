"""Who makes a thread end applications, and how much time there is."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ADAPTOR = "the adaptor"
"""The default requester of an end: the author's code."""

_behalf = threading.local()


@contextmanager
def on_behalf_of(cause: str, until: float = math.inf) -> Iterator[None]:
    """Set who requests the end of applications on this thread, for example a signal being handled.

    Args:
        cause: The requester.
        until: When the applications are killed in any case, by the monotonic clock.
    """
    _behalf.cause, _behalf.until = cause, until
    try:
        yield
    finally:
        _behalf.cause, _behalf.until = None, math.inf


def who_asks() -> str:
    """Return who requests an end on this thread."""
    cause: str | None = getattr(_behalf, "cause", None)
    return ADAPTOR if cause is None else cause


def seconds_left() -> float:
    """Return how long an application that this thread asks to end has for that; infinity for no limit."""
    until: float = getattr(_behalf, "until", math.inf)
    return max(0.0, until - time.monotonic())
