"""A schema property in terms of a job parameter (Open Job Description 2023-09)."""

from __future__ import annotations

import json
import math
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import attrs

from .._frames import FRAMES
from .._mapped_path import MAPPED

if TYPE_CHECKING:
    from typing import Callable

    from ..data._place import CertainPlace

CONTROL = r"[\x00-\x1f\x7f-\x9f]+"
LONGEST_VALUE = 1024
BRACES = re.compile(r"\{\{|\}\}")
"""What a scheduler takes for a reference, and what no escape protects from that."""

_LONGEST_DESCRIPTION = 2048
_INTEGERS = range(-(2**63), 2**63)
"""The numbers that an INT can have where a job is created."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LINE_END = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


@attrs.frozen
class JobProperty:
    """One property of init data or run data.

    Attributes:
        name: Its name.
        definition: Its definition in the schema.
        is_of_tasks: Whether it belongs to run data.
        is_required: Whether the schema requires it.
        has_default: Whether the runtime fills it in if it is missing.
        is_secret: Whether it is, or may contain, a secret.
    """

    name: str
    definition: dict[str, Any]
    is_of_tasks: bool
    is_required: bool
    has_default: bool
    is_secret: bool

    @property
    def types(self) -> list[str]:
        """Its possible types; empty if the schema names none."""
        named = self.definition.get("type", [])
        return named if isinstance(named, list) else [named]

    @property
    def kind(self) -> str:
        """The first type other than null, which an absent property represents; "string" if none is named."""
        kinds = [each for each in self.types if each != "null"]
        is_open = any(self.definition.get(keyword) for keyword in ("anyOf", "oneOf"))
        only_texts = all(each is None or isinstance(each, str) for each in self.definition.get("enum", []))
        return kinds[0] if kinds else "string" if only_texts and not is_open else "any"

    @property
    def texts(self) -> list[str]:
        """Its possible strings, if the schema lists them."""
        listed = self.definition.get("enum", [])
        return listed if all(isinstance(each, str) and is_value(each) for each in listed) else []

    @property
    def fits(self) -> bool:
        """Whether a job parameter can have its name and its default."""
        default = self.definition["default"]
        if default is None or NAME.fullmatch(self.name) is None or not is_value(_text(default)):
            return False
        if self.is_path:
            return _is_below(str(default))
        return self.kind != "integer" or not isinstance(default, (int, float)) or int(default) in _INTEGERS

    @property
    def is_frames(self) -> bool:
        """Whether it is a range of frames, in any form."""
        return self.definition.get("format") == FRAMES and "integer" in self.types

    @property
    def reference(self) -> str:
        """The name of its value in a data file.

        The runtime itself maps the path of a data class, so it needs the one that the scheduler has not mapped yet.
        """
        return f"{'RawParam' if self.definition.get(MAPPED) else 'Param'}.{self.name}"

    @property
    def is_path(self) -> bool:
        """Whether it is the path of a file or folder."""
        return self.definition.get("format") == "path"

    def job_parameter(self) -> dict[str, Any]:
        """Return the definition of a job parameter for it."""
        of_job = {"integer": "INT", "number": "FLOAT"}.get(self.kind, "STRING")
        parameter: dict[str, Any] = {"name": self.name, "type": "PATH" if self.is_path else of_job}
        if self.is_path:
            parameter.update(
                {key: self.definition[key] for key in ("objectType", "dataFlow") if key in self.definition}
            )
        description = re.sub(CONTROL, " ", str(self.definition.get("description", ""))).strip()
        if description:
            parameter["description"] = description[:_LONGEST_DESCRIPTION]
        parameter.update(_limits(self.definition, {"INT": _INTEGER, "FLOAT": _NUMBER}.get(of_job, _TEXT)))
        if not all(is_value(each) for each in parameter.get("allowedValues", [])):
            del parameter["allowedValues"]  # the runtime still checks the data against the schema
        if "default" in parameter and not self.fits:
            del parameter["default"]
        if self.kind == "boolean":
            parameter["allowedValues"] = ["true", "false"]
        return parameter


def properties_of(place: CertainPlace | None, *, is_of_tasks: bool) -> list[JobProperty]:
    """Return the properties that a schema names or requires.

    Args:
        place: The root of the schema; None for no schema.
        is_of_tasks: Whether it is the schema of run data.
    """
    if place is None:
        return []
    return [
        JobProperty(
            name,
            _definition(place.step(name)),
            is_of_tasks,
            is_required=name in place.required,
            has_default=name in place.defaults,
            is_secret=place.step(name).may_hide,
        )
        for name in dict.fromkeys([*place.names, *place.required])
    ]


def _definition(place: CertainPlace) -> dict[str, Any]:
    """Return the definition of a property, merged with its only alternative to null, if any."""
    definition = place.definition
    if "const" in definition:
        definition = {"enum": [definition["const"]], "default": definition["const"], **definition}
    for keyword in ("anyOf", "oneOf"):
        others = [one.definition for one in place.alternatives(keyword)]
        others = [one for one in others if one.get("type") != "null"]
        if len(others) == 1:
            definition = {**others[0], **{key: value for key, value in definition.items() if key != keyword}}
    return definition


def is_value(value: Any) -> bool:
    """Return whether a job parameter, and a line of a data file, can have this value."""
    return not isinstance(value, str) or (len(value) <= LONGEST_VALUE and _LINE_END.search(value) is None)


def _is_below(path: str) -> bool:
    """Return whether the default of a PATH can have this value, which a scheduler joins to the template's folder."""
    if PureWindowsPath(path).anchor or PureWindowsPath(path).drive:  # "/" is an anchor there, too
        return False
    depth = 0
    for part in PurePosixPath(path.replace("\\", "/")).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_TEXT: dict[str, Callable[[Any], Any]] = {"default": _text, "enum": _text}
_NUMBER: dict[str, Callable[[Any], Any]] = {"default": float, "enum": float, "minimum": float, "maximum": float}
_INTEGER: dict[str, Callable[[Any], Any]] = {"default": int, "enum": int, "minimum": math.ceil, "maximum": math.floor}
"""The conversions of a schema's values to those of a job parameter, by schema keyword."""


def _limits(definition: dict[str, Any], makers: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Return the limits of a property's values in terms of a job parameter."""
    names = {"default": "default", "enum": "allowedValues", "minimum": "minValue", "maximum": "maxValue"}
    found: dict[str, Any] = {}
    for keyword, make in makers.items():
        value = definition.get(keyword)
        try:
            made = [make(each) for each in value or [] if each is not None] if keyword == "enum" else make(value)
        except (TypeError, ValueError, OverflowError):
            continue  # no value, or not of this type
        if value is not None and made != []:
            found[names[keyword]] = made
    return found
