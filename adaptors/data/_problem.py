"""Say in one phrase why data does not fit a schema: where, what was expected, what was there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jsonschema_rs import ValidationError

MASK = "\ue000"
"""What the validator writes for a value. The value itself is shown by us, never as long as it is, or not at all."""

LONGEST_VALUE = 60
"""Characters of a value that a message shows."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def describe_problem(error: ValidationError, data: Any, schema: Mapping[str, Any]) -> str:
    """Return the phrase, such as ``at layers[0].name, 5 is not of type "string"``.

    Args:
        error: What the validator found.
        data: All of the data.
        schema: What it was to fit. A value that it marks as ``writeOnly`` is a secret and is not shown.
    """
    place = show_path(error.instance_path)
    return f"at {place}, {_expected(error, data, schema)}" if place else _expected(error, data, schema)


def show_path(path: Sequence[str | int]) -> str:
    """Write the way to a value.

    >>> show_path(["layers", 0, "file name"])
    'layers[0]["file name"]'
    """
    shown = ""
    for step in path:
        if isinstance(step, str) and _PLAIN_KEY.match(step):
            shown += f".{step}" if shown else step
        else:
            shown += f"[{json.dumps(step, ensure_ascii=False)}]"
    return shown


def _expected(error: ValidationError, data: Any, schema: Mapping[str, Any]) -> str:
    path = error.instance_path
    value = "a value (not shown: it is writeOnly)" if _is_secret(schema, path) else show_value(_value_at(data, path))
    options = getattr(error.kind, "options", None)
    branches = [branch[0] for branch in getattr(error.kind, "context", ()) if branch]
    if options is not None:  # the validator's own text stops after two of them
        return f"{value} is not one of {', '.join(json.dumps(option, ensure_ascii=False) for option in options)}"
    if branches:
        reasons = "; ".join(
            _expected(branch, data, schema) if branch.instance_path == path else describe_problem(branch, data, schema)
            for branch in branches
        )
        return f"{value} fits none of the alternatives: {reasons}"
    return (
        str(error.message).replace("False schema does not allow", "nothing is allowed, not even").replace(MASK, value)
    )


def show_value(value: Any) -> str:
    """Write a value short enough for a message: a long text is cut, of a mapping only its size is told."""
    if isinstance(value, dict):
        return f"a mapping of {len(value)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    shown = json.dumps(value, ensure_ascii=False, default=repr)
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 4] + '..."'


def _value_at(data: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data


def _is_secret(schema: Any, path: Sequence[str | int]) -> bool:
    """Tell whether a schema marks the value at ``path``, or what contains it, as ``writeOnly``."""
    root, node = schema, _resolved(schema, schema)
    for step in path:
        if isinstance(step, str):
            child = node.get("properties", {}).get(step, node.get("additionalProperties"))
        else:
            child = node.get("items")
        node = _resolved(root, child)
        if node.get("writeOnly") is True:
            return True
    return False


def _resolved(root: Any, node: Any) -> dict[str, Any]:
    """Follow a reference within the same document."""
    for _ in range(20):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not (isinstance(reference, str) and reference.startswith("#/")) or node.get("writeOnly"):
            break
        node = root
        for step in reference[2:].split("/"):
            node = node.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}
