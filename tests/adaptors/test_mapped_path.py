"""A path of a job, which is text."""

from __future__ import annotations

import copy
import json
import os
import pickle
from pathlib import PurePosixPath

import pytest
from adaptor_runtime import MappedPath


def test_a_mapped_path_is_text_and_keeps_its_original():
    path = MappedPath("/mnt/a.exr", original="P:/a.exr")
    assert (path, path.original, os.fspath(path)) == ("/mnt/a.exr", "P:/a.exr", "/mnt/a.exr")
    assert json.dumps([path]) == '["/mnt/a.exr"]'


def test_a_path_that_is_written_by_hand_is_its_own_original():
    assert MappedPath(PurePosixPath("/a")).original == "/a"


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda path: pickle.loads(pickle.dumps(path))])
def test_a_copy_keeps_the_original(clone):
    path = clone(MappedPath("/mnt/a.exr", original="P:/a.exr"))
    assert (type(path), path, path.original) == (MappedPath, "/mnt/a.exr", "P:/a.exr")
