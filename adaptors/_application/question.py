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
        line: What was asked.
        pattern: Found in the answer.
        answered: Gets the match.
        answers_late: Called instead, once nobody waits any more.

    Raises:
        TypeError: The pattern is no pattern for text.
        ValueError: It is no regular expression.
    """

    def __init__(
        self, line: str, pattern: str | re.Pattern[str], answered: AwaitedFuture, answers_late: Callable[[], object]
    ) -> None:
        try:
            super().__init__([pattern], self._take)
        except re.error as error:
            raise ValueError(error.msg) from None
        self._line = line
        self._answered = answered
        self._answers_late = answers_late
        self._is_given_up = False

    def __str__(self) -> str:
        """Return which answer is expected, as a part of a sentence."""
        (pattern,) = self.regex_list
        return f"a line that matches {shown(pattern.pattern)!r} after {shown(self._line)!r}"

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
