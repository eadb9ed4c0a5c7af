"""Inherited signal state on Windows, which has none."""

from __future__ import annotations

import sys

assert sys.platform == "win32"


def default_signals() -> None:
    """Do nothing."""


class CleanSignals:
    """Do nothing."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""
