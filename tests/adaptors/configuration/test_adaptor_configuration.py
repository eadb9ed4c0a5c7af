from __future__ import annotations

import pytest
from adaptor_runtime.adaptors import AdaptorConfigurationOptions, Deadlines
from adaptor_runtime.adaptors.configuration import AdaptorConfiguration, setting
from adaptor_runtime.adaptors.configuration._effective import EffectiveConfiguration
from adaptor_runtime.ipc._errors import BadInputError

LICENSES = {"properties": {"licenses": {"type": "integer"}}}


class FarmConfiguration(AdaptorConfiguration):
    @setting
    def licenses(self) -> int:
        return self.get("licenses", 1)


def test_an_adaptor_has_a_configuration_without_any_file(adaptor_class):
    config = adaptor_class({}).config
    assert isinstance(config, AdaptorConfiguration)
    assert config.config == {"log_level": "INFO"}


def test_the_file_next_to_the_module_is_the_default_and_the_environment_overrides_it(
    adaptor_class, package, write, tmp_path, monkeypatch
):
    write(package / "FarmAdaptor.json", {"log_level": "ERROR", "licenses": 1})
    monkeypatch.setenv("FARMADAPTOR_CONFIG_PATH", write(tmp_path / "one.json", {"licenses": 2}))
    assert adaptor_class({}).config.config == {"log_level": "ERROR", "licenses": 2}


def test_the_configuration_is_read_once(adaptor_class, package, write):
    adaptor = adaptor_class({})
    first = adaptor.config
    write(package / "FarmAdaptor.json", {"log_level": "ERROR"})
    assert adaptor.config is first
    assert adaptor.config_manager is adaptor.config_manager
    assert adaptor.config_manager.build_config().log_level == "ERROR"


def test_the_schema_next_to_the_module_applies(adaptor_class, package, write):
    write(package / "FarmAdaptor.json", {"licenses": "two"})
    write(package / "FarmAdaptor.schema.json", LICENSES)
    with pytest.raises(BadInputError, match='at licenses, "two" is not of type "integer"'):
        _ = adaptor_class({}).config


def test_the_schema_folder_of_the_environment_precedes_the_module(adaptor_class, package, write, tmp_path, monkeypatch):
    monkeypatch.setenv("ADAPTOR_CONFIG_SCHEMA_PATH", str(tmp_path / "schemas"))
    write(package / "FarmAdaptor.json", {"licenses": "two"})
    write(package / "FarmAdaptor.schema.json", {"not": {}})
    with pytest.raises(BadInputError, match=r"schema .*schemas.FarmAdaptor\.schema\.json cannot be read"):
        _ = adaptor_class({}).config
    write(tmp_path / "schemas" / "FarmAdaptor.schema.json", {"required": ["licenses"]})
    assert adaptor_class({}).config.config["licenses"] == "two"


def test_the_schema_of_all_adaptors_applies_in_addition_to_the_author_s(adaptor_class, package, write):
    write(package / "FarmAdaptor.json", {"log_level": "loud"})
    write(package / "FarmAdaptor.schema.json", LICENSES)
    with pytest.raises(BadInputError, match='at log_level, "loud" is not one of'):
        _ = adaptor_class({}).config


@pytest.mark.parametrize("as_list", [False, True])
def test_options_say_where_the_files_are_and_which_class_holds_them(adaptor_class, write, tmp_path, as_list):
    schema = write(tmp_path / "own.schema.json", LICENSES)
    options = AdaptorConfigurationOptions(
        config_cls=FarmConfiguration,
        config_path=write(tmp_path / "own.json", {"licenses": 4}),
        schema_path=[schema] if as_list else schema,
    )
    config = adaptor_class({}, config_opts=options).config
    assert isinstance(config, FarmConfiguration)
    assert config.licenses == 4
    write(tmp_path / "own.json", {"licenses": 4.5})
    with pytest.raises(BadInputError, match=r'at licenses, 4\.5 is not of type "integer"'):
        _ = adaptor_class({}, config_opts=options).config


def test_a_class_may_declare_its_options(adaptor_class, write, tmp_path):
    path = write(tmp_path / "own.json", {"log_level": "WARNING"})
    adaptor_class.default_config_opts = AdaptorConfigurationOptions(config_path=path)
    assert adaptor_class({}).config.log_level == "WARNING"
    assert EffectiveConfiguration.of(adaptor_class).adaptor_level == "WARNING"


def test_deadlines_come_from_the_class_and_from_files_of_runtime_and_adaptor(
    adaptor_class, package, home, write, tmp_path, monkeypatch
):
    adaptor_class.deadlines = Deadlines(start=1.0, run=1.0, stop=1.0)
    runtime = write(tmp_path / "runtime.json", {"deadlines": {"start": 2, "run": 2}})
    monkeypatch.setenv("RUNTIME_CONFIG_PATH", runtime)
    own = write(package / "FarmAdaptor.json", {"deadlines": {"run": None}})
    effective = EffectiveConfiguration.of(adaptor_class)
    assert effective.deadlines == Deadlines(start=2, run=None, stop=1.0, cancel=20.0)
    sources = [effective.deadline_source(phase) for phase in ("start", "run", "stop")]
    assert sources == [f"{runtime} (environment)", f"{own} (default)", "the adaptor class"]


def test_deadlines_are_merged_by_name_in_all_layers(adaptor_class, package, home, write, tmp_path, monkeypatch):
    adaptor_class.deadlines = Deadlines(start=1.0, run=1.0, stop=1.0)
    own = write(package / "FarmAdaptor.json", {"deadlines": {"run": 2, "cancel": 2}, "log_level": "ERROR"})
    user = write(home / ".openjd/adaptors/FarmAdaptor/FarmAdaptor.json", {"deadlines": {"run": 3, "output": 3}})
    monkeypatch.setenv("FARMADAPTOR_CONFIG_PATH", write(tmp_path / "job.json", {"deadlines": {"output": None}}))
    effective = EffectiveConfiguration.of(adaptor_class, {"idle": 4.0})
    assert effective.deadlines == Deadlines(start=1.0, run=3, stop=1.0, cancel=2, output=None, idle=4.0)
    phases = ("cancel", "run", "output", "idle", "stop", "progress")
    assert [effective.deadline_source(phase) for phase in phases] == [
        f"{own} (default)",
        f"{user} (user)",
        f"{tmp_path / 'job.json'} (environment)",
        "--deadline",
        "the adaptor class",
        None,
    ]


@pytest.mark.parametrize("key", ["deadline", "Deadlines", "logLevel", "log-level", "loglevels"])
def test_a_misspelt_key_of_the_runtime_is_rejected(adaptor_class, write, tmp_path, monkeypatch, key):
    path = write(tmp_path / "job.json", {key: {}})
    monkeypatch.setenv("FARMADAPTOR_CONFIG_PATH", path)
    with pytest.raises(BadInputError, match=rf"job\.json has a key '{key}', which is unknown: did you mean '\w+'\?"):
        EffectiveConfiguration.of(adaptor_class)


@pytest.mark.parametrize("declared_by", ["default", "schema", "class", "nobody"])
def test_an_author_s_own_keys_are_kept(adaptor_class, package, write, tmp_path, monkeypatch, declared_by):
    class Own(AdaptorConfiguration):
        @setting
        def deadline(self) -> int:
            return self.get("deadline", 1)

    key = "licenses" if declared_by == "nobody" else "deadline"
    if declared_by == "default":
        write(package / "FarmAdaptor.json", {key: 1})
    elif declared_by == "schema":
        write(package / "FarmAdaptor.schema.json", {"allOf": [{"properties": {key: {"type": "integer"}}}]})
    elif declared_by == "class":
        adaptor_class.default_config_opts = AdaptorConfigurationOptions(config_cls=Own)
    monkeypatch.setenv("FARMADAPTOR_CONFIG_PATH", write(tmp_path / "job.json", {key: 2, "$schema": "x"}))
    assert EffectiveConfiguration.of(adaptor_class).adaptor.merged().config[key] == 2


def test_the_runtime_alone_also_has_a_configuration(home):
    effective = EffectiveConfiguration.of(None)
    assert effective.adaptor is None
    assert effective.deadlines == Deadlines()
    assert effective.adaptor_level == effective.runtime_level == "INFO"
