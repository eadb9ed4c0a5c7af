"""What the validators of an attrs field say about its values, in the words of JSON Schema."""

from __future__ import annotations

from typing import Any

_COMPARISONS = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}


def limits_of(validator: Any) -> dict[str, Any]:
    """Return the keywords for ``ge``, ``gt``, ``le``, ``lt``, and ``in_`` of ``attrs.validators``, alone or together.

    They are for those who fill in a form. The validator itself checks the data, so one that is not known here, or that
    another release of attrs writes differently, is left out.

    Args:
        validator: The validator of a field; None for none.
    """
    found: dict[str, Any] = {}
    left = [validator]
    while left:
        one = left.pop()
        left += getattr(one, "_validators", ())  # and_()
        left += [getattr(one, "validator", None)] if type(one).__name__ == "_OptionalValidator" else []
        keyword = _COMPARISONS.get(getattr(one, "compare_op", ""))
        bound = getattr(one, "bound", None)
        if keyword and isinstance(bound, (int, float)):
            found[keyword] = bound
        if type(one).__name__ == "_InValidator":
            found.update(_choices(getattr(one, "_original_options", one.options)))
    return found


def _choices(options: Any) -> dict[str, Any]:
    if not isinstance(options, (list, tuple)) or not all(isinstance(one, (str, int, float)) for one in options):
        return {}
    return {"enum": list(options)}
