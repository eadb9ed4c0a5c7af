"""One output rule: patterns, and what to call when a line of output matches one of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable


class RegexCallback:
    """Call ``callback`` with the match when a line matches one of ``regex_list``.

    Args:
        regex_list: Patterns, or their texts, tried in this order with ``search`` until one matches. The list is copied.
        callback: Called with the match, on the thread that reads the output. What it raises fails the task.
        exit_if_matched: After this callback was called for a line, skip the remaining ones.
        only_run_if_first_matched: Skip this callback for lines on which an earlier one was called.

    Raises:
        TypeError: One of them is no pattern for text, or the callback cannot be called.
        re.error: The text of a pattern is no regular expression.
    """

    hidden_as: str | None = None
    """The name under which the log counts the lines that match, instead of showing them; None to show them."""

    must_show: bool = False
    """Whether a line that matches is shown although another callback would hide it."""

    def __init__(
        self,
        regex_list: Sequence[re.Pattern[str] | str],
        callback: Callable[[re.Match[str]], Any],
        exit_if_matched: bool = False,  # noqa: FBT001, FBT002  # the interface that published adaptors call
        only_run_if_first_matched: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        if isinstance(regex_list, (str, re.Pattern)):
            raise TypeError(f"regex_list is {regex_list!r}; write a list of patterns: [{regex_list!r}]")
        if not callable(callback):
            raise TypeError(f"the callback is {callback!r}; write a function that takes the match")
        self.regex_list = [_pattern(regex) for regex in regex_list]
        self.callback = callback
        self.exit_if_matched = exit_if_matched
        self.only_run_if_first_matched = only_run_if_first_matched

    def get_match(self, msg: str) -> re.Match[str] | None:
        """Return the first match of the patterns in ``msg``, a line without its end. May be overridden."""
        for regex in self.regex_list:
            match = regex.search(msg)
            if match:
                return match
        return None

    def __repr__(self) -> str:
        patterns = ", ".join(repr(regex.pattern) for regex in self.regex_list)
        return f"<{type(self).__name__} {patterns}>"


def _pattern(regex: re.Pattern[str] | str) -> re.Pattern[str]:
    try:
        pattern = re.compile(regex) if isinstance(regex, str) else regex
    except re.error as error:
        raise re.error(f"the pattern {regex!r} is no regular expression: {error}") from None
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str):
        raise TypeError(f"{regex!r} is not a pattern for text; write re.compile('...')")
    return pattern
