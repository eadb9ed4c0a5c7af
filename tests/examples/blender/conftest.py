from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def make_scene(application):
    """Have Blender write a scene and its texture into a folder."""

    def make_scene(folder, samples=4, pixels=32):
        blender = application("blender")
        (folder / "textures").mkdir()
        script = Path(__file__).with_name("make_scene.py")
        options = ["--background", "--factory-startup", "--python-exit-code", "1", "--python", script]
        command = [blender, *options, "--", folder, samples, pixels]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
        return folder

    return make_scene


@pytest.fixture(scope="session")
def studio(make_scene, tmp_path_factory):
    """The folder that is /studio for the job."""
    return make_scene(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def mapping():
    def mapping(folder):
        rule = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": str(folder)}
        return {"path_mapping_rules": [rule]}

    return mapping
