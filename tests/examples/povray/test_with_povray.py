from __future__ import annotations

import pytest
from adaptor_runtime.examples.povray.adaptor import PovrayAdaptor

SCENE = """
#version 3.6;
camera { location <0, 1, -3> look_at 0 }
light_source { <5, 5, -5> rgb 1 }
sphere { 0, 1 pigment { rgb <1, clock / 10, 0> } }
"""

pytestmark = pytest.mark.applications


@pytest.fixture
def session(application, adaptor_session, tmp_path):
    application("povray")
    (tmp_path / "scene.pov").write_text(SCENE)

    def session(**data):
        return adaptor_session(PovrayAdaptor, init_data={"scene_file": str(tmp_path / "scene.pov"), **data})

    return session


def test_frames_are_rendered_with_progress(session, tmp_path):
    rendering = session(width=640, height=360)
    for frame in (1, 9):
        task = rendering.run({"frame": frame, "output": str(tmp_path / "shot_##.png")})
        assert any(0 < value < 100 for value in task.progress)
        assert task.progress[-1] == 100
        assert f"+K{frame}" in next(line for line in task.lines if "Running command:" in line and "+K" in line)
    first, other = ((tmp_path / f"shot_{number}.png").read_bytes() for number in ("01", "09"))
    assert [int.from_bytes(first[at : at + 4], "big") for at in (16, 20)] == [640, 360]
    assert first != other


def test_a_mistake_in_the_scene_fails_the_task_with_its_line(session, tmp_path):
    rendering = session()
    (tmp_path / "scene.pov").write_text(SCENE.replace("sphere", "sphhere"))
    failed = rendering.run({"frame": 1, "output": str(tmp_path / "#.png")}, check=False)
    assert failed.exit_code == 1
    assert "rule scene-error: " in failed.message
    assert "Parse Error: " in failed.message


def test_a_scene_that_is_missing_is_named(session, tmp_path):
    (tmp_path / "scene.pov").unlink(missing_ok=True)
    failed = session(scene_file="no.pov").run({"frame": 1, "output": str(tmp_path / "#.png")}, check=False)
    assert failed.exit_code == 1
    assert "rule missing-file: " in failed.message
    assert "Cannot find file 'no" in failed.message


def test_a_folder_that_is_missing_fails_the_task(session, tmp_path):
    failed = session().run({"frame": 1, "output": str(tmp_path / "no" / "#.png")}, check=False)
    assert failed.exit_code == 1
    assert "exited with 1" in failed.message


def test_a_version_that_is_not_installed_fails_the_task_and_the_message_has_what_was_found(session):
    failed = session(requires=">=99").run({"frame": 1, "output": "#.png"}, check=False)
    assert failed.exit_code == 1
    assert "no usable povray was found" in failed.message
    assert "(needs >=99)" in failed.message
