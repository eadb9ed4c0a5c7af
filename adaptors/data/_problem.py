"""Explain in one phrase why data does not fit a schema: where, what was expected, and what was found."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from ._nearest import did_you_mean
from ._value_path import show_path, show_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Callable

    from jsonschema_rs import ValidationError

    from ._place import Place

MASK = "\ue000"
"""What the validator writes in place of a value. This module shows the value itself, shortened, or not at all."""

SECRET = "a value (not shown: it is writeOnly)"  # noqa: S105  it stands in place of one

LONGEST_VALUE = 60
"""The number of characters of a value that a message shows."""

MOST_PROBLEMS = 3
"""The number of problems that a message shows."""

_MOST_NAMES = 3
"""The number of names that a message shows."""

_HIDDEN_KEY = "[...]"


def describe_problem(error: ValidationError, data: Any, root: Place) -> str:
    """Return the phrase, such as ``at layers[0].name, 5 is not of type "string"``.

    Args:
        error: The validator's error.
        data: All of the data.
        root: What the schema says about it. A value marked as ``writeOnly`` is a secret and is not shown.
    """
    place = _way(error.instance_path, root)
    return f"at {place}, {_expected(error, data, root)}" if place else _expected(error, data, root)


def join_problems(phrases: Iterable[str], count: int) -> str:
    """Return the first phrases as one, with the number of those that are left out.

    Args:
        phrases: What is wrong; those after the first ones are not made.
        count: How many there are.
    """
    more = count - MOST_PROBLEMS
    return "; ".join(islice(phrases, MOST_PROBLEMS)) + (f"; and {more} more" if more > 0 else "")


def describe_misfit(path: Sequence[str | int], root: Place, text: str, hidden: str) -> str:
    """Return the phrase about a value that does not fit something other than a schema.

    Args:
        path: The path to the value.
        root: What a schema says about the data. A value marked as ``writeOnly`` is a secret and is not shown.
        text: The phrase without the place.
        hidden: The end of the phrase if the value is a secret.
    """
    place, (_, is_secret) = _way(path, root), _at(path, root)
    phrase = f"{SECRET} {hidden}" if is_secret else text
    return f"at {place}, {phrase}" if place else phrase


def describe_defect(error: Exception, schema: dict[str, Any]) -> str | None:
    """Return the phrase about a schema that is not one, such as ``at properties.frame.type, "int" is not one of …``.

    Args:
        error: The validator's error.
        schema: All of the schema. What it marks as ``writeOnly`` is not shown.

    Returns:
        None if the error names no place in the schema: a reference leads nowhere, or the draft is unknown.
    """
    path = getattr(error, "instance_path", None)
    if not path:
        return None
    defect = cast("ValidationError", error)
    if "patternProperties" in path[-2:-1] and _keyword(defect.kind) == "format":  # it is about the name, not the value
        return f"at {show_path(path[:-1])}, {str(defect.message).replace(MASK, show_value(path[-1]))}"
    try:
        return describe_problem(defect, schema, _place_in_schema(schema, path))
    except (LookupError, TypeError):  # a place in another file
        return None


def _place_in_schema(schema: dict[str, Any], path: Sequence[str | int]) -> Place:
    """Return the place of the schema itself, as data: all names on the path are known, and no value is a secret.

    But what is inside something that the schema marks as ``writeOnly`` is.
    """
    from ._place import Place
    from ._schema_documents import SchemaDocuments
    from ._schema_folder import SchemaFolder

    ways = [path[:depth] for depth in range(len(path))]
    node: dict[str, Any] = {}
    for way, step in reversed(list(zip(ways, path))):
        node = {"properties": {step: node}} if isinstance(step, str) else {"items": node}
        around = value_at(schema, way)
        node["writeOnly"] = isinstance(around, dict) and bool(around.get("writeOnly"))
    documents = SchemaDocuments(node, SchemaFolder(None))
    return Place(documents, [documents.root])


def missing_property(name: str, known: Iterable[str], value: Any) -> str:
    """Return the phrase about a property that is missing, with the one that may stand for it.

    Args:
        name: The property.
        known: The properties that the value may have.
        value: The value without it.
    """
    others = set(value) - set(known) if isinstance(value, dict) else set()
    texts = (one for one in others if isinstance(one, str))  # data that was written by hand may have other keys
    return f'"{name}" is a required property{did_you_mean(name, texts)}'


def unexpected_properties(names: Sequence[str], known: Iterable[str]) -> str:
    """Return the phrase about properties that a value must not have.

    Args:
        names: The properties.
        known: Those that it may have.
    """
    more = len(names) - _MOST_NAMES
    shown = ", ".join([*(f"'{name}'" for name in names[:_MOST_NAMES]), *([f"{more} more"] if more > 0 else [])])
    return f"{shown} {'was' if len(names) == 1 else 'were'} unexpected{did_you_mean(names[0], known)}"


def value_at(data: Any, path: Sequence[str | int]) -> Any:
    """Return the value inside ``data`` that a path leads to."""
    for step in path:
        data = data[step]
    return data


def show_value(value: Any) -> str:
    """Return a value as text short enough for a message: a long string is cut, a mapping shows only its size."""
    if isinstance(value, dict):
        return f"a mapping of {len(value)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    shown = json.dumps(value, ensure_ascii=False, default=repr)
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 4] + '..."'


def _way(path: Sequence[str | int], root: Place) -> str:
    """Return the path to a value without names that are secrets or are inside one."""
    shown = ""
    place, is_secret = root, root.is_secret
    for step in path:
        hidden = isinstance(step, str) and step not in place.names and (is_secret or place.hides_names)
        shown += _HIDDEN_KEY if hidden else show_step(step)
        place = place.step(step)
        is_secret = is_secret or place.is_secret
    return shown.lstrip(".")


def _expected(error: ValidationError, data: Any, root: Place) -> str:
    path = error.instance_path
    place, is_secret = _at(path, root)
    found = value_at(data, path)
    # A single value where secrets are expected below, such as one password in place of a list of them, is one of them.
    is_secret = is_secret or (place.may_hide and not isinstance(found, (dict, list)))
    keyword = _keyword(error.kind)
    if keyword in _OWN_WORDS:
        if is_secret or place.hides_names:
            return f"{SECRET} does not fit {keyword!r}"
        return _OWN_WORDS[keyword](error.kind, found, place)
    value = SECRET if is_secret else show_value(found)
    branches = [branch[0] for branch in getattr(error.kind, "context", ()) if branch]
    if branches:
        reasons = "; ".join(
            _expected(branch, data, root) if branch.instance_path == path else describe_problem(branch, data, root)
            for branch in branches
        )
        return f"{value} matches none of the alternatives: {reasons}"
    text = str(error.message).replace("False schema does not allow", "nothing is allowed, not even")
    return text.replace(MASK, value)


def _keyword(kind: Any) -> str:
    """Return the keyword of the schema that the data does not fit.

    The releases of the validator that run on Python 3.9 do not name it; there, only the class of the error does.
    """
    name = getattr(kind, "name", None)
    if name is None:
        word = type(kind).__name__.rpartition("_")[2]
        name = "const" if word == "Constant" else word[:1].lower() + word[1:]
    return str(name)


def _enum(kind: Any, value: Any, _place: Place) -> str:
    return f"{show_value(value)} is not one of {', '.join(map(show_value, kind.options))}"


def _const(kind: Any, value: Any, _place: Place) -> str:
    return f"{show_value(value)} is not {show_value(kind.expected_value)}"


def _not(_kind: Any, value: Any, _place: Place) -> str:
    return f"{show_value(value)} is excluded by 'not' in the schema"


def _property_names(kind: Any, _value: Any, _place: Place) -> str:
    return f"a property name does not fit: {str(kind.error.message).replace(MASK, 'it')}"


def _required(kind: Any, value: Any, place: Place) -> str:
    return missing_property(str(kind.property), place.names, value)


def _unexpected(kind: Any, _value: Any, place: Place) -> str:
    return unexpected_properties(kind.unexpected, place.names)


_OWN_WORDS: dict[str, Callable[[Any, Any, Place], str]] = {
    "enum": _enum,
    "const": _const,
    "not": _not,
    "propertyNames": _property_names,
    "required": _required,
    "additionalProperties": _unexpected,
    "unevaluatedProperties": _unexpected,
}
"""Keywords that are not explained in the validator's words, which contain values of the data or the schema at any
length. For a secret, no such value is shown."""


def _at(path: Sequence[str | int], root: Place) -> tuple[Place, bool]:
    """Return the place of a value, and whether the value is a secret or inside one."""
    place, is_secret = root, root.is_secret
    for step in path:
        place = place.step(step)
        is_secret = is_secret or place.is_secret
    return place, is_secret
