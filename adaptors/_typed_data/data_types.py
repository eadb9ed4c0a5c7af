"""The types that a field of typed data can have, and the fields of a data class."""

from __future__ import annotations

import enum
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import attrs

from ..data._nearest import nearest

DESCRIPTION = "description"
SECRET = "secret"  # noqa: S105  the name of the key that marks one
OBJECT_TYPE = "object_type"
DATA_FLOW = "data_flow"
KNOWN_METADATA = (DESCRIPTION, SECRET, OBJECT_TYPE, DATA_FLOW)
"""The keys that the metadata of a field may have for the runtime."""

MISSPELT = 0.8
"""The similarity at which a key is one of them, misspelt. Metadata may also have keys of other packages."""

HINT = (
    "write str, int, float, bool, Optional, list, tuple, dict[str, ...], Literal, an Enum, an attrs class, MappedPath, "
    "Frames, or Any"
)

_UNIONS = (Union, getattr(types, "UnionType", Union))
_NONE = type(None)
_ANY_ITEM = {list: (Any,), tuple: (Any, ...), dict: (str, Any)}


class DataClassError(Exception):
    """An author's data class cannot be used; the text continues a sentence that begins with the name of the class."""


class Shape(NamedTuple):
    """The kind of a type, and what it is made of.

    Attributes:
        kind: ``optional``, ``literal``, ``enum``, ``list``, ``tuple`` (of a fixed length), ``dict``, ``class`` (of
            attrs), or ``plain``.
        parts: The type inside; of a tuple, each type; of a ``Literal`` and an ``Enum``, the values.
    """

    kind: str
    parts: tuple[Any, ...]


def shape_of(annotation: Any) -> Shape | None:
    """Return the shape of a type; None if no data can have it."""
    annotation = without_notes(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in _UNIONS:
        others = [each for each in arguments if each is not _NONE]
        return Shape("optional", (others[0],)) if len(others) == 1 and len(arguments) > 1 else None
    if origin is Literal:
        return Shape("literal", arguments) if _are_json(arguments) else None
    return _collection(origin or annotation, arguments) or (_class(annotation) if origin is None else None)


def _collection(of: Any, arguments: tuple[Any, ...]) -> Shape | None:
    if of not in (list, tuple, dict):
        return None
    arguments = arguments or _ANY_ITEM[of]
    if of is dict:
        return Shape("dict", arguments[1:]) if arguments[0] is str else None
    if of is tuple and arguments[-1:] != (...,):
        return Shape("tuple", () if arguments == ((),) else arguments)
    return Shape("list", arguments[:1])


def _class(annotation: Any) -> Shape | None:
    from .._frames import Frames
    from .._mapped_path import MappedPath

    if annotation in (str, int, float, bool, Any, MappedPath, Frames):
        return Shape("plain", (annotation,))
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, enum.Enum):
        values = tuple(member.value for member in annotation)
        return Shape("enum", values) if _are_json(values) else None
    return Shape("class", (annotation,)) if attrs.has(annotation) else None


def _are_json(values: tuple[Any, ...]) -> bool:
    return all(value is None or type(value) in (str, int, float, bool) for value in values)


def shape_of_field(attribute: attrs.Attribute[Any]) -> Shape | None:
    """Return the shape of the data for a field. A converter of its own may take anything."""
    shape = shape_of(Any if attribute.type is None else attribute.type)
    return shape or (Shape("plain", (Any,)) if attribute.converter is not None else None)


def without_notes(annotation: Any) -> Any:
    """Return a type without ``Annotated`` around it, which keeps all its notes in one layer."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def inner(annotation: Any) -> Any:
    """Return a type without ``Optional`` and ``Annotated`` around it."""
    annotation = without_notes(annotation)
    shape = shape_of(annotation)
    return inner(shape.parts[0]) if shape is not None and shape.kind == "optional" else annotation


def fields_of(data_class: type) -> list[attrs.Attribute[Any]]:
    """Return the fields that data can have: those that the constructor takes."""
    return [attribute for attribute in attrs.fields(data_class) if attribute.init]


def key_of(attribute: attrs.Attribute[Any]) -> str:
    """Return the key of a field in the data: the name of its argument."""
    return str(attribute.alias or attribute.name)


def check_data_class(data_class: type, adaptor_class: type, within: tuple[type, ...] = ()) -> None:
    """Resolve the types of a data class and of all classes in it, and check that data can have them.

    Args:
        data_class: An attrs class.
        adaptor_class: The adaptor; a type may name classes that are nested in it.
        within: The data classes around this one.

    Raises:
        DataClassError: A type is unknown or unsupported, or metadata is misspelt.
    """
    if data_class in within:
        raise DataClassError(" contains itself; write dict[str, Any] for data of any depth")
    _resolve(data_class, adaptor_class)
    for attribute in fields_of(data_class):
        _check_metadata(attribute)
        if shape_of_field(attribute) is None:
            raise DataClassError(f".{attribute.name} has the type {_shown(attribute.type)}; {HINT}")
        try:
            for found in _classes_in(attribute):
                check_data_class(found, adaptor_class, (*within, data_class))
        except DataClassError as error:
            raise DataClassError(f".{attribute.name}{error}") from None
        except _InnerTypeError as error:
            raise DataClassError(f".{attribute.name} has inside the type {error}; {HINT}") from None


class _InnerTypeError(Exception):
    """A type inside another one is not supported; the text is the type."""


def _classes_in(attribute: attrs.Attribute[Any]) -> Iterator[type]:
    left: list[Shape | None] = [shape_of_field(attribute)]
    while left:
        shape = left.pop()
        if shape is None or shape.kind in ("plain", "literal", "enum"):
            continue
        for part in shape.parts:
            if shape.kind == "class":
                yield part
                continue
            child = shape_of(part)
            if child is None:
                raise _InnerTypeError(_shown(part))
            left.append(child)


def _resolve(data_class: type, adaptor_class: type) -> None:
    names: dict[str, Any] = {}
    for base in reversed((*adaptor_class.__mro__, *data_class.__mro__)):
        names.update({name: value for name, value in vars(base).items() if _may_be_type(value)})
    try:
        attrs.resolve_types(data_class, localns=names)
    except NameError as error:
        raise DataClassError(
            f" has a type that cannot be found ({error}); define it in the module or in the adaptor, not below "
            "TYPE_CHECKING"
        ) from None
    except Exception as error:  # noqa: BLE001  an annotation is any expression
        hint = "; on this Python, write Optional[str] instead of 'str | None'" if sys.version_info < (3, 10) else ""
        raise DataClassError(f" has a type that cannot be read ({error}){hint}") from None


def _may_be_type(value: object) -> bool:
    return isinstance(value, type) or get_origin(value) is not None


def _check_metadata(attribute: attrs.Attribute[Any]) -> None:
    metadata: Mapping[Any, Any] = attribute.metadata
    for key in metadata:
        meant = nearest(key, KNOWN_METADATA, MISSPELT) if isinstance(key, str) and key not in KNOWN_METADATA else None
        if meant is not None:
            raise DataClassError(f".{attribute.name} has the metadata {key!r}: did you mean {meant!r}?")
    if not isinstance(metadata.get(SECRET, False), bool):
        raise DataClassError(f".{attribute.name} has secret={metadata[SECRET]!r}; write True or False")
    for key, values in ((OBJECT_TYPE, ("FILE", "DIRECTORY")), (DATA_FLOW, ("NONE", "IN", "OUT", "INOUT"))):
        if metadata.get(key, values[0]) not in values:
            raise DataClassError(f".{attribute.name} has {key}={metadata[key]!r}; write {' or '.join(values)}")


def _shown(annotation: Any) -> str:
    is_plain = isinstance(annotation, type) and get_origin(annotation) is None  # on Python 3.9, list[int] is a type
    return annotation.__qualname__ if is_plain else str(annotation).replace("typing.", "")
