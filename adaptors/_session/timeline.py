"""Timed actions."""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from typing import Callable


@attrs.frozen(order=True)
class _Entry:
    due: float
    number: int
    about: object = attrs.field(order=False)
    action: Callable[[], object] = attrs.field(order=False)


class Timeline:
    """Keep actions until they are due. It has no clock: the caller passes the time.

    >>> timeline = Timeline()
    >>> timeline.at(3.0, lambda: print("late"), about="a hook")
    >>> timeline.at(2.0, lambda: print("soon"), about="a hook")
    >>> timeline.call_due(2.5)
    soon
    >>> timeline.first()
    3.0
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._numbers = itertools.count()

    def at(self, due: float, action: Callable[[], object], *, about: object) -> None:
        """Call ``action`` at ``due``, unless its subject is dropped before."""
        bisect.insort(self._entries, _Entry(due, next(self._numbers), about, action))

    def drop(self, about: object) -> None:
        """Forget all actions about ``about``."""
        self._entries = [entry for entry in self._entries if entry.about is not about]

    def call_due(self, now: float) -> None:
        """Call due actions in order, each once; an action may add and drop others."""
        while self._entries and self._entries[0].due <= now:
            self._entries.pop(0).action()

    def first(self, about: object = None) -> float | None:
        """Return when the next action is due, or the next one about ``about``; None if none is."""
        return min((entry.due for entry in self._entries if about is None or entry.about is about), default=None)

    def last(self, about: object) -> float | None:
        """Return when the last action about ``about`` is due; None if none is."""
        return max((entry.due for entry in self._entries if entry.about is about), default=None)
