from __future__ import annotations

import re
import sys
from pathlib import Path

import adaptor_runtime.examples.renderer
import pytest

TEMPLATE = Path(adaptor_runtime.examples.renderer.__file__).with_name("template.yaml")


@pytest.fixture
def run_job(commands, tmp_path, quick_scene):
    def run_job(frames):
        parameters = {
            "Frames": frames,
            "SceneFile": quick_scene,
            "OutputDirectory": tmp_path / "the pictures",
            "PythonExecutable": sys.executable,
        }
        arguments = [part for name, value in parameters.items() for part in ("-p", f"{name}={value}")]
        return commands.run("openjd", "run", TEMPLATE, *arguments)

    return run_job


def actions(output):
    """The actions of a session, in order, each with its exit code."""
    found = re.findall(r"--------- (.*)|exited with code: (\d+)", output)
    names = [name for name, _ in found if name]
    codes = [int(code) for _, code in found if code]
    return list(zip(names, codes))


def test_a_scheduler_accepts_the_template(commands):
    checked = commands.run("openjd", "check", TEMPLATE)
    assert checked.returncode == 0, checked.stdout


def test_a_job_loads_the_scene_once_and_renders_its_frames(run_job, commands, tmp_path, read_png):
    done = run_job("1-5:2")
    assert done.returncode == 0, done.stdout
    assert actions(done.stdout) == [
        ("Entering Environment: Renderer", 0),
        *[("Running Task", 0)] * 3,
        ("Exiting Environment: Renderer", 0),
    ]
    assert done.stdout.count("STDOUT: Scene loaded") == 1
    pictures = sorted((tmp_path / "the pictures").iterdir())
    assert [picture.name for picture in pictures] == ["frame_0001.png", "frame_0003.png", "frame_0005.png"]
    assert {read_png(picture)[:2] for picture in pictures} == {(64, 36)}
    assert commands.left() == []


def test_a_job_whose_scene_is_bad_fails_and_is_cleaned_up(run_job, commands, quick_scene):
    quick_scene.write_text("{", encoding="utf-8")
    failed = run_job("1-3")
    assert failed.returncode != 0
    assert actions(failed.stdout) == [("Entering Environment: Renderer", 1), ("Exiting Environment: Renderer", 0)]
    (reason,) = re.findall(r"openjd_fail: (.*)", failed.stdout)
    assert "cannot be read" in reason
    assert commands.left() == []


def test_a_task_that_fails_fails_the_job_and_the_renderer_is_closed(run_job, commands, tmp_path):
    (tmp_path / "the pictures" / "frame_0002.png").mkdir(parents=True)
    failed = run_job("1-3")
    assert failed.returncode != 0
    assert actions(failed.stdout) == [
        ("Entering Environment: Renderer", 0),
        ("Running Task", 0),
        ("Running Task", 1),
        ("Exiting Environment: Renderer", 0),
    ]
    assert commands.left() == []
