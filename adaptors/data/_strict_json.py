"""Read JSON that has one meaning for every reader: no duplicate keys, no numbers that are not finite."""

from __future__ import annotations

import json
import math

from ._value_path import show_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


class StrictJsonError(Exception):
    """A text is JSON for Python and must not be accepted; the text of the error continues "the file …"."""


class _NotFiniteError(Exception):
    """The text has a constant that is a number for Python but not for JSON."""


def strict_json(text: str) -> Any:
    """Return the value that a JSON text has for every reader.

    Args:
        text: The text.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deeply.
        StrictJsonError: A mapping has a duplicate key, or a number is not finite.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse_constant)
    except _NotFiniteError:
        way = _way_to_not_finite(json.loads(text))
        raise StrictJsonError(f"has at {way} a number that is not finite, which JSON does not allow") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = json.dumps(next(key for key in keys if keys.count(key) > 1), ensure_ascii=False)
        raise StrictJsonError(f"has the key {repeated} twice in one mapping")
    return mapping


def _finite(text: str) -> float:
    number = float(text)
    if number in (math.inf, -math.inf):
        raise _NotFiniteError
    return number


def _refuse_constant(_name: str) -> NoReturn:
    raise _NotFiniteError


def _way_to_not_finite(data: Any) -> str:
    left: list[tuple[list[str | int], Any]] = [([], data)]
    while left:
        way, value = left.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return show_path(way) or "its top"
        if isinstance(value, (dict, list)):
            children = value.items() if isinstance(value, dict) else enumerate(value)
            left += reversed([([*way, step], child) for step, child in children])
    return "some place"
