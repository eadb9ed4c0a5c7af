from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import adaptor_runtime.examples.renderer
import pytest
from patience import SECONDS

FOLDER = Path(adaptor_runtime.examples.renderer.__file__).parent


def renderer(scene, commands):
    command = [sys.executable, str(FOLDER / "application.py"), str(scene)]
    done = subprocess.run(command, input=commands, capture_output=True, text=True, check=False, timeout=SECONDS)
    return done.returncode, done.stdout.split("\n"), done.stderr


def test_it_renders_a_frame_and_reports_progress(quick_scene, tmp_path, read_png):
    picture = tmp_path / "a picture.png"
    code, lines, _ = renderer(quick_scene, f"render 3 {picture}\nquit\nrender 4 never.png\n")
    assert code == 0
    assert lines[lines.index("Scene loaded") :][:2] == ["Scene loaded", "Frame 3: 11%"]
    assert lines[-4:] == ["Frame 3: 100%", f"Saved: {picture}", "Bye", ""]
    width, height, pixels = read_png(picture)
    assert (width, height) == (64, 36)
    assert len(set(pixels)) > 50  # it is not blank


def test_the_same_frame_looks_the_same_in_each_run_and_another_one_does_not(quick_scene, tmp_path):
    data = json.loads(quick_scene.read_text(encoding="utf-8"))
    data["spheres"].append({"center": [2, 0.5, 0], "radius": 0.5, "color": [0, 0, 1]})
    quick_scene.write_text(json.dumps(data), encoding="utf-8")
    for run in ("a", "b"):
        renderer(quick_scene, f"render 1 {tmp_path}/{run}1.png\nrender 9 {tmp_path}/{run}9.png\n")
    pictures = {name: (tmp_path / f"{name}.png").read_bytes() for name in ("a1", "a9", "b1", "b9")}
    assert (pictures["a1"], pictures["a9"]) == (pictures["b1"], pictures["b9"])
    assert pictures["a1"] != pictures["a9"]


def test_it_continues_after_a_command_that_it_cannot_perform(quick_scene, tmp_path):
    code, lines, _ = renderer(quick_scene, f"dance\nrender 1 /no/such/folder/1.png\nrender 1 {tmp_path}/1.png\n")
    assert code == 0
    assert "Error: unknown command: dance" in lines
    assert [line for line in lines if line.startswith("Error: frame 1 cannot be saved")]
    assert f"Saved: {tmp_path}/1.png" in lines


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"size": [0, 9], "sun": [1, 1, 1], "samples": 1, "spheres": []}',
        '{"size": [9, 9], "sun": [0, 0, 0], "samples": 1, "spheres": []}',
        '{"size": [9, 9], "sun": [1, 1, 1], "samples": 1, "spheres": [{"center": [1], "radius": 1}]}',
    ],
)
def test_a_bad_scene_is_an_error_with_a_reason(tmp_path, text):
    scene = tmp_path / "scene.json"
    scene.write_text(text, encoding="utf-8")
    code, lines, error = renderer(scene, "quit\n")
    assert (code, lines) == (1, [""])
    assert error.startswith("Error: the scene ")
    assert error.count("\n") == 1


def test_it_wants_exactly_one_scene():
    command = [sys.executable, str(FOLDER / "application.py")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
