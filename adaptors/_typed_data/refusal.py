"""Say in one line why data is no instance of a data class: where, what was expected, and what was found."""

from __future__ import annotations

from traceback import walk_tb
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import cattrs

from ..data._problem import describe_misfit, missing_property, unexpected_properties, value_at
from .data_types import fields_of, key_of
from .structure import MisfitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..data._place import Place

LONGEST_REASON = 200
"""The number of characters of a validator's message that are shown."""


class Refusal(NamedTuple):
    """What is wrong with one value.

    Attributes:
        path: The path to it.
        text: The phrase about it.
        hidden: The end of the phrase for a value that must not be shown.
    """

    path: tuple[str | int, ...]
    text: str
    hidden: str


def describe_refusals(error: BaseException, data_class: type, data: Any, root: Place) -> list[str]:
    """Return a phrase for each problem, such as ``at layers[0].name, 5 is not of type "string"``.

    Args:
        error: What the structuring raised.
        data_class: The class.
        data: All of the data.
        root: What the class says about it as a schema. A secret is not shown.
    """
    found = _refusals(error, (), data_class, data)
    return [describe_misfit(one.path, root, one.text, one.hidden) for one in found]


def _refusals(error: BaseException, path: tuple[str | int, ...], of: Any, data: Any) -> Iterator[Refusal]:
    if isinstance(error, cattrs.BaseValidationError):
        for inner in error.exceptions:
            yield from _inside(inner, path, error, data)
    elif isinstance(error, MisfitError):
        yield Refusal(path, error.text, error.hidden)
    elif isinstance(error, cattrs.ForbiddenExtraKeysError):
        text = unexpected_properties(sorted(map(str, error.extra_fields)), _keys(error.cl))
        yield Refusal(path, text, "does not fit")
    else:
        field = _blamed(error, of)
        way = path if field is None else (*path, key_of(field))
        yield Refusal(way, reason_of(error), "is refused")


def _inside(
    error: Exception, path: tuple[str | int, ...], around: cattrs.BaseValidationError, data: Any
) -> Iterator[Refusal]:
    step = _step(error, around)
    if step is None:
        yield from _refusals(error, path, around.cl, data)
    elif isinstance(error, KeyError) and isinstance(around, cattrs.ClassValidationError):
        text = missing_property(str(step), _keys(around.cl), value_at(data, path))
        yield Refusal(path, text, "does not fit")
    else:
        yield from _refusals(error, (*path, step), None, data)


def _step(error: Exception, around: cattrs.BaseValidationError) -> str | int | None:
    """Return the step to the value inside; None if the error is about the whole."""
    for note in reversed(getattr(error, "__notes__", ())):
        if isinstance(note, cattrs.IterableValidationNote):
            return note.index
        if isinstance(note, cattrs.AttributeValidationNote):
            names = {attribute.name: key_of(attribute) for attribute in fields_of(around.cl)}
            return names.get(note.name, note.name)
    return None


def _keys(data_class: type) -> list[str]:
    return [key_of(attribute) for attribute in fields_of(data_class)]


def _blamed(error: BaseException, of: Any) -> attrs.Attribute[Any] | None:
    """Return the field whose validator raised: attrs passes it to the validator."""
    if not (isinstance(of, type) and attrs.has(of)):
        return None
    fields = fields_of(of)
    for frame, _line in walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            if isinstance(value, attrs.Attribute) and value in fields:
                return value
    return None


def reason_of(error: BaseException) -> str:
    """Return the text of a validator's error in one line."""
    first = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    text = " ".join((first or str(error)).split())
    if not isinstance(error, (ValueError, TypeError)) or not text:
        text = f"{type(error).__name__}: {text}".rstrip(": ")
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 3]}..."
