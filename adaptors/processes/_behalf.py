"""Who makes a thread end applications."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ADAPTOR = "the adaptor"
"""The default requester of an end: the author's code."""

_behalf = threading.local()


@contextmanager
def on_behalf_of(cause: str) -> Iterator[None]:
    """Set who requests the end of applications on this thread, for example a signal being handled."""
    _behalf.cause = cause
    try:
        yield
    finally:
        _behalf.cause = None


def who_asks() -> str:
    """Return who requests an end on this thread."""
    cause: str | None = getattr(_behalf, "cause", None)
    return ADAPTOR if cause is None else cause
