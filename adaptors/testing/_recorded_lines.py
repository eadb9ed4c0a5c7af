"""The output of a session under test, line by line."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RecordedLines:
    """Lines in the order in which they were printed. Any thread may add some, or wait for one.

    What a wait looks at beside the lines, such as the end of a call, changes first; then ``wake`` tells of it.
    """

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

    def wake(self) -> None:
        """Have all waits look again: something other than a line has changed."""
        with self._changed:
            self._changed.notify_all()

    def slice(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the lines from one index to another."""
        return self._lines[start:end]

    def wait_until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is so; return whether it is.

        Args:
            is_so: Returns whether to end the wait. It is asked after each line and each ``wake``.
            seconds: How long to wait.
        """
        with self._changed:
            return self._changed.wait_for(is_so, seconds)

    def wait_for(self, text: str, start: int, seconds: float, is_over: Callable[[], bool]) -> str | None:
        """Wait until a line contains ``text``; return the first one, or None if none will, or not in time.

        Args:
            text: What to look for.
            start: The index of the first line to look at.
            seconds: How long to wait.
            is_over: Returns whether nothing can follow any more.
        """
        found: list[str] = []

        def is_decided() -> bool:
            was_over = is_over()  # first: lines may be added before the end is known
            found[:] = [line for line in self._lines[start:] if text in line][:1]
            return bool(found) or was_over

        self.wait_until(is_decided, seconds)
        return found[0] if found else None
