"""Init data and run data are checked against the adaptor's schemas before a hook sees any of them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults("Bad input")

CHECKED = """
from scripted import Scripted

class Checked(Scripted):
    pass

class Declared(Scripted):
    run_data_schema = {"properties": {"frame": {"type": "integer"}}, "required": ["frame"]}
"""
FRAME = {"properties": {"frame": {"$ref": "frame.schema.json"}}, "required": ["frame"]}


@pytest.fixture(params=["files", "class"])
def checked(request, command_line):
    """An adaptor whose run data needs a frame, said by files beside its module or by its class."""
    (command_line.directory / "checked.py").write_text(CHECKED)
    command_line.environment["PYTHONPATH"] += os.pathsep + str(command_line.directory)
    if request.param == "files":
        write_schema(command_line, "run_data", FRAME)
        write_schema(command_line, "frame", {"type": "integer"})
    command_line.adaptor = "checked:Checked" if request.param == "files" else "checked:Declared"
    return command_line


def write_schema(command_line, name, schema):
    folder = command_line.directory / "schemas"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.schema.json").write_text(json.dumps(schema))


def test_data_that_fits_runs(checked):
    assert checked.run(run_data={"frame": 1}).exit_code == 0
    assert "on_run" in checked.calls


def test_run_refuses_run_data_before_anything_happens(checked):
    run = checked.run(run_data={"frame": "one"})
    assert run.exit_code == 2
    assert run.lines == ['openjd_fail: the run data does not fit the schema: at frame, "one" is not of type "integer"']
    assert checked.calls == []


def test_a_task_that_is_refused_leaves_the_session_as_it_was(checked):
    checked.start()
    refused = checked.task({})
    assert refused.exit_code == 2
    assert refused.failures == ['openjd_fail: the run data does not fit the schema: "frame" is a required property']
    assert refused.transitions == []
    assert "on_run" not in checked.calls
    assert checked.task({"frame": 1}).exit_code == 0
    assert checked.stop().exit_code == 0
    assert checked.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


def test_the_refusal_is_on_record(checked):
    journal = checked.directory / "journal.jsonl"
    checked("daemon", "start", "--connection-file", checked.connection_file, "--journal", journal)
    checked.task({})
    checked.stop()
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    (refused,) = [record for record in records if record.get("kind") == "refused"]
    assert (refused["trigger"], refused["cause"]) == ("run", "invalid run data")


@pytest.mark.parametrize("command", ["run", "start"])
def test_invalid_init_data_is_rejected_before_anything_happens(checked, command):
    write_schema(checked, "init_data", {"properties": {"scene": {"type": "string"}}})
    refused = getattr(checked, command)({"scene": 5})
    assert refused.exit_code == 2
    expected = 'openjd_fail: the init data does not fit the schema: at scene, 5 is not of type "string"'
    assert refused.lines == [expected]
    assert checked.calls == []
    if command == "start":
        assert checked.stop().exit_code == 0


def test_a_defective_schema_is_found_before_anything_happens(checked):
    write_schema(checked, "init_data", {"type": "nonsense"})
    refused = checked.run(run_data={"frame": 1})
    assert refused.exit_code == 2
    assert "init_data.schema.json cannot be used" in refused.failures[0]
    assert checked.calls == []


DEFAULTS = {
    "properties": {
        "camera": {"type": "object", "properties": {"fov": {"default": 50}, "name": {"default": "main"}}},
        "lights": {"items": {"$ref": "#/$defs/light"}},
        "quality": {"type": "number", "default": 0.5},
        "odd": {"type": "integer", "default": None},
        "maybe": {"type": ["integer", "null"], "default": None},
        "branch": {"anyOf": [{"default": 1}, {}]},
    },
    "allOf": [{"properties": {"layers": {"type": "array", "default": ["a"]}}}],
    "required": ["quality"],
    "$defs": {"light": {"properties": {"power": {"type": "integer", "default": 3}}}},
}
GIVEN = {"camera": {"name": "left"}, "lights": [{}, {"power": 1}]}
COMPLETE = {
    "camera": {"name": "left", "fov": 50},
    "lights": [{"power": 3}, {"power": 1}],
    "quality": 0.5,
    "maybe": None,
    "layers": ["a"],
}


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_hooks_see_the_schema_s_defaults_at_every_depth(command_line, mode):
    program = f"""
from echo import Echo

class Filled(Echo):
    init_data_schema = run_data_schema = {DEFAULTS!r}
"""
    (command_line.directory / "filled.py").write_text(program)
    command_line.environment["PYTHONPATH"] += os.pathsep + str(command_line.directory)
    command_line.adaptor = "filled:Filled"
    if mode == "run":
        started = task = command_line.run(GIVEN, GIVEN)
    else:
        started, task = command_line.start(GIVEN), command_line.task(GIVEN)
        assert command_line.task(GIVEN).exit_code == 0
        assert command_line.stop().exit_code == 0
    assert (started.exit_code, task.exit_code) == (0, 0)
    for said, label in ((started, "init data: "), (task, "run data: ")):
        (shown,) = [line[len(label) :] for line in said.lines if line.startswith(label)]
        assert json.loads(shown) == COMPLETE


def test_a_default_that_does_not_fit_is_rejected_like_data(command_line):
    (command_line.directory / "bad.py").write_text(
        "from echo import Echo\n"
        "class Bad(Echo):\n"
        "    run_data_schema = {'properties': {'a': {'type': 'null', 'default': 1}}}\n"
    )
    command_line.environment["PYTHONPATH"] += os.pathsep + str(command_line.directory)
    refused = command_line("run", adaptor="bad:Bad")
    assert refused.exit_code == 2
    assert 'at a, 1 is not of type "null"' in refused.failures[0]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.unmeasured
@pytest.mark.parametrize("with_schema", [False, True])
def test_a_daemon_loads_the_validator_before_its_first_task_or_never(command_line, with_schema):
    if with_schema:
        command_line.adaptor = "secretive:Secretive"
    command_line.start({"password": "hunter2", "pin": "1"})
    maps = Path(f"/proc/{command_line.daemon.pid}/maps").read_text()
    command_line.stop()
    assert ("jsonschema_rs" in maps) is with_schema
