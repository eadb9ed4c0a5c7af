"""A value that a schema marks as writeOnly is shown nowhere, however the schema is composed."""

from __future__ import annotations

import json

import pytest
from adaptor_runtime.adaptors.data import Schema
from adaptor_runtime.ipc._errors import BadInputError

pytestmark = pytest.mark.faults("Secrets")

OLD = "http://json-schema.org/draft-04/schema#"
DRAFT_6 = "http://json-schema.org/draft-06/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
SECRET = {"writeOnly": True, "type": "string"}
KEY = {"properties": {"key": SECRET}}

SCHEMAS = {
    "properties": KEY,
    "patternProperties": {"patternProperties": {"^k": SECRET}},
    "a pattern that Python cannot read": {"patternProperties": {r"^\p{L}+$": SECRET}},
    "additionalProperties": {"properties": {"other": {}}, "additionalProperties": SECRET},
    "unevaluatedProperties": {"unevaluatedProperties": SECRET},
    "allOf": {"allOf": [{}, KEY]},
    "anyOf": {"anyOf": [KEY, {"required": ["other"]}]},
    "oneOf": {"oneOf": [KEY, {"required": ["other"]}]},
    "not": {"properties": {"key": {"not": {"writeOnly": True, "const": 4711}}}},
    "if": {"if": KEY, "else": {"properties": {"key": {"type": "null"}}}},
    "then": {"if": {"required": ["key"]}, "then": KEY},
    "else": {"if": {"required": ["other"]}, "else": KEY},
    "dependentSchemas": {"dependentSchemas": {"key": KEY}},
    "dependencies": {"$schema": DRAFT_7, "dependencies": {"key": KEY}},
    "one branch of several": {"properties": {"key": {"anyOf": [{"type": "null"}, SECRET]}}},
    "beside the type": {"properties": {"key": {"type": "string", "allOf": [{"writeOnly": True}]}}},
    "$ref to $defs": {"properties": {"key": {"$ref": "#/$defs/k"}}, "$defs": {"k": SECRET}},
    "$ref to definitions": {
        "$schema": OLD,
        "properties": {"key": {"$ref": "#/definitions/k"}},
        "definitions": {"k": SECRET},
    },
    "$ref with escapes": {"properties": {"key": {"$ref": "#/$defs/a~1b%20c"}}, "$defs": {"a/b c": SECRET}},
    "$ref of a $ref": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": KEY}},
    "$anchor": {"properties": {"key": {"$ref": "#k"}}, "$defs": {"x": {"$anchor": "k", **SECRET}}},
    "an anchor of draft 7": {
        "$schema": DRAFT_7,
        "properties": {"key": {"$ref": "#k"}},
        "definitions": {"x": {"$id": "#k", **SECRET}},
    },
    "an anchor of draft 4": {
        "$schema": OLD,
        "properties": {"key": {"$ref": "#k"}},
        "definitions": {"x": {"id": "#k", **SECRET}},
    },
    "$id": {
        "$id": "https://studio.example/main.json",
        "properties": {"key": {"$ref": "k.json"}},
        "$defs": {"x": {"$id": "k.json", **SECRET}},
    },
    "$id that is a urn": {
        "$id": "urn:example:main",
        "properties": {"key": {"$ref": "#/$defs/k"}},
        "$defs": {"k": SECRET},
    },
    "a base below $id": {
        "properties": {"key": {"$ref": "https://studio.example/a/b.json#/$defs/c"}},
        "$defs": {"x": {"$id": "https://studio.example/a/b.json", "$defs": {"c": {"$ref": "#/$defs/d"}, "d": SECRET}}},
    },
    "$dynamicRef": {
        "properties": {"key": {"$dynamicRef": "#k"}},
        "$defs": {"x": {"$dynamicAnchor": "k", **SECRET}},
    },
    "$recursiveRef": {
        "$schema": DRAFT_2019,
        "$recursiveAnchor": True,
        "writeOnly": True,
        "type": ["object", "string"],
        "properties": {"key": {"$recursiveRef": "#"}},
    },
    "another file": {"$ref": "parts/key.json"},
    "an anchor in another file": {"properties": {"key": {"$ref": "parts/anchors.json#k"}}},
    "beside $ref in draft 6": {
        "$schema": DRAFT_6,
        "properties": {"key": {"$ref": "#/definitions/k"}},
        "definitions": {"k": {"writeOnly": True, "allOf": [{"type": "string"}]}},
    },
    "all of the data": {"writeOnly": True, **KEY},
}
LISTS = {
    "items": {"items": SECRET},
    "items by place": {"items": [SECRET]},
    "additionalItems": {"items": [{"type": "null"}], "additionalItems": SECRET},
    "prefixItems": {"prefixItems": [SECRET]},
    "unevaluatedItems": {"unevaluatedItems": SECRET},
    "contains": {"contains": {**SECRET, "const": "x"}, "items": {"type": "string"}},
    "the list itself": {"writeOnly": True, "items": {"type": "string"}},
}


@pytest.fixture
def schema(tmp_path):
    """Make a schema that has a file, with others beside it."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "key.json").write_text(json.dumps(KEY))
    (tmp_path / "parts" / "anchors.json").write_text(json.dumps({"$defs": {"x": {"$anchor": "k", **SECRET}}}))
    return lambda content: Schema(content, str(tmp_path / "main.json"))


def problem_of(schema, data):
    with pytest.raises(BadInputError) as refused:
        schema.check(data, "the data")
    return str(refused.value)


@pytest.mark.parametrize("content", SCHEMAS.values(), ids=SCHEMAS)
def test_a_message_does_not_show_it(schema, content):
    found = problem_of(schema(content), {"key": 4711})
    assert "4711" not in found
    assert "writeOnly" in found or found.endswith("'key' was unexpected")


@pytest.mark.parametrize("content", SCHEMAS.values(), ids=SCHEMAS)
def test_it_is_known_as_a_secret(schema, content):
    assert schema(content).secrets_in({"key": "hunter2"}) == ["hunter2"]


@pytest.mark.parametrize("content", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("kind", [{"type": "array"}, {"enum": [["x"]]}], ids=str)
def test_a_single_value_in_place_of_a_list_of_secrets_is_not_shown(schema, content, kind):
    draft = {"$schema": DRAFT_7} if isinstance(content.get("items"), list) else {}
    found = problem_of(schema({**draft, "properties": {"keys": {**content, **kind}}}), {"keys": "hunter2"})
    assert "hunter2" not in found
    assert "writeOnly" in found


@pytest.mark.parametrize("content", LISTS.values(), ids=LISTS)
def test_an_item_is_not_shown_and_is_known_as_a_secret(schema, content):
    draft = {"$schema": DRAFT_7} if isinstance(content.get("items"), list) else {}
    composed = schema({**draft, "properties": {"keys": content}})
    found = problem_of(composed, {"keys": [None, 4711] if "additionalItems" in content else [4711]})
    assert "4711" not in found
    assert "writeOnly" in found or "Unevaluated" in found
    assert "hunter2" in composed.secrets_in({"keys": ["hunter2", "hunter2"]})


@pytest.mark.parametrize(
    ("content", "data"),
    [
        ({"properties": {"key": {**SECRET, "enum": ["hunter1", "hunter3"]}}}, {"key": "hunter2"}),
        ({"properties": {"key": {**SECRET, "const": "hunter1"}}}, {"key": "hunter2"}),
        ({"properties": {"key": {**SECRET, "not": {"const": "hunter2"}}}}, {"key": "hunter2"}),
        ({"not": {"properties": {"key": {**SECRET, "const": "hunter2"}}}}, {"key": "hunter2"}),
        ({"const": {"key": "hunter1"}, **KEY}, {"key": "hunter2"}),
        ({"enum": [{"key": "hunter1"}], **KEY}, {"key": "hunter2"}),
        ({"propertyNames": {"writeOnly": True, "maxLength": 3}}, {"hunter2": 1}),
        ({"propertyNames": {"writeOnly": True}, "additionalProperties": {"type": "null"}}, {"hunter2": 1}),
        ({"propertyNames": {"writeOnly": True}, "additionalProperties": False}, {"hunter2": 1}),
        ({"properties": {"a": {"writeOnly": True, "additionalProperties": {"type": "null"}}}}, {"a": {"hunter2": 1}}),
        ({"properties": {"a": {"writeOnly": True, "additionalProperties": False}}}, {"a": {"hunter2": 1}}),
        ({"properties": {"a": {"contentSchema": SECRET, "maxLength": 3}}}, {"a": '"hunter2"'}),
    ],
)
def test_nothing_that_tells_it_is_shown_either(schema, content, data):
    found = problem_of(schema(content), data)
    assert "hunter" not in found


def test_values_next_to_a_secret_are_shown(schema):
    found = problem_of(schema({**KEY, "additionalProperties": {"type": "string"}}), {"key": "x", "frame": 5})
    assert 'at frame, 5 is not of type "string"' in found
    assert schema(KEY).secrets_in({"key": "hunter2", "frame": "5"}) == ["hunter2"]


def test_everything_in_a_secret_is_one(schema):
    content = {"properties": {"login": {"writeOnly": True}}}
    data = {"login": {"user": "ann", "codes": [4711, 0.5, True, None]}}
    assert sorted(schema(content).secrets_in(data)) == ["0.5", "4711", "ann"]


def test_schemas_that_refer_to_themselves_are_walked_to_their_end(schema):
    composed = schema({"properties": {"key": SECRET, "children": {"items": {"$ref": "#"}}}})
    assert composed.secrets_in({"children": [{"children": [{"key": "hunter2"}]}]}) == ["hunter2"]


def test_a_value_of_which_the_schema_cannot_be_read_is_taken_for_a_secret(schema):
    content = {"properties": {"key": {"anyOf": [{}, {"$ref": "nowhere.json"}]}, "frame": {}}}
    assert schema(content).secrets_in({"key": "hunter2", "frame": "5"}) == ["hunter2"]
