"""Every published adaptor finds what it imports, public or not, and is a subclass of ours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ADAPTORS = [
    "blender_adaptor.BlenderAdaptor",
    "houdini_adaptor.HoudiniAdaptor",
    "max_adaptor.MaxAdaptor",
    "maya_adaptor.MayaAdaptor",
    "nuke_adaptor.NukeAdaptor",
]
PROGRAM = """
from importlib import import_module
from adaptor_runtime.adaptors import BaseAdaptor
module = import_module("deadline.{module}")
(adaptor,) = [each for each in vars(module).values() if isinstance(each, type)]
assert issubclass(adaptor, BaseAdaptor)
"""


@pytest.mark.parametrize("module", ADAPTORS)
def test_an_adaptor_imports(layer, module):
    program = PROGRAM.format(module=module)
    environment = {**os.environ, "PYTHONPATH": layer}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
