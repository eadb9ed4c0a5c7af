"""What a terminal tells of itself, on POSIX."""

from __future__ import annotations

import os


def is_terminal(descriptor: int) -> bool:
    """Return whether a descriptor leads to a terminal."""
    return os.isatty(descriptor)


def terminal_size(descriptor: int) -> tuple[int, int]:
    """Return how many columns and lines a terminal has; 0 for what it does not tell."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return 0, 0
    return size.columns, size.lines
