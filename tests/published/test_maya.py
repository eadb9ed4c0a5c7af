"""The published adaptor for Maya and its client, unmodified, with a small program in place of Maya."""

from __future__ import annotations

import re

import pytest

MODULE = "deadline.maya_adaptor.MayaAdaptor"
INIT_DATA = "          scene_file: '{{Param.MayaSceneFile}}'\n"
OF_THE_SUBMITTER = "          renderer: mayaSoftware\n          render_layer: masterLayer\n          camera: persp\n"
"""What the product's submitter adds to its own template, from the scene that is open in Maya."""

RULES = {
    "version": "pathmapping-1.0",
    "path_mapping_rules": [
        {"source_path_format": "WINDOWS", "source_path": "S:\\show", "destination_path": "/mnt/show"},
    ],
}


@pytest.fixture
def scene(farm):
    farm.stand_in("mayapy", first=1)
    path = farm.directory / "scene.ma"
    path.touch()
    return path


@pytest.fixture
def init_data(farm, scene):
    return {
        "scene_file": str(scene),
        "project_path": str(farm.directory),
        "output_file_path": str(farm.directory),
        "renderer": "mayaSoftware",
        "render_layer": "masterLayer",
        "camera": "persp",
        "strict_error_checking": True,
    }


def test_the_job_template_of_the_product_renders_three_frames_with_the_application_loaded_once(farm, scene):
    text = farm.package_file("deadline.maya_submitter", "default_maya_job_template.yaml").read_text()
    assert text.count(INIT_DATA) == 1
    template = farm.directory / "job.yaml"
    template.write_text(text.replace(INIT_DATA, INIT_DATA + OF_THE_SUBMITTER))
    where = {"ProjectPath": farm.directory, "OutputFilePath": farm.directory}
    job = farm.run(template, MayaSceneFile=scene, Frames="1-3", **where)
    assert job.returncode == 0, job.stdout
    assert sorted(path.name for path in farm.directory.glob("*.ppm")) == [
        f"persp.000{frame}.ppm" for frame in (1, 2, 3)
    ]
    assert job.stdout.count("the stand-in is loaded") == job.stdout.count("the stand-in is closed") == 1
    assert re.findall(r"Finished Rendering Frame (\d)", job.stdout) == ["1", "2", "3"]
    assert re.findall(r"\topenjd_progress: (\d+)$", job.stdout, re.MULTILINE) == ["0", *["50", "100"] * 3]
    assert re.search(r"INFO: versions adaptor_runtime=\S+ MayaAdaptor=\d", job.stdout)


def test_an_error_amid_much_output_fails_its_task_with_the_error_and_holds_nothing_up(farm, init_data):
    start = farm(MODULE, "start", "--init-data", init_data)
    assert start.exit_code == 0, start
    task = farm(MODULE, "run", "--run-data", {"frame": 13})
    assert task.exit_code == 1
    assert task.failures == [
        "openjd_fail: on_run failed: RuntimeError: Maya Encountered an Error: Error: a texture is missing"
    ]
    stop = farm(MODULE, "stop")
    assert stop.exit_code == 0
    assert "the stand-in is closed" in stop.text


def test_path_mapping_rules_reach_the_application(farm, init_data):
    start = farm(MODULE, "start", "--init-data", init_data, "--path-mapping-rules", RULES)
    assert "STDOUT: paths under S:\\show are now under /mnt/show" in start.lines, start
    assert farm(MODULE, "stop").exit_code == 0
