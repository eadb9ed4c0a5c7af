"""Turn data into an instance of a data class, with cattrs. Nothing is converted that has another type in JSON."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, NoReturn, get_origin

import cattrs
from cattrs.gen import make_dict_structure_fn

from ...ipc._errors import BadInputError
from .._frames import Frames
from .._mapped_path import MappedPath
from ..data._problem import show_value
from .data_types import Shape, fields_of, inner, key_of, shape_of, without_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import Enum

    Hook = Callable[[Any, Any], Any]


class MisfitError(Exception):
    """A value does not fit its type.

    Args:
        text: The phrase about it, with the value.
        hidden: The end of the phrase for a value that must not be shown.
    """

    def __init__(self, text: str, hidden: str) -> None:
        self.text = text
        self.hidden = hidden
        super().__init__(text)


_map_path: ContextVar[Callable[[str], str]] = ContextVar("_map_path")
"""Maps the paths of the data that this thread is at: a class has its hooks once, and rules come with a session."""


def structure(data: Mapping[str, Any], data_class: type, map_path: Callable[[str], str]) -> Any:
    """Return an instance of a checked data class.

    Args:
        data: The data.
        data_class: An attrs class.
        map_path: Maps a path.

    Raises:
        MisfitError: The data is no mapping.
        cattrs.BaseValidationError: It does not fit.
        Exception: A validator raised.
    """
    before = _map_path.set(map_path)
    try:
        return _converter.structure(data, data_class)
    finally:
        _map_path.reset(before)


def prepare(data_class: type) -> None:
    """Make the hooks of a class now, so that nothing has to be loaded when data arrives."""
    _converter.get_structure_hook(data_class)


def _not_of(value: Any, *types: str) -> NoReturn:
    names = ", ".join(f'"{name}"' for name in types)
    expected = f"is not of type{'s' if len(types) > 1 else ''} {names}"
    raise MisfitError(f"{show_value(value)} {expected}", expected)


def _plain_hook(of: Any) -> Hook:
    return {str: _text, int: _integer, float: _number, bool: _boolean, MappedPath: _path, Frames: _frames}.get(of, _any)


def _any(value: Any, _type: Any) -> Any:
    return value


def _text(value: Any, _type: Any) -> str:
    return value if isinstance(value, str) else _not_of(value, "string")


def _integer(value: Any, _type: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else _not_of(value, "integer")


def _number(value: Any, _type: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _not_of(value, "number")
    try:
        return float(value)
    except OverflowError:
        raise MisfitError(f"{show_value(value)} is too large for a number", "is too large for a number") from None


def _boolean(value: Any, _type: Any) -> bool:
    return value if isinstance(value, bool) else _not_of(value, "boolean")


def _path(value: Any, _type: Any) -> MappedPath:
    if isinstance(value, MappedPath):
        return value
    if not isinstance(value, str):
        _not_of(value, "string")
    return MappedPath(_map_path.get()(value), value)


def _frames(value: Any, _type: Any) -> Frames:
    if isinstance(value, Frames):
        return value
    if not isinstance(value, (int, str, list)) or isinstance(value, bool):
        _not_of(value, "integer", "string", "array")
    try:
        return Frames(value)
    except BadInputError as error:
        raise MisfitError(str(error), "is not a frame range") from None


def _optional_hook(shape: Shape) -> Hook:
    (part,) = shape.parts
    hook = _converter.get_structure_hook(part)
    return lambda value, _: None if value is None else hook(value, part)


def _choice_hook(shape: Shape, enumeration: type[Enum] | None = None) -> Hook:
    def choose(value: Any, _of: Any) -> Any:
        if enumeration is not None and isinstance(value, enumeration):
            return value  # a member of the Enum, in data that was written by hand
        for one in shape.parts:
            if type(one) is type(value) and one == value:
                return one if enumeration is None else enumeration(one)
        expected = f"is not one of {', '.join(map(show_value, shape.parts))}"
        raise MisfitError(f"{show_value(value)} {expected}", expected)

    return choose


def _list_hook(shape: Shape, make: Callable[[Iterable[Any]], Any]) -> Hook:
    (part,) = shape.parts
    hook = _converter.get_structure_hook(part)

    def each(value: Any, of: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            _not_of(value, "array")
        return make(_inside(of, ((index, one, hook, part) for index, one in enumerate(value))).values())

    return each


def _tuple_hook(shape: Shape) -> Hook:
    hooks = [(_converter.get_structure_hook(part), part) for part in shape.parts]

    def each(value: Any, of: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            _not_of(value, "array")
        if len(value) != len(hooks):
            expected = f"does not have {len(hooks)} items"
            raise MisfitError(f"{show_value(value)} {expected}", expected)
        pairs = enumerate(zip(value, hooks))
        return tuple(_inside(of, ((index, one, hook, part) for index, (one, (hook, part)) in pairs)).values())

    return each


def _dict_hook(shape: Shape) -> Hook:
    (part,) = shape.parts
    hook = _converter.get_structure_hook(part)

    def each(value: Any, of: Any) -> Any:
        if not isinstance(value, dict):
            _not_of(value, "object")
        return _inside(of, ((key, one, hook, part) for key, one in value.items()))

    return each


def _inside(of: Any, steps: Iterable[tuple[Any, Any, Hook, Any]]) -> dict[Any, Any]:
    """Return each value, structured, by its index or key; raise one error for all that do not fit."""
    found: dict[Any, Any] = {}
    errors: list[Exception] = []
    for step, value, hook, part in steps:
        try:
            found[step] = hook(value, part)
        except Exception as error:  # noqa: BLE001  a validator may raise anything
            vars(error).setdefault("__notes__", []).append(cattrs.IterableValidationNote(str(step), step, part))
            errors.append(error)
    if errors:
        raise cattrs.IterableValidationError("", errors, of)
    return found


def _class_hook(data_class: Any) -> Hook:
    overrides: dict[str, Any] = {
        attribute.name: cattrs.override(struct_hook=_any)
        for attribute in fields_of(data_class)
        if shape_of(attribute.type) is None  # only its converter knows
    }
    fill = make_dict_structure_fn(
        data_class,
        _converter,
        _cattrs_forbid_extra_keys=True,
        _cattrs_use_alias=True,
        _cattrs_detailed_validation=True,
        **overrides,
    )
    paths = {
        key_of(attribute): attribute.default
        for attribute in fields_of(data_class)
        if inner(attribute.type) is MappedPath and isinstance(attribute.default, str)
    }

    def instance(value: Any, _type: Any) -> Any:
        if isinstance(value, data_class):
            return value
        if not isinstance(value, dict):
            _not_of(value, "object")
        for key, default in paths.items():  # a default is a path of the job, too
            if key not in value:
                value = {**value, key: default.original if isinstance(default, MappedPath) else default}
        return fill(value, data_class)

    return instance


def _hook_of(annotation: Any) -> Hook:
    annotation = without_notes(annotation)
    shape = shape_of(annotation)
    assert shape is not None  # the class was checked
    return _MAKERS[shape.kind](shape, annotation)


_MAKERS: dict[str, Callable[[Shape, Any], Hook]] = {
    "plain": lambda shape, _of: _plain_hook(shape.parts[0]),
    "optional": lambda shape, _of: _optional_hook(shape),
    "literal": lambda shape, _of: _choice_hook(shape),
    "enum": _choice_hook,
    "list": lambda shape, of: _list_hook(shape, tuple if (get_origin(of) or of) is tuple else list),
    "tuple": lambda shape, _of: _tuple_hook(shape),
    "dict": lambda shape, _of: _dict_hook(shape),
    "class": lambda shape, _of: _class_hook(shape.parts[0]),
}
"""What makes the hook for each kind of shape; it also gets the type itself."""


def _by_shape(value: Any, annotation: Any) -> Any:
    return _hook_of(annotation)(value, annotation)


_converter = cattrs.Converter(detailed_validation=True)
_converter.register_structure_hook_factory(lambda annotation: shape_of(annotation) is not None, _hook_of)
for _own in (str, int, float):  # for these, and so for MappedPath and an IntEnum, cattrs has hooks that convert
    _converter.register_structure_hook(_own, _by_shape)
