from __future__ import annotations

import os

import pytest
from adaptor_runtime.adaptors.configuration import AdaptorConfiguration, Configuration, RuntimeConfiguration, setting
from adaptor_runtime.ipc._errors import BadInputError

SCHEMA = {"properties": {"licenses": {"type": "integer", "minimum": 1}}}


class FarmConfiguration(AdaptorConfiguration):
    @setting
    def license_server(self) -> str:
        """The server."""
        return self.get("license_server", "localhost")


def test_a_file_becomes_a_configuration(tmp_path, write):
    path = write(tmp_path / "c.json", {"licenses": 3})
    assert Configuration.from_file(path).config == {"licenses": 3}


def test_a_byte_order_mark_is_ignored(tmp_path, write):
    assert Configuration.from_file(write(tmp_path / "c.json", '\ufeff{"a": 1}')).config == {"a": 1}


def test_an_empty_configuration_has_the_defaults():
    assert AdaptorConfiguration({}).config == {"log_level": "INFO"}
    journals = {"journal_directory": None, "journal_count": 1000, "journal_data": False}
    others = {"log_level": "INFO", "deactivate_telemetry": False, "heartbeat": None, "line_times": False}
    assert RuntimeConfiguration({}).config == {**journals, **others}
    assert AdaptorConfiguration({}).deadlines == RuntimeConfiguration({}).deadlines == {}


def test_a_file_overrides_the_default():
    config = RuntimeConfiguration({"log_level": "ERROR", "deactivate_telemetry": True, "deadlines": {"run": None}})
    assert config.log_level == "ERROR"
    assert config.deactivate_telemetry is True
    assert RuntimeConfiguration({"journal_directory": "~/j"}).journal_directory == os.path.expanduser("~/j")
    assert config.deadlines == {"run": None}


def test_an_author_adds_settings_with_defaults():
    assert FarmConfiguration({}).config == {"log_level": "INFO", "license_server": "localhost"}
    assert FarmConfiguration({"license_server": "far"}).license_server == "far"
    assert FarmConfiguration.license_server.__doc__ == "The server."


def test_overriding_replaces_whole_keys_and_changes_neither_side():
    lower, upper = FarmConfiguration({"a": {"x": 1}, "b": 2}), FarmConfiguration({"a": {"y": 3}})
    both = lower.override(upper)
    assert type(both) is FarmConfiguration
    assert both == {"a": {"y": 3}, "b": 2}
    both["a"]["y"] = 4
    assert upper == {"a": {"y": 3}}
    assert lower == {"a": {"x": 1}, "b": 2}


def test_the_mapping_handed_out_is_a_copy():
    config = Configuration({"a": {"x": 1}})
    config.config["a"]["x"] = 2
    assert config.config == {"a": {"x": 1}}


def test_the_representation_shows_keys_and_no_values():
    assert repr(Configuration({"password": "secret"})) == "<Configuration password>"
    assert repr(Configuration({})) == "<Configuration empty>"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"a": 1', "is not JSON: "),
        ("[1]", "needs a mapping, such as {}, not list"),
        ("", "is not JSON: "),
        ('{"a": {"b": 1, "b": 2}}', 'has the key "b" twice in one mapping'),
        ('{"a": [1, NaN]}', "has at a[1] a number that is not finite, which JSON does not allow"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_malformed_file_is_rejected_by_name(tmp_path, write, content, problem):
    path = write(tmp_path / "c.json", content)
    with pytest.raises(BadInputError) as refused:
        Configuration.from_file(path)
    assert str(refused.value).startswith(f"configuration file {path} {problem}")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_text_is_rejected_by_name(tmp_path):
    path = tmp_path / "c.json"
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(BadInputError, match="is not UTF-8 text: invalid start byte at byte 7"):
        Configuration.from_file(str(path))


def test_a_missing_file_is_rejected_by_name(tmp_path):
    with pytest.raises(BadInputError, match="cannot be read: No such file"):
        Configuration.from_file(str(tmp_path / "c.json"))


def test_a_file_must_fit_all_its_schemas(tmp_path, write):
    path = write(tmp_path / "c.json", {"licenses": 0, "site": "Oslo"})
    schemas = [
        write(tmp_path / "one.schema.json", {"required": ["site"]}),
        write(tmp_path / "two.schema.json", SCHEMA),
    ]
    with pytest.raises(BadInputError) as refused:
        Configuration.from_file(path, schemas)
    expected = "does not fit the schema: at licenses, 0 is less than the minimum of 1"
    assert str(refused.value) == f"configuration file {path} {expected}"
    assert Configuration.from_file(path, schemas[0]).config["site"] == "Oslo"


@pytest.mark.parametrize("nothing", ["", [], [""]])
def test_an_empty_schema_path_is_a_mistake(tmp_path, write, nothing):
    with pytest.raises(ValueError, match="schema_path is empty"):
        Configuration.from_file(write(tmp_path / "c.json", {}), nothing)
