"""The handler of a stream that has both output rules and an author's own handler."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ._regex_handler import RegexHandler, takes_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._regex_callback import RegexCallback
    from ._rules import FirstMatch


def joined(rules: RegexHandler, own: logging.Handler | None, level: int) -> logging.Handler:
    """Return a handler that tries ``rules`` on each line, and then passes it to ``own``.

    Neither changes what the other one sees: a rule that ignores a line does not keep it from ``own``.

    Args:
        rules: The rules.
        own: The author's handler, if there is one.
        level: The level of the records of the stream: a handler of a higher level gets none.
    """
    if own is None or (isinstance(own, logging.Handler) and own.level > level):
        return rules
    if not isinstance(own, logging.Handler):
        return own  # it is rejected where the application starts
    if isinstance(own, RegexHandler) and takes_blocks(own):
        return _JoinedBlocks(rules, own)
    return _JoinedRecords(rules, own)


class _JoinedBlocks(RegexHandler):
    """Two handlers that take blocks of lines."""

    def __init__(self, rules: RegexHandler, own: RegexHandler) -> None:
        super().__init__([])
        self._two = (rules, own)

    @property
    def may_hide(self) -> bool:
        """Whether a rule hides lines."""
        return self._two[0].may_hide

    def hides(self, line: str) -> str | None:
        """Return the name of the rule that hides a line; None if it is shown."""
        return self._two[0].hides(line)

    def matches(self, text: str) -> Iterator[tuple[int, FirstMatch]]:
        """Yield each line that one of them matches, in their order."""
        rules, own = (handler.matches(text) for handler in self._two)
        next_of_rules, next_of_own = next(rules, None), next(own, None)
        while next_of_rules or next_of_own:
            end = min(found[0] for found in (next_of_rules, next_of_own) if found)
            of_rules = next_of_rules[1] if next_of_rules and next_of_rules[0] == end else None
            of_own = next_of_own[1] if next_of_own and next_of_own[0] == end else None
            yield end, _both(of_rules, of_own)
            if of_rules:
                next_of_rules = next(rules, None)
            if of_own:  # only now: its callbacks may have changed its list
                next_of_own = next(own, None)

    def match_rest(self, line: str, called: Sequence[RegexCallback], seen: int = 0) -> FirstMatch | None:
        """Return the first match of each in a line that has grown."""
        of_rules, of_own = (handler.match_rest(line, called, seen) for handler in self._two)
        return _both(of_rules, of_own) if of_rules or of_own else None

    def call(self, first: FirstMatch, called: list[RegexCallback] | None = None) -> None:
        """Call the callbacks of each. Errors of a callback propagate."""
        rules, own = self._two
        if first.rules[0].callback in rules.regex_callbacks:
            rules.call(first, called)
            if first.then is None:
                return
            first = first.then
        own.call(first, called)


def _both(of_rules: FirstMatch | None, of_own: FirstMatch | None) -> FirstMatch:
    if of_rules is None:
        assert of_own is not None
        return of_own
    return of_rules._replace(then=of_own)


class _JoinedRecords(logging.Handler):
    """Rules, and a handler that gets each line as a log record."""

    def __init__(self, rules: RegexHandler, own: logging.Handler) -> None:
        super().__init__()
        self._two: tuple[RegexHandler, logging.Handler] = (rules, own)

    @property
    def may_hide(self) -> bool:
        """Whether a rule hides lines."""
        return self._two[0].may_hide

    def hides(self, line: str) -> str | None:
        """Return the name of the rule that hides a line; None if it is shown."""
        return self._two[0].hides(line)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record to each. Errors propagate."""
        for handler in self._two:
            handler.handle(record)
