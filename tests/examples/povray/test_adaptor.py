"""The example without POV-Ray: which version runs, and with which options."""

from __future__ import annotations

import pytest
from adaptor_runtime.examples.povray.adaptor import PovrayAdaptor
from adaptor_runtime.testing import FakeApplication


def povray(folder, version):
    said = FakeApplication().says_error(f"POV-Ray {version}.unofficial").exits(1)
    fake = FakeApplication().when_given("--version", said)
    fake.progresses("Rendered {done} of {of} pixels", count=4).writes_file("1.png", "picture")
    folder.mkdir()
    return fake.install(folder, "povray")


@pytest.mark.parametrize(("version", "option"), [("3.6.1", "+UV"), ("3.7.0.10", "+BS16")])
def test_each_version_gets_its_own_options(adaptor_session, tmp_path, monkeypatch, version, option):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POVRAY", str(povray(tmp_path / "bin", version).path))
    task = adaptor_session(PovrayAdaptor, init_data={"scene_file": "a.pov"}).run({"frame": 1, "output": "#.png"})
    assert any(f" {option} -D " in line for line in task.lines)
    assert task.progress[-1] == 100


def test_a_job_may_ask_for_a_version(adaptor_session, tmp_path, monkeypatch):
    monkeypatch.setenv("POVRAY", str(povray(tmp_path / "bin", "3.7.0").path))
    session = adaptor_session(PovrayAdaptor, init_data={"scene_file": "a.pov", "requires": "==3.6.*"})
    failed = session.run({"frame": 1, "output": "#.png"}, check=False)
    assert "==3.6.*" in failed.message
