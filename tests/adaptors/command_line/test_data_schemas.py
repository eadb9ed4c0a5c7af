"""Init data and run data are checked against the adaptor's schemas before a hook sees any of them."""

from __future__ import annotations

import json

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
    command_line.environment["PYTHONPATH"] += f":{command_line.directory}"
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
    assert (refused["trigger"], refused["cause"]) == ("run", "its run data cannot be used")


@pytest.mark.parametrize("command", ["run", "start"])
def test_init_data_is_refused_before_anything_happens(checked, command):
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
