"""Find the lines of a block of output for which callbacks must be called, and look closely at as few as possible.

The whole block is first searched for the texts that the patterns require: 20 of them take 0.8 ms for 800 lines. Then
only the lines that contain one are tried, and only with the rules that can match.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ._regex_callback import RegexCallback
from ._required_literal import required_literals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    GetMatch = Callable[[str], "re.Match[str] | None"]


class Rule(NamedTuple):
    """A callback, and what is known about its patterns."""

    callback: RegexCallback
    get_match: GetMatch
    """Does what the callback's ``get_match`` does."""

    required: frozenset[str] | None
    """Each line that matches contains one of these, or of ``required_in_any_case``; None: any line may match."""

    required_in_any_case: frozenset[str]
    """The same for patterns that ignore case; lower case, ASCII."""


class FirstMatch(NamedTuple):
    """A line, the first match in it, and the rules from the matching one on."""

    line: str
    match: re.Match[str]
    rules: Sequence[Rule]
    then: FirstMatch | None = None
    """The same of another handler, which looks at the line after this one."""


def build_rules(callbacks: Sequence[RegexCallback]) -> list[Rule]:
    """Analyze the patterns of ``callbacks``; the order is kept."""
    return [_build_rule(callback) for callback in callbacks]


def first_match(rules: Sequence[Rule], line: str) -> FirstMatch | None:
    """Return the match of the first of ``rules`` that matches ``line``."""
    for index, rule in enumerate(rules):
        match = rule.get_match(line)
        if match:
            return FirstMatch(line, match, rules[index:])
    return None


class BlockScan:
    r"""Search one block of whole lines.

    Args:
        rules: In the order in which they are tried on a line.
        text: Lines, each ended by ``\n``.
    """

    def __init__(self, rules: Sequence[Rule], text: str) -> None:
        self._text = self._searched = text
        self._any_line = False
        lower = text.lower() if text.isascii() and any(rule.required_in_any_case for rule in rules) else None
        present: set[str] = set()
        self._rules: list[Rule] = []
        for rule in rules:
            if rule.required is None or (rule.required_in_any_case and lower is None):
                self._any_line = True
                self._rules.append(rule)
                continue
            here = {required for required in rule.required if required in text}
            here.update(required for required in rule.required_in_any_case if required in (lower or ""))
            if here:
                self._rules.append(rule)
                present |= here
        if lower is not None:  # of the same length, as it is ASCII; finds a few lines too many, which does no harm
            self._searched, present = lower, {required.lower() for required in present}
        self._find = _finder(frozenset(present))

    def next(self, position: int) -> tuple[int, FirstMatch] | None:
        """Return the first matching line at or after the line start ``position``, and the start of the next line."""
        text = self._text
        while self._rules and position < len(text):
            start = end = position
            if not self._any_line:
                hit = self._find(self._searched, position)
                if hit < 0:
                    return None
                start, end = text.rfind("\n", position, hit) + 1 or position, hit
            end = text.find("\n", end)
            end = len(text) if end < 0 else end
            position = end + 1
            first = first_match(self._rules, text[start:end])
            if first is not None:
                return position, first
        return None


@lru_cache(maxsize=256)
def _finder(texts: frozenset[str]) -> Callable[[str, int], int]:
    if len(texts) == 1:
        (text,) = texts
        return lambda searched, position: searched.find(text, position)
    search = re.compile("|".join(map(re.escape, sorted(texts)))).search

    def find(searched: str, position: int) -> int:
        match = search(searched, position)
        return match.start() if match else -1

    return find


def _build_rule(callback: RegexCallback) -> Rule:
    if type(callback).get_match is not RegexCallback.get_match:
        return Rule(callback, callback.get_match, None, frozenset())
    tests: list[tuple[str | None, re.Pattern[str]]] = []
    exact: set[str] = set()
    any_case: set[str] = set()
    unknown = False
    for regex in callback.regex_list:
        texts = required_literals(regex)
        ignores_case = bool(regex.flags & re.IGNORECASE)
        if texts is None or (ignores_case and not all(map(str.isascii, texts))):
            texts, unknown = frozenset(), True
        tests.append((next(iter(texts)) if len(texts) == 1 and not ignores_case else None, regex))
        if ignores_case:
            any_case.update(map(str.lower, texts))
        else:
            exact |= texts
    return Rule(callback, _search(tests), None if unknown else frozenset(exact), frozenset(any_case))


def _search(tests: list[tuple[str | None, re.Pattern[str]]]) -> GetMatch:
    def search(line: str) -> re.Match[str] | None:
        for required, regex in tests:
            if required is None or required in line:
                match = regex.search(line)
                if match:
                    return match
        return None

    return search
