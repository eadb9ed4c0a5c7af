"""The schema that follows from a class of the author's, and the classes from which none does."""

from __future__ import annotations

import enum
from typing import Literal, Optional, Union

import attrs
import pytest
from adaptor_runtime import Frames, MappedPath
from adaptor_runtime.adaptors._typed_data.data_types import DataClassError
from adaptor_runtime.adaptors._typed_data.typed_data import TypedData
from attrs import validators


class Quality(enum.Enum):
    LOW = "low"
    HIGH = "high"


@attrs.define
class Camera:
    name: str
    fov: float = 50


class Owner:
    pass


def schema_of(data_class):
    return TypedData(data_class, Owner, "it").schema.schema


def property_of(annotation, **options):
    return schema_of(attrs.make_class("Made", {"it": attrs.field(type=annotation, **options)}))["properties"]["it"]


def test_a_class_is_an_object_with_nothing_but_its_fields():
    assert schema_of(Camera) == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "fov": {"type": "number", "default": 50}},
        "required": ["name"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (Optional[int], {"type": ["integer", "null"]}),
        (list[str], {"type": "array", "items": {"type": "string"}}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (
            tuple[int, str],
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        ),
        (Quality, {"type": "string", "enum": ["low", "high"]}),
        (Literal[1, 2], {"type": "integer", "enum": [1, 2]}),
        (Optional[Quality], {"type": ["string", "null"], "enum": ["low", "high", None]}),
    ],
)
def test_each_type_has_its_schema(annotation, expected):
    assert property_of(annotation) == expected


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ({"annotation": Frames, "default": Frames([1, 2, 3])}, "1-3"),
        ({"annotation": MappedPath, "default": MappedPath("/mnt/a", "/studio/a")}, "/studio/a"),
        ({"annotation": Quality, "default": Quality.LOW}, "low"),
        ({"annotation": tuple[int, int], "default": (1, 2)}, [1, 2]),
        ({"annotation": list[int], "factory": list}, []),
        ({"annotation": list[int], "factory": list[int]}, []),
        ({"annotation": dict[str, int], "factory": dict[str, int]}, {}),
        ({"annotation": Camera, "default": Camera("main")}, {"name": "main", "fov": 50}),
    ],
)
def test_a_default_is_in_the_schema_as_data(default, expected):
    annotation = default.pop("annotation")
    assert property_of(annotation, **default)["default"] == expected


def test_a_factory_that_may_return_something_else_each_time_is_not_asked():
    assert property_of(str, factory=lambda: pytest.fail("it was called")) == {"type": "string"}


def test_metadata_describes_a_property():
    metadata = {"description": "The scene.", "secret": True, "units": "of no interest here"}
    expected = {"type": "string", "description": "The scene.", "writeOnly": True}
    assert property_of(str, metadata=metadata) == expected


def test_a_path_says_what_a_job_does_with_it():
    @attrs.define
    class Paths:
        scene_file: MappedPath
        output: MappedPath
        texture_dir: MappedPath
        outdir: MappedPath
        output_folders: MappedPath
        cache: MappedPath = attrs.field(metadata={"object_type": "DIRECTORY", "data_flow": "INOUT"})

    found = {
        name: (one["objectType"], one["dataFlow"], one["format"])
        for name, one in schema_of(Paths)["properties"].items()
    }
    assert found == {
        "scene_file": ("FILE", "IN", "path"),
        "output": ("FILE", "OUT", "path"),
        "texture_dir": ("DIRECTORY", "IN", "path"),
        "outdir": ("DIRECTORY", "OUT", "path"),
        "output_folders": ("DIRECTORY", "OUT", "path"),
        "cache": ("DIRECTORY", "INOUT", "path"),
    }


@pytest.mark.parametrize(
    ("validator", "expected"),
    [
        (validators.ge(1), {"minimum": 1}),
        ([validators.gt(0), validators.le(9)], {"exclusiveMinimum": 0, "maximum": 9}),
        (validators.optional(validators.lt(3)), {"exclusiveMaximum": 3}),
        (validators.in_([1, 3]), {"enum": [1, 3]}),
        (validators.instance_of(int), {}),
    ],
)
def test_limits_come_from_the_validators_of_attrs(validator, expected):
    assert property_of(int, validator=validator) == {"type": "integer", **expected}


class Unsupported:
    @attrs.define
    class Bytes:
        data: bytes

    @attrs.define
    class Inner:
        layers: list[set[str]]

    @attrs.define
    class Choice:
        frame: Union[int, str]

    @attrs.define
    class Numbered:
        sizes: dict[int, str]

    @attrs.define
    class Unknown:
        frame: Nowhere  # noqa: F821

    @attrs.define
    class Endless:
        child: Optional[Unsupported.Endless]

    @attrs.define
    class Deep:
        child: Unsupported.Bytes

    @attrs.define
    class Misspelt:
        password: str = attrs.field(metadata={"secert": True})

    @attrs.define
    class Vague:
        password: str = attrs.field(metadata={"secret": "yes"})

    @attrs.define
    class Flow:
        path: MappedPath = attrs.field(metadata={"data_flow": "in"})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Bytes", r"\.data has the type bytes; write str, int"),
        ("Inner", r"\.layers has inside the type set\[str\]; write str"),
        ("Choice", r"\.frame has the type Union\[int, str\]; write str|\.frame has the type int \| str"),
        ("Numbered", r"\.sizes has the type dict\[int, str\]; write"),
        ("Unknown", r" has a type that cannot be found \(name 'Nowhere' is not defined\); define it in the module"),
        ("Endless", r"\.child contains itself; write dict\[str, Any\]"),
        ("Deep", r"\.child\.data has the type bytes"),
        ("Misspelt", r"\.password has the metadata 'secert': did you mean 'secret'\?"),
        ("Vague", r"\.password has secret='yes'; write True or False"),
        ("Flow", r"\.path has data_flow='in'; write NONE or IN or OUT or INOUT"),
    ],
)
def test_a_class_that_data_cannot_have_is_refused(name, words):
    with pytest.raises(DataClassError, match=words):
        TypedData(getattr(Unsupported, name), Unsupported, "it")
