"""The example without ImageMagick."""

from __future__ import annotations

import pytest
from adaptor_runtime.examples.convert.adaptor import ConvertAdaptor
from adaptor_runtime.testing import FakeApplication

PICTURE = {"input": "a.png", "output": "b.jpg"}
ERROR = "convert: unable to open image `a.png': No such file or directory @ error/blob.c/OpenBlob/2998."


@pytest.fixture
def convert(fake_application, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ConvertAdaptor, "output_patience", 0.0)
    version = FakeApplication().says("Version: ImageMagick 6.9.11-60 Q16 x86_64").exits()
    fake = fake_application("magick").when_given("-version", version)
    monkeypatch.setenv("CONVERT", str(fake.path))
    return fake


def test_a_picture_is_written(convert, adaptor_session):
    convert.requires("-quality").writes_file("b.jpg", "picture")
    adaptor_session(ConvertAdaptor).run(PICTURE)


def test_an_error_fails_the_task_although_the_exit_code_is_0(convert, adaptor_session):
    convert.says_error(ERROR).writes_file("b.jpg", "picture")
    failed = adaptor_session(ConvertAdaptor).run(PICTURE, check=False)
    assert failed.message.startswith("on_run failed: rule error: convert: unable to open image `a.png': No such file")


def test_a_warning_fails_nothing_and_a_missing_picture_does(convert, adaptor_session):
    convert.says_error(ERROR.replace("error/", "warning/"))
    failed = adaptor_session(ConvertAdaptor).run(PICTURE, check=False)
    assert failed.message.endswith("b.jpg is missing")


def test_a_quality_above_100_is_bad_input(convert, adaptor_session):
    assert adaptor_session(ConvertAdaptor).run({**PICTURE, "quality": 101}, check=False).exit_code == 2
