"""The published adaptor for Blender, unmodified, renders with a real Blender."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess

import pytest

MODULE = "deadline.blender_adaptor.BlenderAdaptor"
SCENE = """
import bpy, sys
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.render.resolution_x = map(int, sys.argv[-3:-1])
scene.cycles.use_denoising = False
scene.render.resolution_y, scene.render.resolution_percentage = scene.render.resolution_x, 100
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
"""


@pytest.fixture
def scene(farm):
    """Write the scene of an empty Blender, with so many samples and pixels."""
    if shutil.which("blender") is None:
        message = "Blender is not installed; on Debian and Ubuntu: apt-get install blender"
        pytest.fail(message) if os.environ.get("PUBLISHED_REQUIRED") else pytest.skip(message)

    def scene(samples, pixels):
        program, path = farm.directory / "scene.py", farm.directory / "scene.blend"
        program.write_text(SCENE)
        command = ["blender", "--background", "--factory-startup", "--python-exit-code", "1", "--python", program]
        words = map(str, [*command, "--", samples, pixels, path])
        subprocess.run(list(words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return path

    return scene


def test_the_job_template_of_the_product_renders_three_frames_with_blender_loaded_once(farm, scene):
    template = farm.package_file("deadline.blender_submitter", "default_blender_template.yaml")
    images = farm.directory / "images"
    images.mkdir()
    job = farm.run(
        template, BlenderFile=scene(4, 64), OutputDir=images, Frames="1-3", RenderEngine="cycles", ViewLayer="ViewLayer"
    )
    assert job.returncode == 0, job.stdout
    written = sorted(images.iterdir())
    assert [path.name for path in written] == [f"ViewLayer_output_000{frame}.png" for frame in (1, 2, 3)]
    assert {path.read_bytes()[16:24] for path in written} == {(64).to_bytes(4, "big") * 2}
    assert len(re.findall(r"STDOUT: Blender \d", job.stdout)) == 1
    assert re.findall(r"Finished Rendering Frame (\d)", job.stdout) == ["1", "2", "3"]
    assert re.search(r"INFO: versions adaptor_runtime=\S+ BlenderAdaptor=\d", job.stdout)
    assert len(re.findall(r"\topenjd_progress: 100$", job.stdout, re.MULTILINE)) >= 3
    assert "\topenjd_status: Initializing blender" in job.stdout
    assert "openjd_fail" not in job.stdout


def test_a_scene_that_is_missing_fails_the_start_and_leaves_nothing(farm, scene):
    scene(1, 8)
    data = {"scene_file": "/no/such.blend", "render_engine": "cycles", "gpu_device": "NONE"}
    start = farm(MODULE, "start", "--init-data", data)
    assert start.exit_code == 1
    assert "Blender encountered an error and was not able to complete initialization actions" in start.failures[0]
    assert farm(MODULE, "stop").exit_code == 0


def test_a_render_that_is_canceled_ends_at_once_and_blender_with_it(farm, scene):
    data = {
        "scene_file": str(scene(100_000, 512)),
        "render_engine": "cycles",
        "gpu_device": "NONE",
        "output_dir": str(farm.directory),
        "output_file_name": "image_####",
        "output_format": "PNG",
        "render_scene": "Scene",
        "view_layer": "ViewLayer",
    }
    start = farm(MODULE, "start", "--init-data", data)
    assert start.exit_code == 0, start
    task = farm.begin(MODULE, "run", "--run-data", {"frame": 1})
    task.wait_for("Sample ")
    task.signal(signal.SIGTERM)
    assert task.finish().exit_code == 143
    assert farm(MODULE, "stop").exit_code == 0
