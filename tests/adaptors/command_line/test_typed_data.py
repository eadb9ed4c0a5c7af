"""Typed data goes as JSON from a command to a daemon, and becomes an instance there before a hook sees it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

RULE = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": "/mnt"}
RULES = {"version": "pathmapping-1.0", "path_mapping_rules": [RULE]}
INIT_DATA = {"scene_file": "/studio/a.blend"}


@pytest.fixture
def typed(command_line):
    command_line.adaptor = "typed:Typed"
    return command_line


@pytest.mark.faults("Bad input")
def test_a_daemon_gives_its_hooks_instances_and_refuses_a_task_before_a_transition(typed):
    connection = ("--connection-file", typed.connection_file)
    started = typed("daemon", "start", *connection, "--init-data", INIT_DATA, "--path-mapping-rules", RULES)
    assert f"init {Path('/mnt/a.blend')} /studio/a.blend 16" in started.lines
    for data, words in (
        ({"frame": "1-x", "output": ""}, "at frame, '1-x' is not a frame range: '1-x' is neither a number nor a range"),
        ({"frame": 1, "output": "", "width": 641}, "at width, 641 is odd"),
        ({"frame": 1, "outptu": ""}, "\"output\" is a required property (did you mean 'outptu'?)"),
    ):
        refused = typed.task(data)
        assert (refused.exit_code, refused.transitions) == (2, [])
        assert refused.failures[0].startswith(f"openjd_fail: the run data does not fit: {words}")
    task = typed.task({"frame": "1-5:2", "output": "/studio/o"})
    assert task.exit_code == 0
    assert f"run [1, 3, 5] {Path('/mnt/o')} main 640" in task.lines
    assert "loaded []" in task.lines
    failed = typed.task({"frame": 1, "output": "", "camera": "secret"})
    assert failed.failures == ["openjd_fail: on_run failed: RuntimeError: ********"]
    assert typed.stop().exit_code == 0


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    ("init_data", "tasks", "words"),
    [
        ({"password": 12345}, [{}], "the init data does not fit: at password, a value (not shown: it is writeOnly) is"),
        ({}, [{"frame": 1, "output": ""}, {"frame": 1}], '--run-data 2 of 2: the run data does not fit: "output" is a'),
    ],
)
def test_data_that_does_not_fit_is_rejected_before_anything_happens(typed, init_data, tasks, words):
    given = [word for task in tasks for word in ("--run-data", task)]
    refused = typed("run", "--init-data", {**INIT_DATA, **init_data}, *given)
    assert (refused.exit_code, len(refused.lines)) == (2, 1)
    assert refused.lines[0].startswith(f"openjd_fail: {words}")


def test_a_scheduler_accepts_and_runs_the_template_of_its_classes(typed):
    path = typed.directory / "job.yaml"
    path.write_text(typed("template", "--chunk", "2").text)
    assert (
        '# output is one file. A folder needs metadata={"object_type": "DIRECTORY"} on its field.' in path.read_text()
    )
    made = yaml.safe_load(path.read_text())
    parameters = {each.pop("name"): each for each in made["parameterDefinitions"]}
    assert parameters["scene_file"] == {
        "type": "PATH", "objectType": "FILE", "dataFlow": "IN", "description": "What to render.",
    }  # fmt: skip
    assert parameters["output"] == {"type": "PATH", "objectType": "FILE", "dataFlow": "OUT"}
    assert parameters["samples"] == {"type": "INT", "default": 16, "minValue": 1}
    assert "password" not in parameters
    (frame,) = made["steps"][0]["parameterSpace"]["taskParameterDefinitions"]
    assert (frame["name"], frame["type"]) == ("frame", "CHUNK[INT]")
    values = (f"python_executable={sys.executable}", "scene_file=a.blend", "output=o", "frame_range=1-2")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openjd", "run", str(path), "--extensions", "TASK_CHUNKING"),
            *(word for value in values for word in ("-p", value)),
        ],
        cwd=typed.directory,
        env=typed.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    shutil.rmtree(Path(typed.temporary) / "OpenJD", ignore_errors=True)
    assert f"run [1, 2] {typed.directory / 'o'} main 640" in done.stdout
