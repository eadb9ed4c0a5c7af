"""The output of a session under test, line by line."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_SECONDS = 0.1
"""How often a wait looks whether the call has ended, which nothing here tells."""


class RecordedLines:
    """Lines in the order in which they were printed. Any thread may add some, or wait for one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines: list[str] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, block: bytes) -> None:
        """Add a block of whole lines; an unfinished last one counts as a line."""
        if not block:
            return
        with self._changed:
            self._lines += block.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n")
            self._changed.notify_all()

    def slice(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the lines from one index to another."""
        return self._lines[start:end]

    def wait_for(self, text: str, start: int, seconds: float, is_over: Callable[[], bool]) -> str | None:
        """Wait until a line contains ``text``; return the first one, or None if none will, or not in time.

        Args:
            text: What to look for.
            start: The index of the first line to look at.
            seconds: How long to wait.
            is_over: Returns whether nothing can follow any more.
        """
        due = time.monotonic() + seconds
        with self._changed:
            while True:
                was_over = is_over()  # first: lines may be added before the end is known
                found = next((line for line in self._lines[start:] if text in line), None)
                left = due - time.monotonic()
                if found is not None or was_over or left <= 0:
                    return found
                self._changed.wait(min(left, _LOOK_SECONDS))
