from __future__ import annotations

import os

import pytest
from adaptor_runtime.examples.convert.adaptor import ConvertAdaptor

pytestmark = pytest.mark.applications


@pytest.fixture
def session(application, adaptor_session):
    application("convert", "imagemagick")
    return adaptor_session(ConvertAdaptor)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a picture.ppm"
    path.write_bytes(b"P6 4 4 255\n" + bytes(range(48)))
    return path


def test_a_picture_is_resized(session, picture, tmp_path):
    session.run({"input": str(picture), "output": str(tmp_path / "half.ppm"), "resize": "50%"})
    assert (tmp_path / "half.ppm").read_bytes().split(b"\n")[1] == b"2 2"


def test_an_input_that_is_missing_is_named(session, tmp_path):
    failed = session.run({"input": str(tmp_path / "no.png"), "output": str(tmp_path / "b.png")}, check=False)
    assert failed.exit_code == 1
    assert "unable to open image" in failed.message
    assert f"{tmp_path / 'no.png'}': No such file" in failed.message


def test_a_folder_that_cannot_be_written_is_named(session, picture, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # as root
        folder = tmp_path / "missing"
    failed = session.run({"input": str(picture), "output": str(folder / "b.png")}, check=False)
    assert failed.exit_code == 1
    assert f"rule error: convert: unable to open image `{folder / 'b.png'}'" in failed.message


def test_a_picture_that_is_broken_fails_its_task_only(session, picture, tmp_path):
    (tmp_path / "broken.png").write_text("this is no picture")
    failed = session.run({"input": str(tmp_path / "broken.png"), "output": str(tmp_path / "b.png")}, check=False)
    assert "improper image header" in failed.message
    session.run({"input": str(picture), "output": str(tmp_path / "b.png")})


def test_an_output_under_another_name_is_no_output(session, picture, tmp_path, monkeypatch):
    monkeypatch.setattr(ConvertAdaptor, "output_patience", 0.0)
    failed = session.run({"input": str(picture), "output": str(tmp_path / "b_%d.png")}, check=False)  # writes b_0.png
    assert failed.message == f"on_run failed: the expected output {tmp_path / 'b_%d.png'} is missing"
