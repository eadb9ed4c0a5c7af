"""What a command knows of the adaptor of its program; only type checkers import this module."""

from __future__ import annotations

from typing import Protocol


class OwnAdaptor(Protocol):
    """The adaptor of a program. Its text is its name."""

    def is_of(self, served: str) -> bool:
        """Return whether a daemon that serves the adaptor of this name serves this one."""
