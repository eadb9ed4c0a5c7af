"""Nothing is left for a later command: the guardian of a process that is killed removes its directories at once."""

from __future__ import annotations

import sys

assert sys.platform != "win32"


def mark(directory: str) -> None:
    """Do nothing."""


def remove_left(folder: str) -> None:
    """Do nothing."""
