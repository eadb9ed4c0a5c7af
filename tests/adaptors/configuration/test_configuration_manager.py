from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from adaptor_runtime.adaptors.configuration import (
    AdaptorConfiguration,
    ConfigurationManager,
    create_adaptor_configuration_manager,
    runtime_configuration_manager,
)
from adaptor_runtime.ipc._errors import BadInputError


@pytest.fixture
def manager(tmp_path, home, write):
    schema = write(tmp_path / "schema.json", {"properties": {"a": {"type": "integer"}}})
    return ConfigurationManager(
        config_cls=AdaptorConfiguration,
        default_config_path=str(tmp_path / "default.json"),
        system_config_path=str(tmp_path / "system" / "system.json"),
        user_config_rel_path=os.path.join(".openjd", "user.json"),
        schema_path=schema,
        additional_config_paths=[str(tmp_path / "one.json"), str(tmp_path / "two.json")],
    )


@pytest.fixture
def site(monkeypatch, tmp_path):
    """The folder above the configuration of a site."""
    monkeypatch.setenv("PROGRAMDATA", str(tmp_path / "data of programs"))
    return Path("/etc") if os.name == "posix" else tmp_path / "data of programs"


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_reading_creates_nothing(manager, tmp_path, home):
    before = files_below(tmp_path)
    assert manager.build_config() == {}
    assert manager.get_default_config() == {}
    assert manager.get_system_config() is None
    assert manager.get_user_config() is None
    assert files_below(tmp_path) == before


def test_each_file_overrides_those_before_it(manager, tmp_path, home, write):
    files = ["default.json", "system/system.json", "home/.openjd/user.json", "one.json", "two.json"]
    for position, name in enumerate(files):
        write(tmp_path / name, dict.fromkeys("abcde"[position:], position))
    assert manager.build_config() == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}


def test_single_files_can_be_read(manager, tmp_path, home, write):
    write(tmp_path / "default.json", {"a": 1})
    write(tmp_path / "system/system.json", {"a": 2})
    write(home / ".openjd/user.json", {"a": 3})
    assert manager.get_default_config() == {"a": 1}
    assert manager.get_system_config() == {"a": 2}
    assert manager.get_user_config() == {"a": 3}
    assert manager.get_system_config_path() == str(tmp_path / "system" / "system.json")
    assert manager.get_user_config_path() == str(home / ".openjd" / "user.json")


@pytest.mark.posix("home directories of others are found by name on POSIX")
def test_the_file_of_another_user_is_in_the_home_of_that_user(manager):
    assert manager.get_user_config_path("root") == os.path.expanduser("~root/.openjd/user.json")
    assert manager.get_user_config("nobody-has-this-name") is None


@pytest.mark.parametrize("name", ["default.json", "system/system.json", "home/.openjd/user.json", "two.json"])
def test_every_file_must_fit_the_schema(manager, tmp_path, write, name):
    path = write(tmp_path / name, {"a": "many"})
    with pytest.raises(BadInputError) as refused:
        manager.build_config()
    assert str(refused.value) == (
        f'configuration file {path} does not fit the schema: at a, "many" is not of type "integer"'
    )


def test_a_folder_does_not_count_as_a_file(manager, tmp_path):
    (tmp_path / "default.json").mkdir()
    assert manager.build_config() == {}


def test_a_change_by_a_file_is_logged_with_its_name(manager, tmp_path, write, caplog):
    write(tmp_path / "default.json", {"a": 1, "b": "x\ny"})
    write(tmp_path / "one.json", {"a": 1})
    path = write(tmp_path / "two.json", {"a": 2})
    with caplog.at_level(logging.DEBUG):
        manager.build_config()
    assert caplog.messages == [
        f"Set a to 1 (default configuration file {tmp_path / 'default.json'})",
        f'Set b to "x\\ny" (default configuration file {tmp_path / "default.json"})',
        f"Set a to 2 (environment configuration file {path})",
    ]


def test_a_missing_file_that_the_environment_names_is_a_warning(manager, tmp_path, caplog):
    manager.build_config()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"the environment configuration file {tmp_path / name} does not exist")
        for name in ("one.json", "two.json")
    ]


def test_the_layers_know_the_source_of_each_value(manager, tmp_path, write):
    write(tmp_path / "default.json", {"a": 1, "b": 1})
    path = write(tmp_path / "two.json", {"a": 2})
    layers = manager.layers()
    assert [layer.name for layer in layers.layers] == ["default", "system", "user", "environment", "environment"]
    assert layers.source_of("a") == f"{path} (environment)"
    assert layers.source_of("b") == f"{tmp_path / 'default.json'} (default)"
    assert layers.source_of("c") is None


def test_the_runtime_has_its_files_where_sites_have_them(home, site, monkeypatch):
    named = os.path.abspath("/studio/runtime.json")
    monkeypatch.setenv("RUNTIME_CONFIG_PATH", named)
    paths = [layer.path for layer in runtime_configuration_manager().layers().layers]
    assert os.path.basename(paths[0]) == "configuration.json"
    assert paths[1:] == [
        str(site / "openjd/adaptors/runtime/configuration.json"),
        str(home / ".openjd/adaptors/runtime/configuration.json"),
        named,
    ]


def test_an_adaptor_has_its_files_where_sites_have_them(home, site):
    manager = create_adaptor_configuration_manager(AdaptorConfiguration, "Farm", "/x/Farm.json")
    assert [layer.path for layer in manager.layers().layers] == [
        "/x/Farm.json",
        str(site / "openjd/adaptors/Farm/Farm.json"),
        str(home / ".openjd/adaptors/Farm/Farm.json"),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"log_level": "LOUD"}, '"LOUD" is not one of "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"'),
        ({"deactivate_telemetry": 1}, '1 is not of type "boolean"'),
        ({"deadlines": {"run": 0}}, "0 is less than or equal to the minimum of 0"),
        ({"deadlines": {"stop": None}}, 'null is not of type "number"'),
        ({"deadlines": {"rum": 5}}, "'rum' was unexpected"),
    ],
)
def test_a_bad_value_in_the_configuration_of_the_runtime_is_rejected(
    tmp_path, home, write, monkeypatch, content, problem
):
    monkeypatch.setenv("RUNTIME_CONFIG_PATH", write(tmp_path / "runtime.json", content))
    with pytest.raises(BadInputError) as refused:
        runtime_configuration_manager().build_config()
    assert problem in str(refused.value)
    assert "at log_level" in str(refused.value) or "at dea" in str(refused.value)


@pytest.mark.parametrize(
    ("key", "meant"),
    [("loglevel", "log_level"), ("deadline", "deadlines"), ("journal_dir", "journal_directory"), ("site", None)],
)
def test_an_unknown_key_of_the_runtime_is_rejected(tmp_path, home, write, monkeypatch, key, meant):
    monkeypatch.setenv("RUNTIME_CONFIG_PATH", write(tmp_path / "runtime.json", {key: "x"}))
    with pytest.raises(BadInputError, match=rf"runtime\.json has a key '{key}', which is unknown") as refused:
        runtime_configuration_manager().build_config()
    assert str(refused.value).endswith(
        f"(did you mean '{meant}'?)" if meant else "journal_directory, line_times, log_level"
    )


def test_keys_for_editors_and_those_of_the_reference_are_taken(tmp_path, home, write, monkeypatch):
    content = {"$schema": "x.json", "deactivate_telemetry": True}
    monkeypatch.setenv("RUNTIME_CONFIG_PATH", write(tmp_path / "runtime.json", content))
    assert runtime_configuration_manager().build_config().deactivate_telemetry
