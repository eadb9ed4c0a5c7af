"""Call callbacks for the lines of an application's output that match."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ...ipc._own_process.plain_call import call_plainly
from ...ipc._stream.plain_text import plain_text
from ._regex_callback import RegexCallback
from ._rules import BlockScan, build_rules, first_match

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from ._rules import FirstMatch, Rule


class RegexHandler(logging.Handler):
    """Try callbacks on each line of output, in the order given.

    Pass it to a ``ManagedProcess`` or ``LoggingSubprocess``, which handle lines without a match fast, or add it to a
    logger like any other handler. One handler may serve both streams of an application: its callbacks never run at the
    same time.

    A pattern sees a line without escape sequences such as colors. If the application redraws a line with a carriage
    return, the pattern sees each state, even those that the log leaves out. It sees an unfinished line, such as a
    prompt, after a short silence, and the whole line when more of it arrives; then a callback that was already called
    for that line is called again only for a match in the new part. After ``write_line``, a new line begins.

    Args:
        regex_callbacks: The callbacks, kept in the list ``regex_callbacks``, which may change at any time, even in a
            callback.
        level: The lowest level of the records to look at.
    """

    def __init__(self, regex_callbacks: Sequence[RegexCallback], level: int = logging.NOTSET) -> None:
        super().__init__(level)
        if isinstance(regex_callbacks, RegexCallback):
            raise TypeError(f"{regex_callbacks!r} is one RegexCallback; write a list of them: RegexHandler([...])")
        self.regex_callbacks: list[RegexCallback] = list(regex_callbacks)
        wrong = [each for each in self.regex_callbacks if not isinstance(each, RegexCallback)]
        if wrong:
            raise TypeError(f"{wrong[0]!r} is not a RegexCallback; write RegexCallback([pattern], callback)")
        self._rules: list[Rule] = []
        self._built_for: tuple[object, ...] = ()

    def emit(self, record: logging.LogRecord) -> None:
        """Try the callbacks on the message of a log record. Errors of a callback propagate."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # the arguments do not fit the message; that must not fail the code that logs
            message = str(record.msg)
        if "\x1b" in message:
            message = plain_text(message.encode("utf-8", "backslashreplace")).decode()
        first = first_match(self._current_rules(), message)
        if first is not None:
            self.call(first)

    def matches(self, text: str) -> Iterator[tuple[int, FirstMatch]]:
        r"""Yield each matching line of a block of lines that end in ``\n``, with the index of the line after it.

        Pass each match to ``call`` before continuing: its callbacks may change the list of callbacks.
        """
        position = 0
        callbacks = list(self.regex_callbacks)
        scan = BlockScan(self._current_rules(), text)
        while found := scan.next(position):
            yield found
            position = found[0]
            if self.regex_callbacks != callbacks:
                callbacks = list(self.regex_callbacks)
                scan = BlockScan(self._current_rules(), text)

    @property
    def may_hide(self) -> bool:
        """Whether a callback hides lines from the log."""
        return any(callback.hidden_as for callback in self.regex_callbacks)

    def hides(self, line: str) -> str | None:
        """Return the name of the callback that hides a line from the log; None if it is shown."""
        name = None
        for callback in list(self.regex_callbacks):
            if callback.get_match(line):
                if callback.must_show:
                    return None
                name = name or callback.hidden_as
                if callback.exit_if_matched:
                    break
        return name

    def match_rest(self, line: str, called: Sequence[RegexCallback], seen: int = 0) -> FirstMatch | None:
        """Return the first match in a line that has grown since the callbacks ``called`` were called for it.

        Args:
            line: The line as it is now.
            called: Callbacks that are called again only for a match that lies in the new part.
            seen: The length of the line as it was.
        """
        rules: list[Rule] = []
        was_called = False
        for rule in self._current_rules():
            if any(rule.callback is each for each in called):
                was_called = True
                again = rule.get_match(line) if seen else None
                if again and again.start() >= seen:
                    rules.append(rule)
                elif rule.callback.exit_if_matched:
                    break
            elif not (was_called and rule.callback.only_run_if_first_matched):
                rules.append(rule)
        return first_match(rules, line)

    def call(self, first: FirstMatch, called: list[RegexCallback] | None = None) -> None:
        """Call the callbacks for a line, on one thread at a time. Errors of a callback propagate.

        Args:
            first: The match.
            called: Receives the callbacks that are called.
        """
        self.acquire()
        try:
            _call(first, [] if called is None else called)
        finally:
            self.release()

    def _current_rules(self) -> list[Rule]:
        callbacks = list(self.regex_callbacks)
        wanted = (*callbacks, *(regex for callback in callbacks for regex in callback.regex_list))
        if self._built_for != wanted:
            self._rules, self._built_for = build_rules(callbacks), wanted
        return self._rules


def takes_blocks(handler: RegexHandler) -> bool:
    """Return whether a handler gets everything without log records: nothing of an author's looks at those."""
    kind = type(handler)
    return kind.emit is RegexHandler.emit and kind.handle is logging.Handler.handle and not handler.filters


def _call(first: FirstMatch, called: list[RegexCallback]) -> None:
    was_called = False
    match: re.Match[str] | None = first.match
    for rule in first.rules:
        callback = rule.callback
        if was_called:
            match = None if callback.only_run_if_first_matched else rule.get_match(first.line)
        if match:
            was_called = True
            called.append(callback)
            call_plainly(f"the output callback {_name(callback)}", callback.callback, match)
            if callback.exit_if_matched:
                return


def _name(callback: RegexCallback) -> str:
    return str(getattr(callback.callback, "__qualname__", None) or repr(callback.callback))
