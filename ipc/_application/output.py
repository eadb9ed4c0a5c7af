"""Have what applications printed go on before what they answered: the seam to whoever reads their output."""

from __future__ import annotations

from typing import Callable

SECONDS = 1.0
"""How long an answer may wait for the output that was printed before it: a callback may be busy with it."""

_flush: Callable[[float], object] | None = None


def set_flush(flush: Callable[[float], object] | None) -> None:
    """Say who has the output of applications emitted that they have written until now, within a number of seconds."""
    global _flush  # one process has one owner of its applications
    _flush = flush


def flush() -> None:
    """Have the output of applications emitted that they have written until now; not longer than ``SECONDS``."""
    if _flush is not None:
        _flush(SECONDS)
