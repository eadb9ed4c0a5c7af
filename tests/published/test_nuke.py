"""The published adaptor for Nuke and its client, unmodified, with a small program in place of Nuke."""

from __future__ import annotations

import re

import pytest

MODULE = "deadline.nuke_adaptor.NukeAdaptor"


@pytest.fixture
def script(farm):
    farm.stand_in("nuke", first=4)  # after -V 2 -t
    path = farm.directory / "script.nk"
    path.write_text(str(farm.directory / "images" / "####.ppm"))
    return path


def test_the_job_template_of_the_product_renders_chunks_of_frames(farm, script):
    template = farm.package_file("deadline.nuke_submitter", "default_nuke_job_template.yaml")
    files = {"NukeScriptFile": script, "GizmoDir": farm.directory, "OCIOConfigPath": script}
    job = farm.run(template, "--extensions", "TASK_CHUNKING", Frames="1-6", ChunkSize=2, **files)
    assert job.returncode == 0, job.stdout
    images = sorted(path.name for path in (farm.directory / "images").iterdir())
    assert images == [f"000{frame}.ppm" for frame in range(1, 7)]
    assert re.findall(r"Finished Rendering Frames (\d-\d)", job.stdout) == ["1-2", "3-4", "5-6"]
    assert job.stdout.count("STDOUT: the stand-in is closed") == 1
    assert job.stdout.count("openjd_status: RENDER COMPLETE") == 3
    assert re.search(r"INFO: versions adaptor_runtime=\S+ NukeAdaptor=\d", job.stdout)


def test_an_application_without_a_license_fails_the_start_with_the_reason_and_leaves_nothing(farm, script):
    start = farm(MODULE, "start", "--init-data", {"script_file": str(script)}, STAND_IN_WITHOUT_LICENSE="yes")
    assert start.exit_code == 1
    assert "Nuke failed to acquire a license" in start.failures[0]
    assert farm(MODULE, "stop").exit_code == 0
