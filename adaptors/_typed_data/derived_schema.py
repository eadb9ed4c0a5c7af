"""The JSON Schema that follows from a data class."""

from __future__ import annotations

import enum
from typing import Any, Callable, get_origin

import attrs

from .._frames import FRAMES, Frames
from .._mapped_path import MAPPED, MappedPath
from .._task_chunk import PATTERN
from . import data_types
from .data_types import Shape, fields_of, inner, key_of, shape_of, shape_of_field
from .limits import limits_of

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_FOLDERS = ("dir", "dirs", "directory", "directories", "folder", "folders")
_OUTPUTS = {"out", "output", "outputs", "outdir"}


def schema_of(data_class: type) -> dict[str, Any]:
    """Return the schema of the data that a checked data class takes.

    Args:
        data_class: An attrs class.
    """
    fields = fields_of(data_class)
    return {
        "type": "object",
        "properties": {key_of(attribute): _property(attribute) for attribute in fields},
        "required": [key_of(attribute) for attribute in fields if attribute.default is attrs.NOTHING],
        "additionalProperties": False,
    }


def _property(attribute: attrs.Attribute[Any]) -> dict[str, Any]:
    shape = shape_of_field(attribute)
    found = {**_of_shape(shape), **limits_of(attribute.validator)}
    found = _or_null(found) if shape is not None and shape.kind == "optional" else found
    metadata = attribute.metadata
    if metadata.get(data_types.DESCRIPTION):
        found["description"] = str(metadata[data_types.DESCRIPTION])
    if metadata.get(data_types.SECRET):
        found["writeOnly"] = True
    if inner(attribute.type) is MappedPath:
        name = attribute.name.lower()
        words = set(name.split("_"))
        is_folder = name.endswith(_FOLDERS) or not words.isdisjoint(_FOLDERS)  # also "outdir"
        found["objectType"] = metadata.get(data_types.OBJECT_TYPE, "DIRECTORY" if is_folder else "FILE")
        found["dataFlow"] = metadata.get(data_types.DATA_FLOW, "OUT" if words & _OUTPUTS else "IN")
    found.update(_default(attribute))
    return found


def _of_type(annotation: Any) -> dict[str, Any]:
    return _of_shape(shape_of(annotation))


def _of_shape(shape: Shape | None) -> dict[str, Any]:
    assert shape is not None  # the class was checked
    made: dict[str, Any] = _MAKERS[shape.kind](shape.parts)
    return made


def _choice(values: tuple[Any, ...]) -> dict[str, Any]:
    types = list(dict.fromkeys(_TYPES[type(value)] for value in values))
    return {"type": types[0] if len(types) == 1 else types, "enum": list(values)}


def _tuple(parts: tuple[Any, ...]) -> dict[str, Any]:
    size = len(parts)
    return {"type": "array", "prefixItems": list(map(_of_type, parts)), "minItems": size, "maxItems": size}


def _plain(of: Any) -> dict[str, Any]:
    if of is MappedPath:
        return {"type": "string", "format": "path", MAPPED: True}
    if of is Frames:
        # The first type is the one of a job parameter, which has to hold a range.
        types = ["string", "integer", "array"]
        return {"type": types, "format": FRAMES, "pattern": PATTERN, "items": {"type": "integer"}, "minItems": 1}
    return {} if of is Any else {"type": _TYPES[of]}


_MAKERS: dict[str, Callable[[tuple[Any, ...]], dict[str, Any]]] = {
    "plain": lambda parts: _plain(parts[0]),
    "optional": lambda parts: _or_null(_of_type(parts[0])),
    "literal": _choice,
    "enum": _choice,
    "list": lambda parts: {"type": "array", "items": _of_type(parts[0])},
    "tuple": _tuple,
    "dict": lambda parts: {"type": "object", "additionalProperties": _of_type(parts[0])},
    "class": lambda parts: schema_of(parts[0]),
}
"""What makes the schema of each kind of shape from what it is made of."""


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    choices = {"enum": list(dict.fromkeys([*schema["enum"], None]))} if "enum" in schema else {}
    return {**schema, **choices, "type": list(dict.fromkeys([*types, "null"]))}


def _default(attribute: attrs.Attribute[Any]) -> dict[str, Any]:
    """Return the default of a field; nothing if only its factory knows it, which may return another one each time."""
    default: Any = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        made = get_origin(default.factory) or default.factory  # `list[str]` makes a list
        if default.takes_self or not (made in (list, dict) or attrs.has(default.factory)):
            return {}
        try:
            default = default.factory()
        except Exception:  # noqa: BLE001  an author's class
            return {}
    try:
        return {} if default is attrs.NOTHING else {"default": as_data(default)}
    except TypeError:
        return {}  # a converter of the field makes data of it


def as_data(value: Any) -> Any:
    """Return typed data as what JSON can hold: what becomes the same value again.

    Raises:
        TypeError: Its type is not one of a data class.
    """
    if isinstance(value, (MappedPath, enum.Enum)):
        return value.original if isinstance(value, MappedPath) else value.value
    if value is None or isinstance(value, (Frames, str, int, float, bool)):
        return str(value) if isinstance(value, Frames) else value
    if isinstance(value, (list, tuple)):
        return [as_data(one) for one in value]
    if isinstance(value, dict):
        return {str(key): as_data(one) for key, one in value.items()}
    if attrs.has(type(value)):
        return {key_of(attribute): as_data(getattr(value, attribute.name)) for attribute in fields_of(type(value))}
    raise TypeError(f"{value!r:.80} is no data")
