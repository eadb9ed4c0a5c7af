"""On whose behalf a thread asks applications to end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ADAPTOR = "the adaptor"
"""Who asks for an end where nobody else is named: the author's code."""

_behalf = threading.local()


@contextmanager
def on_behalf_of(cause: str) -> Iterator[None]:
    """Name who it is that asks applications to end on this thread, for instance a signal that is being dealt with."""
    _behalf.cause = cause
    try:
        yield
    finally:
        _behalf.cause = None


def who_asks() -> str:
    """Return who asks for an end on this thread."""
    cause: str | None = getattr(_behalf, "cause", None)
    return ADAPTOR if cause is None else cause
