from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import pytest
from adaptor_runtime.adaptors import AdaptorDataValidator, AdaptorDataValidators
from adaptor_runtime.adaptors.data import Schema
from adaptor_runtime.ipc._errors import BadInputError
from platforms import LINK

FRAME = {"properties": {"frame": {"type": "integer", "minimum": 1}}, "required": ["frame"]}
SECRET = {"writeOnly": True, "type": "string"}


@pytest.fixture
def write(tmp_path):
    def write_file(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    return write_file


def problem(schema, data):
    with pytest.raises(BadInputError) as refused:
        AdaptorDataValidator(schema).validate(data)
    text = str(refused.value)
    assert "\n" not in text
    assert refused.value.exit_code == 2
    return text.replace("the data does not fit the schema: ", "")


@pytest.mark.parametrize("data", [{"frame": 1}, '{"frame": 1}', "frame: 1"])
def test_data_that_fits_passes(data):
    assert AdaptorDataValidator(FRAME).validate(data) is None


def test_data_in_a_file_is_read(write):
    validator = AdaptorDataValidator(FRAME)
    validator.validate("file://" + write("data.yaml", "frame: 1"))
    with pytest.raises(BadInputError, match="at frame, 0 is less than the minimum of 1"):
        validator.validate("file://" + write("data.yaml", "frame: 0"))


@pytest.mark.parametrize("text", ["[1]", "file:///nowhere/data.json", '{"frame": '])
def test_unreadable_data_is_rejected(text):
    with pytest.raises(BadInputError, match=r"^the data "):
        AdaptorDataValidator(FRAME).validate(text)


@pytest.mark.parametrize(
    ("schema", "data", "expected"),
    [
        (FRAME, {"frame": "one"}, 'at frame, "one" is not of type "integer"'),
        (FRAME, {}, '"frame" is a required property'),
        ({"properties": {"a": {"enum": ["x", 1, None]}}}, {"a": "y"}, 'at a, "y" is not one of "x", 1, null'),
        ({"properties": {"a": False}}, {"a": 1}, "at a, nothing is allowed, not even 1"),
        ({"minProperties": 2}, {"a": "long"}, "a mapping of 1 has less than 2 properties"),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, 1]}, "at a, a list of 2 has non-unique elements"),
        ({"properties": {"a": {"type": "number"}}}, {"a": float("nan")}, 'at a, NaN is not of type "number"'),
        ({"properties": {"a": {"type": "number"}}}, {"a": "x" * 99}, f'at a, "{"x" * 55}..." is not of type "number"'),
        (
            {"properties": {"a": {"items": {"properties": {"b c": {"type": "null"}}}}}},
            {"a": [{}, {"b c": True}]},
            'at a[1]["b c"], true is not of type "null"',
        ),
        (
            {"properties": {"a": {"anyOf": [{"type": "string"}, {"properties": {"b": {"type": "null"}}}]}}},
            {"a": {"b": 1}},
            (
                'at a, a mapping of 1 matches none of the alternatives: a mapping of 1 is not of type "string"; '
                'at a.b, 1 is not of type "null"'
            ),
        ),
        (
            {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["c", "d", "e"]},
            {"a": 1, "b": 1},
            "; and 2 more",
        ),
    ],
)
def test_the_message_says_where_what_was_expected_and_what_was_found(schema, data, expected):
    found = problem(schema, data)
    assert found == expected or (expected.startswith(";") and found.endswith(expected))


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"properties": {"key": SECRET}}, {"key": 4711}),
        ({"properties": {"a": {"writeOnly": True, "items": {"type": "string"}}}}, {"a": [4711]}),
        ({"properties": {"a": {"items": {"$ref": "#/$defs/k"}}}, "$defs": {"k": SECRET}}, {"a": [4711]}),
        ({"additionalProperties": SECRET}, {"any": 4711}),
    ],
)
def test_a_value_that_is_write_only_is_not_shown(schema, data):
    found = problem(schema, data)
    assert "4711" not in found
    assert 'a value (not shown: it is writeOnly) is not of type "string"' in found


@pytest.mark.parametrize("value", [{1: 2}, dt.date(2026, 1, 1)])
def test_values_that_json_cannot_express_are_rejected_without_a_crash(value):
    schema = {"properties": {"a": {"type": "string", "additionalProperties": {"type": "string"}}}}
    assert "cannot be checked against the schema" in problem(schema, {"a": value})


@pytest.mark.parametrize(
    "draft",
    [
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ],
)
def test_every_draft_is_understood(draft):
    assert "less than the minimum" in problem({"$schema": draft, **FRAME}, {"frame": 0})


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"$ref": "#/nowhere"}, {"pattern": "("}, {"$schema": "x:y"}])
def test_a_defective_schema_is_rejected(schema):
    with pytest.raises(BadInputError, match=r"^the schema of the data cannot be used: [^ ]"):
        AdaptorDataValidator(schema).validate({})


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"i": {"pattern": "("}}}, 'at properties.i.pattern, "(" is not a "regex"'),
        ({"required": "frame"}, 'at required, "frame" is not of type "array"'),
        ({"allOf": [{"minimum": "1"}]}, 'at allOf[0].minimum, "1" is not of type "number"'),
        ({"patternProperties": {"(": {}}}, 'at patternProperties, "(" is not a "regex"'),
        ({"type": "objct"}, 'at type, "objct" matches none of the alternatives: "objct" is not one of "array", '),
        (
            {"properties": {"key": {"writeOnly": True, "enum": "hunter2"}}},
            'at properties.key.enum, a value (not shown: it is writeOnly) is not of type "array"',
        ),
    ],
)
def test_the_message_about_a_defective_schema_says_whose_it_is_where_and_what_was_found(schema, expected):
    with pytest.raises(BadInputError) as refused:
        AdaptorDataValidator(schema, "the run data").validate({})
    assert str(refused.value).startswith(f"the schema of the run data cannot be used: {expected}")
    assert str(refused.value).isprintable()


def test_a_defective_schema_file_is_rejected_by_name(write):
    path = write("x.json", {"type": "nonsense"})
    with pytest.raises(BadInputError) as refused:
        AdaptorDataValidator.from_schema_file(path).validate({})
    assert str(refused.value).startswith(f'the schema {path} cannot be used: at type, "nonsense" matches none')


def test_a_defect_in_a_file_that_a_schema_refers_to_is_told_in_one_line(write):
    write("parts.json", {"$defs": {"frame": {"type": "nonsense"}}})
    path = write("x.json", {"properties": {"frame": {"$ref": "parts.json#/$defs/frame"}}})
    with pytest.raises(BadInputError) as refused:
        AdaptorDataValidator.from_schema_file(path).validate({})
    assert str(refused.value).startswith(f"the schema {path} cannot be used: ")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("content", "word"), [("{", "is not JSON"), ("[]", "needs a mapping"), ('{"a": 1, "a": 1}', 'the key "a" twice')]
)
def test_an_unreadable_schema_file_is_rejected(write, content, word):
    with pytest.raises(BadInputError, match=word):
        AdaptorDataValidator.from_schema_file(write("x.json", content))


@pytest.mark.parametrize("identifier", [None, "run_data.schema.json", "https://studio.example/schemas/run.json"])
def test_a_schema_refers_to_files_in_its_folder(write, identifier):
    write("folder/parts/one part.json", {"$defs": {"frame": {"type": "integer"}}})
    schema = {"properties": {"frame": {"$ref": "parts/one%20part.json#/$defs/frame"}}}
    path = write("folder/run.json", {**schema, **({"$id": identifier} if identifier else {})})
    validator = AdaptorDataValidator.from_schema_file(path)
    validator.validate({"frame": 1})
    with pytest.raises(BadInputError, match='"x" is not of type "integer"'):
        validator.validate({"frame": "x"})


@pytest.mark.parametrize("reference", ["../outside.json", "https://example.invalid/x.json", "file:///etc/x.json"])
def test_nothing_else_is_fetched(write, reference):
    write("outside.json", {})
    path = write("folder/run.json", {"$ref": reference})
    with pytest.raises(BadInputError, match=r"is not fetched: .* only to files in its own folder"):
        AdaptorDataValidator.from_schema_file(path).validate({})


@LINK
def test_a_link_out_of_the_folder_is_not_followed(write, tmp_path):
    outside = write("outside.json", {})
    path = write("folder/run.json", {"$ref": "link.json"})
    try:
        (tmp_path / "folder" / "link.json").symlink_to(outside)
    except OSError:
        pytest.skip("this user may not make links")
    with pytest.raises(BadInputError, match="is not fetched"):
        AdaptorDataValidator.from_schema_file(path).validate({})


def test_a_schema_without_a_file_refers_to_itself_only():
    with pytest.raises(BadInputError, match="this one has no file"):
        AdaptorDataValidator({"$ref": "https://example.invalid/x.json"}).validate({})


def test_an_adaptor_s_folder_holds_both_schemas(write, tmp_path):
    write("init_data.schema.json", {"required": ["scene"]})
    write("run_data.schema.json", FRAME)
    validators = AdaptorDataValidators.for_adaptor(str(tmp_path))
    with pytest.raises(BadInputError, match=r'^the init data does not fit the schema: "scene" is a required property$'):
        validators.init_data.validate({})
    with pytest.raises(BadInputError, match=r'^the run data does not fit the schema: "frame" is a required property$'):
        validators.run_data.validate({})


def test_a_folder_without_a_schema_is_rejected(tmp_path):
    with pytest.raises(BadInputError, match=r"init_data\.schema\.json cannot be read"):
        AdaptorDataValidators.for_adaptor(str(tmp_path))


def test_the_given_schema_is_not_changed():
    given = dict(FRAME)
    Schema(given).check({"frame": 1}, "the data")
    assert given == FRAME


@pytest.mark.unmeasured
def test_the_validator_is_loaded_when_something_is_checked():
    program = (
        "import sys; from adaptor_runtime.adaptors import AdaptorDataValidator; v = AdaptorDataValidator({});"
        "assert 'jsonschema_rs' not in sys.modules; v.validate({}); assert 'jsonschema_rs' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
