"""What public examples and adaptors do with the reference runtime's objects, on the compatibility layer."""

from __future__ import annotations


def test_a_path_mapping_rule_becomes_a_mapping_and_a_rule_again(python):
    python("""
from openjd.adaptor_runtime.adaptors import PathMappingRule
given = {"source_path_format": "WINDOWS", "source_path": "Z:\\\\", "destination_path": "/z", "destination_os": "Linux"}
rule = PathMappingRule.from_dict(given)
assert rule.to_dict() == given, rule.to_dict()
assert PathMappingRule(**rule.to_dict()) == rule
""")


def test_an_action_is_to_those_who_look_for_one_a_frozen_dataclass(python):
    python("""
import dataclasses
from openjd.adaptor_runtime_client import Action
action = Action("render", {"frame": 7})
assert dataclasses.asdict(action) == {"name": "render", "args": {"frame": 7}}
assert dataclasses.replace(action, name="load") == Action("load", {"frame": 7})
assert Action.from_json_string(str(action)) == action
try:
    action.name = "load"
except AttributeError:
    pass
else:
    raise AssertionError("it can be changed")
""")


def test_a_configuration_file_that_is_missing_is_an_os_error(python):
    python("""
import os
from openjd.adaptor_runtime.adaptors.configuration import Configuration
for path, kind in {"no-such-file.json": FileNotFoundError, os.curdir: OSError}.items():
    try:
        Configuration.from_file(path)
    except kind as error:
        assert path in str(error)
    else:
        raise AssertionError(path)
""")
