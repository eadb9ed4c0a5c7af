"""A terminal that a descriptor leads to, on POSIX."""

from __future__ import annotations

import os


def is_capable(descriptor: int) -> bool:
    """Return whether a descriptor is a terminal that can erase a line."""
    try:
        return os.isatty(descriptor) and os.environ.get("TERM", "dumb") not in {"", "dumb"}
    except OSError:
        return False


def size(descriptor: int) -> tuple[int, int]:
    """Return how many columns and lines a terminal has; 0 for what it does not tell."""
    try:
        columns, lines = os.get_terminal_size(descriptor)
    except OSError:
        return 0, 0
    return columns, lines
