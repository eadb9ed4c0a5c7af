"""A job template for any adaptor, that a scheduler accepts and runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from adaptor_runtime.adaptors import expand_chunk
from adaptor_runtime.adaptors._job_template.parameters import Choice, JobParameters
from adaptor_runtime.adaptors.data._schema import Schema
from adaptor_runtime.ipc._processes.typed_command import shell_text

OPENJD = [sys.executable, "-m", "openjd"]


@pytest.fixture
def template(command_line):
    def template(name, *words):
        made = command_line("template", *words, adaptor=f"templated:{name}")
        assert made.exit_code == 0, made
        path = command_line.directory / "job.yaml"
        path.write_text(made.text)
        return path

    yield template
    shutil.rmtree(Path(command_line.temporary) / "OpenJD", ignore_errors=True)


@pytest.fixture
def openjd(command_line):
    def openjd(*words):
        environment = command_line.environment
        command = [*OPENJD, *map(str, words)]
        return subprocess.run(
            command, cwd=command_line.directory, env=environment, capture_output=True, text=True, check=False
        )

    return openjd


@pytest.mark.parametrize("name", ["Templated", "Frames", "Command"])
def test_a_scheduler_accepts_it(template, openjd, name):
    checked = openjd("check", template(name))
    assert checked.returncode == 0, checked


def test_it_is_printed_in_utf8_whatever_the_encoding_of_the_streams(command_line):
    name = "Gr\u00fc\u00dfe \u65e5\u672c"
    made = command_line("template", "--name", name, adaptor="templated:Templated", PYTHONIOENCODING="latin-1")
    assert made.exit_code == 0, made
    assert f"name: {name}" in made.lines


@pytest.mark.parametrize(
    ("name", "words", "values"),
    [
        ("Frames", (), "-p scene=TEXT -p frame_range=1"),
        ("Templated", ("--chunk", "2"), "--extensions TASK_CHUNKING -p scene=TEXT -p frame_range=1"),
    ],
)
def test_the_first_line_is_a_command_that_runs_the_job(template, command_line, name, words, values):
    first, _, _ = template(name, *words).read_text().partition("\n")
    text, _, command = first.partition(":  ")
    assert text == "# Run it on this computer"
    python = "$(command -v python)" if os.name == "posix" else shutil.which("python") or "python"
    assert command == f'openjd run job.yaml {values} -p python_executable="{python}"'
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    environment = {**command_line.environment, "PATH": path}
    if shutil.which("openjd", path=path) is None:  # its package was installed without programs
        command = command.replace("openjd", shell_text(OPENJD), 1)
    done = subprocess.run(
        command,
        shell=True,
        cwd=command_line.directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (("frame", "scene_file"), ["frame_range", "scene_file", "python_executable"]),
        (("frame", "sceneFile"), ["frameRange", "sceneFile", "pythonExecutable"]),
        (("Frame", "SceneFile"), ["FrameRange", "SceneFile", "PythonExecutable"]),
    ],
)
def test_the_names_of_all_parameters_are_written_as_those_of_the_author(names, made):
    properties = dict(zip(names, ({"type": "integer"}, {"type": "string"})))
    schema = Schema({"type": "object", "properties": properties, "required": list(names)}, what="the run data")
    parameters = JobParameters(None, schema.certain, Choice())
    assert [*(one["name"] for one in parameters.of_job), parameters.python] == made


def test_a_scheduler_accepts_chunks_of_tasks(template, openjd):
    path = template("Templated", "--chunk", "5")
    parameters = yaml.safe_load(path.read_text())["steps"][0]["parameterSpace"]["taskParameterDefinitions"]
    assert [(each["type"], each["chunks"]["defaultTaskCount"]) for each in parameters] == [("CHUNK[INT]", 5)]
    checked = openjd("check", "--extensions", "TASK_CHUNKING", path)
    assert checked.returncode == 0, checked


def test_a_job_in_chunks_runs_with_fewer_tasks_and_the_same_values(template, openjd):
    parameters = ["scene=x", "frame_range=1-9:2,10,11", f"python_executable={sys.executable}"]
    words = (word for each in parameters for word in ("-p", each))
    path = template("Templated", "--chunk", "5")
    done = openjd("run", path, "--extensions", "TASK_CHUNKING", *words)
    assert done.returncode == 0, done.stdout
    values = [expand_chunk(chunk) for chunk in re.findall(r"\('frame', '([^']*)'\)", done.stdout)]
    assert len(values) == 2
    assert sorted(value for chunk in values for value in chunk) == [1, 3, 5, 7, 9, 10, 11]


def test_chunks_are_rejected_for_a_schema_that_allows_only_numbers(command_line):
    refused = command_line("template", "--chunk", "5", adaptor="templated:Frames")
    assert refused.exit_code == 2
    assert len(refused.lines) == 1
    assert 'give \'frame\' the type ["integer", "string"]' in refused.lines[0]


def test_a_job_runs_with_any_text_and_each_value_has_its_type(template, openjd):
    text = """  it's "odd": #1 {x} \\ *a"""
    parameters = [f"scene={text}", "frame_range=1-5:2", f"python_executable={sys.executable}"]
    done = openjd("run", template("Frames"), *(word for each in parameters for word in ("-p", each)))
    assert done.returncode == 0, done.stdout
    init_data = [("layers", ["a", "b"]), ("quality", 0.5), ("retries", 2), ("scene", text), ("verbose", False)]
    assert f"init {init_data}" in done.stdout
    assert re.findall(r"task \[\('frame', (\d)\)\]", done.stdout) == ["1", "3", "5"]


@pytest.mark.parametrize("text", ["  two blanks in front", " ", "\ta tab", "a blank behind ", ""])
def test_the_blanks_of_a_text_are_kept(command_line, template, openjd, text):
    parameters = command_line.directory / "parameters.json"
    parameters.write_text(json.dumps({"scene": text, "frame_range": "1", "python_executable": sys.executable}))
    done = openjd("run", template("Frames"), "-p", f"file://{parameters}")
    assert done.returncode == 0, done.stdout
    assert f"('scene', {text!r})" in done.stdout


def test_schema_keywords_that_a_job_parameter_lacks_are_translated(template, openjd):
    path = template("Nullable", "--name", "x" * 128)
    checked = openjd("check", path)
    assert checked.returncode == 0, checked
    parameters = {each["name"]: each for each in yaml.safe_load(path.read_text())["parameterDefinitions"]}
    assert "nothing" not in parameters
    assert parameters["count"] == {"name": "count", "type": "INT", "minValue": 1, "maxValue": 9, "default": 2}
    assert parameters["layers"]["allowedValues"] == ['["a"]', '["a", "b"]']
    words = ("shot=yes: #1", 'layers=["a"]', "level=1", f"python_executable={sys.executable}")
    done = openjd("run", path, *(word for each in words for word in ("-p", each)))
    assert done.returncode == 0, done.stdout
    assert "init [('count', 2), ('layers', ['a']), ('level', 1), ('nothing', None), ('shot', 'yes: #1')]" in done.stdout


def parameters_of(path):
    made = yaml.safe_load(path.read_text())
    of_tasks = made["steps"][0].get("parameterSpace", {}).get("taskParameterDefinitions", [])
    return {each["name"]: each for each in made["parameterDefinitions"]}, {each["name"]: each for each in of_tasks}


def test_properties_of_a_composed_schema_have_their_types_and_requirements(template, openjd):
    path = template("Composed")
    checked = openjd("check", path)
    assert checked.returncode == 0, checked
    of_job, of_tasks = parameters_of(path)
    assert {name: each["type"] for name, each in of_job.items()} == {
        "width": "INT",
        "scale": "FLOAT",
        "scene": "PATH",
        "named": "STRING",
        "mode": "STRING",
        "samples": "INT",
        "frame_range": "STRING",
        "height": "INT",
        "python_executable": "STRING",
    }
    assert of_job["width"]["minValue"] == 1
    assert of_job["mode"]["allowedValues"] == ["fast"]
    assert list(of_tasks) == ["frame"]
    comments = [line for line in path.read_text().splitlines() if line.startswith("# No")]
    assert comments == [
        "# No parameter: 'camera', not required; --job-parameter camera adds it.",
        "# No parameter: 'password', its default is a secret.",
        "# No parameter: 'notes', its name or its default does not fit a job parameter; the default applies.",
        "# No parameter: 'a-b', its name or its default does not fit a job parameter; the default applies.",
        "# No parameter: 'view', not required; --job-parameter view adds it.",
    ]
    assert "hunter2" not in path.read_text()


def test_a_job_of_a_composed_schema_runs_and_the_runtime_fills_in_the_rest(template, openjd):
    words = (
        "scene=a.blend",
        "named=n",
        "frame_range=1-2",
        "height=3",
        "camera=main",
        f"python_executable={sys.executable}",
    )
    path = template("Composed", "--job-parameter", "camera")
    done = openjd("run", path, *(word for each in words for word in ("-p", each)))
    assert done.returncode == 0, done.stdout
    assert "('a-b', 1), ('camera', 'main'), ('mode', 'fast'), ('named', 'n'), ('notes', 2000)" in done.stdout
    assert re.findall(r"task (\[.*\])", done.stdout) == [f"[('frame', {frame}), ('height', 3)]" for frame in (1, 2)]


@pytest.mark.parametrize(
    ("words", "dimensions"),
    [
        (["--task-parameter", "height"], ["height"]),
        (["--task-parameter", "height", "--task-parameter", "frame"], ["height", "frame"]),
        (["--task-parameter", "view"], ["view"]),
    ],
)
def test_task_parameters_can_be_chosen(template, openjd, words, dimensions):
    path = template("Composed", *words)
    checked = openjd("check", path)
    assert checked.returncode == 0, checked
    of_job, of_tasks = parameters_of(path)
    assert sorted(of_tasks) == sorted(dimensions)
    assert {"frame", "height"} - set(dimensions) <= set(of_job)


def test_chunks_may_be_without_gaps(template, openjd):
    path = template("Templated", "--chunk", "5", "--contiguous")
    checked = openjd("check", "--extensions", "TASK_CHUNKING", path)
    assert checked.returncode == 0, checked
    parameters = ["scene=x", "frame_range=1-4,7,8", f"python_executable={sys.executable}"]
    words = (word for each in parameters for word in ("-p", each))
    done = openjd("run", path, "--extensions", "TASK_CHUNKING", *words)
    assert done.returncode == 0, done.stdout
    assert sorted(re.findall(r"\('frame', '([^']*)'\)", done.stdout)) == ["1-4", "7-8"]


def test_properties_with_a_default_make_room_for_those_without(template, openjd):
    path = template("Many")
    checked = openjd("check", path)
    assert checked.returncode == 0, checked
    of_job, _ = parameters_of(path)
    assert len(of_job) == 50
    assert {f"needed{number}" for number in range(40)} < set(of_job)
    assert "# No parameter: 'spare59', a job has at most 50 parameters; the default applies." in path.read_text()


def test_defaults_that_no_job_parameter_can_have_are_left_to_the_runtime(template, openjd):
    path = template("Bounded", "--job-parameter", "seed")
    of_job, _ = parameters_of(path)
    assert set(of_job) == {"path3", "path4", "least", "seed", "braces", "python_executable"}
    assert "default" not in of_job["seed"]
    done = openjd("run", path, "-p", "seed=7", "-p", f"python_executable={sys.executable}")
    assert done.returncode == 0, done.stdout
    assert "('braces', '{{x}}'), ('large', 9223372036854775808), ('least', -9223372036854775808)" in done.stdout
    assert "('path0', '/textures'), ('path1', 'C:\\\\textures'), ('path2', 'a/../../textures')" in done.stdout
    assert "('seed', 7)" in done.stdout


def test_the_name_of_a_job_may_refer_to_its_parameters(template, openjd):
    checked = openjd("check", template("Frames", "--name", "{{Param.scene}} with {{ Param.python_executable }}"))
    assert checked.returncode == 0, checked


def test_timeouts_follow_from_the_deadlines(template):
    step = yaml.safe_load(template("Templated").read_text())["steps"][0]
    around = step["stepEnvironments"][0]["script"]["actions"]
    actions = {**around, **step["script"]["actions"]}
    assert {name: action["timeout"] for name, action in actions.items()} == {"onEnter": 90, "onRun": 131, "onExit": 50}
    assert {action["cancelation"]["notifyPeriodInSeconds"] for action in actions.values()} == {22}


def test_the_timeout_of_a_task_leaves_time_to_restart_an_application(template):
    step = yaml.safe_load(template("Kept").read_text())["steps"][0]
    assert step["script"]["actions"]["onRun"]["timeout"] == 100 + 60 + 30


REFUSED = {
    "Odd": "the property 'a-b' of the schema cannot be the name of a job parameter",
    "LongName": f"the property '{'x' * 62}_range' of the schema cannot be the name of a job parameter",
    "OwnPython": "the job parameter 'PythonExecutable' would exist twice",
    "Frames --name a\nb": "a job name is one line of at most 128 characters",
    "TooMany": (
        "the schemas require 50 properties, but a job has room for only 49 parameters beside python_executable: group "
        "some of them in one object property, or give them defaults"
    ),
    "Composed --task-parameter fram": "--task-parameter: the run data schema has no 'fram' (did you mean 'frame'?)",
    "Composed --task-parameter scene": "--task-parameter: the run data schema has no 'scene'",
    "Composed --job-parameter kamera": (
        "--job-parameter: the init data or run data schema has no 'kamera' (did you mean 'camera'?)"
    ),
    "Templated --task-parameter camera": (
        "--task-parameter: 'camera' is neither an integer nor a string with an enum, so it has no range"
    ),
    "Braces --task-parameter view": (
        "--task-parameter: 'view' has the value '{{x}}', which a scheduler takes for a reference: change it, or vary "
        "another property"
    ),
    "Braces --task-parameter eye": (
        "--task-parameter: 'eye' has the value '}}', which a scheduler takes for a reference: change it, or vary "
        "another property"
    ),
    "Frames --name {{Param.camera}}": (
        "--name: a scheduler takes {{ and }} for a reference: write a job parameter between them, such as "
        "{{Param.python_executable}}"
    ),
    "OwnDefault": "the default of the property 'size' does not fit the schema: change one of the two",
    "OwnChoice": "the default of the property 'mode' does not fit the schema: change one of the two",
    f"Frames --name {'x' * 129}": "a job name is one line of at most 128 characters",
}


@pytest.mark.parametrize("words", REFUSED, ids=range(len(REFUSED)))
def test_a_template_that_no_scheduler_could_run_is_bad_input(command_line, words):
    name, *options = words.split(" ")
    refused = command_line("template", *options, adaptor=f"templated:{name}")
    assert refused.exit_code == 2
    assert refused.lines == [f"error: {REFUSED[words]}"]
