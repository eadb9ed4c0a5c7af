"""Find text that a line must contain for a pattern to match.

Trying ``.*Error.*`` on each line is quadratic in its length; looking for ``Error`` in a whole block is almost free. The
parser of the standard library's ``re`` reads the pattern. It is not documented: if it is missing or has changed, no
text is required, which is slower but still correct.
"""

from __future__ import annotations

import re
from typing import Any

_parser: Any = getattr(re, "_parser", None) or getattr(re, "sre_parse", None)  # the latter before Python 3.11

Literals = frozenset[str]
"""A match implies that one of these is in the line."""


def required_literals(pattern: re.Pattern[str]) -> Literals | None:
    """Return texts of which every matching line contains at least one, in any case if the pattern ignores case.

    Returns:
        The best choice of texts, or None if no text is known to be required.
    """
    try:
        best = _of_sequence(_parser.parse(pattern.pattern, pattern.flags))
    except Exception:  # noqa: BLE001  # whatever a changed parser does, the pattern itself compiled
        return None
    return best if best and not any("\n" in literal for literal in best) else None


def _of_sequence(items: Any) -> Literals | None:
    """Choose among the parts of a concatenation, all of which must match."""
    found: list[Literals] = []
    run = ""
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument)
            continue
        if name == "AT":  # an anchor takes no text, so the run goes on behind it
            continue
        found += [frozenset([run])] if run else []
        run = ""
        inner = _of_item(name, argument)
        found += [inner] if inner else []
    found += [frozenset([run])] if run else []
    return max(found, key=_quality, default=None)


def _of_item(name: str, argument: Any) -> Literals | None:
    if name == "SUBPATTERN":
        _, added_flags, removed_flags, items = argument
        return None if added_flags or removed_flags else _of_sequence(items)
    if name == "ATOMIC_GROUP":
        return _of_sequence(argument)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        minimum, _, items = argument
        return _of_sequence(items) if minimum > 0 else None
    if name == "BRANCH":
        return _of_branches([_of_sequence(items) for items in argument[1]])
    return None


def _of_branches(branches: list[Literals | None]) -> Literals | None:
    if not all(branches):
        return None
    return frozenset().union(*(branch for branch in branches if branch))


def _quality(literals: Literals) -> tuple[int, int]:
    """Prefer long texts, then few of them: they are found in fewer lines."""
    return min(map(len, literals)), -len(literals)
