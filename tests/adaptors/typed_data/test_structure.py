"""Data becomes an instance of a class of the author's, or one line says why it cannot."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal, Optional

import attrs
import pytest
from adaptor_runtime import BadInputError, Frames, MappedPath
from adaptor_runtime.adaptors._typed_data.typed_data import TypedData
from adaptor_runtime.adaptors.data import Schema

SECRET = "hunter2"


class Mode(enum.IntEnum):
    FAST = 1
    SLOW = 2


class View(str, enum.Enum):
    LEFT = "left"
    RIGHT = "right"


def is_even(instance, attribute, value):
    if value % 2:
        raise ValueError(f"{value} is odd,\nand must not be")


class Owner:
    """Where an author would write them: in the adaptor."""

    @attrs.define
    class Layer:
        name: str
        opacity: float = 1.0

    @attrs.define
    class Data:
        text: str = ""
        integer: int = 0
        number: float = 0.0
        switch: bool = False
        optional: Optional[str] = None
        texts: list[str] = attrs.field(factory=list)
        pair: tuple[int, str] = (0, "")
        tags: tuple[str, ...] = ()
        sizes: dict[str, float] = attrs.field(factory=dict)
        literal: Literal["a", 1] = "a"
        mode: Mode = Mode.FAST
        view: View = View.LEFT
        noted: Annotated[tuple[int, ...], "a note"] = ()
        noted_mode: Annotated[Mode, "a note"] = Mode.FAST
        layer: Optional[Layer] = None  # noqa: F821  in the adaptor
        layers: list[Layer] = attrs.field(factory=list)  # noqa: F821
        path: MappedPath = MappedPath("/studio/default")  # noqa: RUF009  it cannot be changed
        maybe: Optional[MappedPath] = None
        frames: Frames = Frames(1)  # noqa: RUF009
        anything: Any = None
        bare: list = attrs.field(factory=list)
        even: int = attrs.field(default=0, validator=is_even)
        positive: int = attrs.field(default=1, validator=attrs.validators.ge(1))
        converted: set = attrs.field(factory=set, converter=set)
        _private: int = 0
        computed: int = attrs.field(init=False, default=5)
        secret: str = attrs.field(default="", metadata={"secret": True})
        secret_odd: int = attrs.field(default=0, metadata={"secret": True}, validator=is_even)

    @attrs.define
    class Needed:
        frame: int
        camera: str


def to_mnt(path):
    return path.replace("/studio", "/mnt")


@pytest.fixture(scope="module")
def typed():
    return TypedData(Owner.Data, Owner, "the run data")


FIT = [
    ("text", "a", "a"),
    ("integer", 3, 3),
    ("number", 3, 3.0),
    ("number", 0.5, 0.5),
    ("switch", True, True),
    ("optional", "a", "a"),
    ("optional", None, None),
    ("texts", ["a", "b"], ["a", "b"]),
    ("pair", [1, "a"], (1, "a")),
    ("tags", ["a", "b", "c"], ("a", "b", "c")),
    ("sizes", {"a b": 1}, {"a b": 1.0}),
    ("literal", 1, 1),
    ("mode", 2, Mode.SLOW),
    ("view", "right", View.RIGHT),
    ("view", View.RIGHT, View.RIGHT),
    ("noted", [1, 2], (1, 2)),
    ("noted_mode", 2, Mode.SLOW),
    ("noted_mode", Mode.SLOW, Mode.SLOW),
    ("layer", {"name": "x"}, Owner.Layer("x")),
    ("layers", [{"name": "x", "opacity": 1}], [Owner.Layer("x", 1.0)]),
    ("path", "/studio/a", "/mnt/a"),
    ("maybe", "/studio/a", "/mnt/a"),
    ("frames", "1-5:2", Frames([1, 3, 5])),
    ("frames", 7, Frames(7)),
    ("frames", [2, 1], Frames("1,2")),
    ("anything", {"a": [1, None]}, {"a": [1, None]}),
    ("bare", [1, "a"], [1, "a"]),
    ("even", 4, 4),
    ("converted", ["a", "a"], {"a"}),
    ("private", 3, None),
]


@pytest.mark.parametrize(("key", "value", "expected"), FIT)
def test_a_value_that_fits_has_its_type(typed, key, value, expected):
    made = typed.instance({key: value}, to_mnt)
    found = getattr(made, key) if key != "private" else made._private and None
    assert (found, type(found)) == (expected, type(expected) if key not in {"path", "maybe"} else MappedPath)


def test_what_is_left_out_has_its_default_and_a_default_path_is_mapped_too(typed):
    made = typed.instance({}, to_mnt)
    assert made == attrs.evolve(Owner.Data(), path="/mnt/default")
    assert (made.path.original, made.computed) == ("/studio/default", 5)


def test_a_path_keeps_its_original_and_is_mapped_once(typed):
    made = typed.instance({"path": "/studio/a"}, to_mnt)
    assert made.path.original == "/studio/a"
    assert typed.instance({"path": made.path}, to_mnt).path is made.path
    assert typed.instance(made, to_mnt) is made


UNFIT = [
    ("text", 5, 'at text, 5 is not of type "string"'),
    ("integer", "1", 'at integer, "1" is not of type "integer"'),
    ("integer", True, 'at integer, true is not of type "integer"'),
    ("integer", 1.5, 'at integer, 1.5 is not of type "integer"'),
    ("number", "0.5", 'at number, "0.5" is not of type "number"'),
    ("number", False, 'at number, false is not of type "number"'),
    ("switch", 0, 'at switch, 0 is not of type "boolean"'),
    ("text", None, 'at text, null is not of type "string"'),
    ("optional", 1, 'at optional, 1 is not of type "string"'),
    ("texts", "abc", 'at texts, "abc" is not of type "array"'),
    ("texts", ["a", 1], 'at texts[1], 1 is not of type "string"'),
    ("pair", [1], "at pair, a list of 1 does not have 2 items"),
    ("pair", ["1", "a"], 'at pair[0], "1" is not of type "integer"'),
    ("sizes", [], 'at sizes, a list of 0 is not of type "object"'),
    ("sizes", {"a b": "x"}, 'at sizes["a b"], "x" is not of type "number"'),
    ("literal", True, 'at literal, true is not one of "a", 1'),
    ("mode", "1", 'at mode, "1" is not one of 1, 2'),
    ("view", "lef", 'at view, "lef" is not one of "left", "right"'),
    ("layer", "x", 'at layer, "x" is not of type "object"'),
    ("layers", [{"name": "x"}, {}], 'at layers[1], "name" is a required property'),
    ("layers", [{"name": "x", "opacty": 1}], "at layers[0], 'opacty' was unexpected (did you mean 'opacity'?)"),
    ("path", 5, 'at path, 5 is not of type "string"'),
    ("frames", "1-x", "at frames, '1-x' is not a frame range: '1-x' is neither a number nor a range"),
    ("frames", [1.0], "at frames, 1.0 is not a frame, which is an integer"),
    ("frames", True, 'at frames, true is not of types "integer", "string", "array"'),
    ("even", 3, "at even, 3 is odd, and must not be"),
    ("positive", 0, "at positive, 'positive' must be >= 1: 0"),
    ("computed", 1, "'computed' was unexpected"),
    ("txet", "a", "'txet' was unexpected (did you mean 'text'?)"),
    ("secret", 54321, "at secret, a value (not shown: it is writeOnly) is not of type"),
    ("secret_odd", 54321, "at secret_odd, a value (not shown: it is writeOnly) is refused"),
]


@pytest.mark.parametrize(("key", "value", "words"), UNFIT)
def test_a_value_that_does_not_fit_is_named_with_its_place(typed, key, value, words):
    with pytest.raises(BadInputError) as raised:
        typed.instance({key: value}, to_mnt)
    assert str(raised.value).startswith(f"the run data does not fit: {words}")
    assert "\n" not in str(raised.value)
    assert "54321" not in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value"), [each[:2] for each in FIT] + [each[:2] for each in UNFIT if each[0] not in {"even", "secret_odd"}]
)
def test_the_schema_of_a_class_agrees_with_the_class(typed, key, value):
    outcomes = []
    for check in (lambda data: typed.instance(data, str), lambda data: Schema(typed.schema.schema).check(data, "it")):
        try:
            check({key: value})
            outcomes.append("fits")
        except BadInputError:
            outcomes.append("does not fit")
    assert outcomes[0] == outcomes[1] or (key, value) == ("frames", [1.0])  # for a schema, this is an integer


def test_all_problems_are_told_the_first_three_in_full():
    needed = TypedData(Owner.Needed, Owner, "the init data")
    with pytest.raises(BadInputError) as raised:
        needed.instance({"fram": 1, "camra": 2}, str)
    assert str(raised.value) == (
        "the init data does not fit: \"frame\" is a required property (did you mean 'fram'?); "
        "\"camera\" is a required property (did you mean 'camra'?); "
        "'camra', 'fram' were unexpected (did you mean 'camera'?)"
    )
    with pytest.raises(BadInputError, match=r"; and 2 more$"):
        TypedData(Owner.Data, Owner, "it").instance(dict.fromkeys(["text", "integer", "number", "switch", "pair"]), str)


def test_data_that_is_no_mapping_is_rejected(typed):
    with pytest.raises(BadInputError, match='the run data does not fit: a list of 1 is not of type "object"'):
        typed.instance([1], str)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (KeyError("frame"), "KeyError: frame"),
        (ValueError("x" * 300), "x" * 197 + "..."),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_whatever_a_validator_raises_is_a_refusal_in_one_line(error, words):
    def refuse(instance, attribute, value):
        raise error

    @attrs.define
    class Refusing:
        frame: int = attrs.field(validator=refuse)

    with pytest.raises(BadInputError) as raised:
        TypedData(Refusing, Owner, "it").instance({"frame": 1}, str)
    assert str(raised.value) == f"it does not fit: at frame, {words}"


def test_secrets_are_found_in_the_data_and_in_the_defaults():
    @attrs.define
    class Secretive:
        password: str = attrs.field(metadata={"secret": True})
        token: str = attrs.field(default=SECRET, metadata={"secret": True})
        name: str = "public"

    typed = TypedData(Secretive, Owner, "it")
    assert sorted(typed.secrets_in({"password": "p4ss"})) == [SECRET, "p4ss"]
