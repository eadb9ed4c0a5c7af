"""The example with the real Blender."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from adaptor_runtime.examples.blender.adaptor import BlenderAdaptor

BLENDER = "adaptor_runtime.examples.blender"
SCENE = {"scene_file": "/studio/cube.blend"}

pytestmark = [pytest.mark.applications, pytest.mark.xdist_group("blender")]


@pytest.fixture
def session(adaptor_session, studio, mapping):
    def session(init_data=SCENE, **options):
        return adaptor_session(BlenderAdaptor, init_data=init_data, path_mapping_rules=mapping(studio), **options)

    return session


def size_of(picture):
    return tuple(int.from_bytes(picture.read_bytes()[at : at + 4], "big") for at in (16, 20))


def test_three_frames_are_rendered_with_blender_loaded_once(daemon_session, studio, mapping, tmp_path):
    session = daemon_session(BlenderAdaptor, program=BLENDER, init_data=SCENE, path_mapping_rules=mapping(studio))
    for frame in (1, 2, 3):
        task = session.run({"frame": frame, "output": str(tmp_path / "shot_####.png")})
        assert task.progress[-1] == 100
        assert task.statuses == [f"{frame} (1 of 1)"]
        assert len([line for line in task.lines if "| Sample " in line]) >= 2
    session.stop()
    assert session.state == "cleaned"
    assert len([line for line in session.lines if re.match(r"STDOUT: Blender \d", line)]) == 1
    pictures = sorted(tmp_path.glob("shot_*.png"))
    assert [picture.name for picture in pictures] == ["shot_0001.png", "shot_0002.png", "shot_0003.png"]
    assert {size_of(picture) for picture in pictures} == {(32, 32)}


def test_a_chunk_is_one_task_whose_progress_grows(session, tmp_path):
    task = session().run({"frame": "1-5:2", "output": str(tmp_path / "#.png")})
    assert sorted(path.name for path in tmp_path.glob("?.png")) == ["1.png", "3.png", "5.png"]
    assert task.statuses == ["1 (1 of 3)", "3 (2 of 3)", "5 (3 of 3)"]
    assert task.progress == sorted(task.progress)
    assert len(task.progress) > 4
    assert task.progress[-1] == 100


def test_scene_texture_and_output_are_mapped(session, studio):
    task = session().run({"frame": 7, "output": "/studio/mapped_##.png"})
    assert (studio / "mapped_07.png").is_file()
    assert any("Updating Images | Loading paint.png" in line for line in task.lines)


def test_a_texture_that_is_missing_fails_the_start_and_is_named(adaptor_session, studio):
    data = {"scene_file": str(studio / "cube.blend")}
    failed = adaptor_session(BlenderAdaptor, init_data=data, check=False).outcome
    assert failed.exit_code == 1
    assert "rule missing-file: Missing file: /studio/textures/paint.png" in failed.message


def test_a_job_may_render_without_its_textures(adaptor_session, studio, tmp_path):
    data = {"scene_file": str(studio / "cube.blend"), "rules_off": ["missing-file"]}
    adaptor_session(BlenderAdaptor, init_data=data).run({"frame": 1, "output": str(tmp_path / "#.png")})
    assert (tmp_path / "1.png").is_file()


def test_a_scene_that_is_missing_fails_the_start_and_is_named(session):
    failed = session({"scene_file": "/studio/no.blend"}, check=False).outcome
    assert failed.exit_code == 1
    assert re.search(r"Cannot read file '.*/no\.blend': No such file", failed.message)


def test_an_unknown_camera_fails_its_task_only_and_is_named(session, tmp_path):
    rendering = session()
    output = str(tmp_path / "#.png")
    failed = rendering.run({"frame": 1, "output": output, "camera": "left"}, check=False)
    assert failed.exit_code == 1
    assert "the scene has no camera 'left'; it has: main, top" in failed.message
    for number, camera in enumerate(("", "top", "main"), 1):
        rendering.run({"frame": number, "output": output, "camera": camera})
    first, top, main = ((tmp_path / f"{number}.png").read_bytes() for number in (1, 2, 3))
    assert top != main
    assert len(first) == len(main)


def test_an_output_that_blender_has_not_written_fails_the_task(session, tmp_path):
    failed = session().run({"frame": 1, "output": str(tmp_path / "#.exr")}, check=False)  # Blender writes 1.png
    assert failed.exit_code == 1
    assert failed.message == f"on_run failed: the expected output {tmp_path / '1.exr'} is missing"


def test_a_cancel_ends_the_rendering_within_seconds(daemon_session, make_scene, mapping, tmp_path):
    studio = make_scene(tmp_path, samples=100_000, pixels=512)
    session = daemon_session(BlenderAdaptor, program=BLENDER, init_data=SCENE, path_mapping_rules=mapping(studio))
    task = session.begin_run({"frame": "1-99", "output": "/studio/#.png"})
    session.wait_for("Sample ")
    began = time.monotonic()
    assert session.cancel().exit_code == 143
    assert time.monotonic() - began < 15
    assert task.is_over
    session.stop()
    assert session.application_pids == []
    assert not (tmp_path / "1.png").exists()


def test_a_job_runs_from_the_template_that_the_adaptor_prints(commands, studio, tmp_path):
    template = tmp_path / "job.yaml"
    command = [sys.executable, "-m", BLENDER, "template", "--chunk", "2"]
    template.write_text(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    parameters = {
        "scene_file": studio / "cube.blend",
        "rules_off": "[missing-file]",
        "output": tmp_path / "shot_##.png",
        "frame_range": "1-3",
        "python_executable": sys.executable,
    }
    words = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
    done = commands.run("openjd", "run", template, *words)
    assert done.returncode == 0, done.stdout
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["shot_01.png", "shot_02.png", "shot_03.png"]
    assert len(re.findall(r"STDOUT: Blender \d", done.stdout)) == 1
    assert commands.left() == []
