"""The example without Blender: its client runs in Python, with a module ``bpy`` of a few lines."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import adaptor_runtime.examples.blender
import pytest
from adaptor_runtime import MappedPath
from adaptor_runtime.examples.blender.adaptor import BlenderAdaptor

EXAMPLE = Path(adaptor_runtime.examples.blender.__file__).parent
FAKE = Path(__file__).with_name("fake") / "blender.py"


class FakeBlenderAdaptor(BlenderAdaptor):
    client_file = str(EXAMPLE / "client.py")

    def launch(self):
        return [sys.executable, FAKE, "--background", "--python", self.client]


@pytest.fixture
def studio(tmp_path):
    """The folder that is /studio for the job."""
    (tmp_path / "cube.blend").write_text(json.dumps({"cameras": ["main", "top"], "images": ["/studio/paint.png"]}))
    (tmp_path / "paint.png").touch()
    return tmp_path


@pytest.fixture
def session(adaptor_session, studio):
    def session(**options):
        rule = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": str(studio)}
        data = {"scene_file": "/studio/cube.blend"}
        return adaptor_session(FakeBlenderAdaptor, init_data=data, path_mapping_rules=[rule], **options)

    return session


def test_its_two_files_are_short():
    lines = [line for name in ("adaptor.py", "client.py") for line in (EXAMPLE / name).read_text("utf-8").split("\n")]
    assert len([line for line in lines if line.strip()]) <= 70


def test_blender_is_loaded_once_for_all_tasks_and_paths_are_mapped(session, studio):
    rendering = session()
    tasks = [rendering.run({"frame": frame, "output": "/studio/#.png"}) for frame in ("1-2", 5)]
    assert [task.progress for task in tasks] == [[0, 25, 50, 75, 100], [0, 50, 100]]
    assert [status for task in tasks for status in task.statuses] == ["1 (1 of 2)", "2 (2 of 2)", "5 (1 of 1)"]
    rendering.stop()
    assert [line for line in rendering.lines if "Blender 3.4.1" in line] == ["STDOUT: Blender 3.4.1"]
    for frame in (1, 2, 5):
        assert json.loads((studio / f"{frame}.png").read_text()) == [frame, "main", str(studio / "paint.png")]


def test_the_camera_of_a_task_is_that_of_no_other(session, studio):
    rendering = session()
    for frame, camera in enumerate(["main", "top", ""]):
        rendering.run({"frame": frame, "output": "/studio/#.png", "camera": camera})
    cameras = [json.loads((studio / f"{frame}.png").read_text())[1] for frame in range(3)]
    assert cameras == ["main", "top", "main"]


def test_an_unknown_camera_and_an_output_of_another_kind_fail_their_tasks_only(session, studio, monkeypatch):
    monkeypatch.setattr(FakeBlenderAdaptor, "output_patience", 0.0)
    rendering = session()
    failed = rendering.run({"frame": 1, "output": "/studio/#.png", "camera": "left"}, check=False)
    assert "the scene has no camera 'left'; it has: main, top" in failed.message
    failed = rendering.run({"frame": 1, "output": "/studio/#.exr"}, check=False)
    assert failed.message == f"on_run failed: the expected output {studio / '1.exr'} is missing"
    rendering.run({"frame": 1, "output": "/studio/#.png"})


def test_a_texture_that_is_missing_fails_the_start(session, studio):
    (studio / "paint.png").unlink()
    failed = session(check=False).outcome
    assert f"rule missing-file: Missing file: {studio / 'paint.png'}" in failed.message


def test_a_scene_that_is_missing_fails_the_start(session, studio):
    (studio / "cube.blend").unlink()
    failed = session(check=False).outcome
    assert re.search(r"Cannot read file '.*cube\.blend': No such file", failed.message)


def test_an_output_without_a_place_for_the_number_of_the_frame_is_rejected(session):
    failed = session().run({"frame": 1, "output": "/studio/shot.png"}, check=False)
    assert failed.exit_code == 2
    assert "needs a # for the number of the frame" in failed.message


@pytest.mark.parametrize(("frame", "name"), [(7, "a_0007.png"), (-7, "a_-007.png"), (12345, "a_12345.png")])
def test_the_number_of_a_frame_is_filled_with_zeros(frame, name):
    data = BlenderAdaptor.RunData(frame=[frame], output=MappedPath("a_####.png"))
    assert data.path(frame) == name
