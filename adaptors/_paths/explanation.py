"""Explain a path mapping: one line per rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .formats import SPLIT, PathFormat
from .mapping import PathMapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mapping import PathMappingRule


def explain(rules: Sequence[PathMappingRule], path: str) -> list[str]:
    """Return the verdict of each rule on ``path``, in order of precedence: the longest source first.

    Args:
        rules: The rules in the given order; the lines number them from 0.
        path: A path of any format.
    """
    if not rules:
        return ["no rules"]
    winner = PathMapping(rules).find(path)
    chosen = next((number for number, rule in enumerate(rules) if rule is winner), None)
    numbers = sorted(range(len(rules)), key=lambda number: -len(rules[number].source))
    return [f"rule {number}: {_describe(rules[number])}: {_verdict(rules, number, chosen, path)}" for number in numbers]


def _describe(rule: PathMappingRule) -> str:
    return f"{rule.source_path_format} {rule.source_path} -> {rule.destination_path}"


def _verdict(rules: Sequence[PathMappingRule], number: int, chosen: int | None, path: str) -> str:
    if number == chosen:
        return "maps the path"
    reason = _mismatch(rules[number], path)
    if reason is not None:
        return f"does not match: {reason}"
    if chosen is not None and len(rules[chosen].source) == len(rules[number].source):
        return f"matches too, but rule {chosen} has a source of the same length and comes first"
    return f"matches too, but rule {chosen} has a longer source"


def _mismatch(rule: PathMappingRule, path: str) -> str | None:
    """Return at which component the path leaves the rule's source; None if it does not."""
    split = SPLIT[rule.source_path_format](path)
    if split is None:
        return "the path is not a URI"
    for at, (key, wanted) in enumerate(zip(split.keys, rule.source)):
        if key != wanted:
            wrong = f"component {at + 1} of the path is {split.names[at]!r}, not {wanted!r}"
            same_letters = rule.source_path_format != PathFormat.WINDOWS and key.lower() == wanted.lower()
            return f"{wrong} (case counts)" if same_letters else wrong
    if len(split.keys) < len(rule.source):
        return f"the path ends before component {len(split.keys) + 1} of the source, {rule.source[len(split.keys)]!r}"
    return None
