"""A line that was written to an application, and the answer that is waited for in its output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._messages.redaction import redaction
from ..output._regex_callback import RegexCallback

if TYPE_CHECKING:
    from typing import Callable

    from ...ipc._application.awaited_future import AwaitedFuture

_LONGEST = 80


class Question(RegexCallback):
    """A callback for the answer.

    Args:
        pattern: Found in the answer.
        answered: Gets the match.
        answers_late: Called instead, once nobody waits any more.

    Raises:
        TypeError: The pattern is no pattern for text.
        ValueError: It is no regular expression.
    """

    def __init__(
        self, pattern: str | re.Pattern[str], answered: AwaitedFuture, answers_late: Callable[[], object]
    ) -> None:
        try:
            super().__init__([pattern], self._take)
        except re.error as error:
            raise ValueError(error.msg) from None
        self._answered = answered
        self._answers_late = answers_late
        self._is_given_up = False
        self.pattern = pattern if isinstance(pattern, str) else pattern.pattern

    def __str__(self) -> str:
        return f"a line that matches {self.pattern!r:.200}"

    def give_up(self) -> None:
        """Record that nobody waits for the answer any more."""
        self._is_given_up = True

    def _take(self, match: re.Match[str]) -> None:
        if self._is_given_up:
            self._answers_late()
        else:
            self._answered.settle(match)


def shown(line: str) -> str:
    """Return a line as the records show it: without secrets, and not too long."""
    text = redaction.hide(line)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
