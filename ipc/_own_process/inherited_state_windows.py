"""Inherited signal state on Windows, which has none."""

from __future__ import annotations

import sys

assert sys.platform == "win32"


def default_signals(*, unblock: bool = True) -> None:  # the twin needs it
    """Do nothing."""


class CleanSignals:
    """Do nothing."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""
