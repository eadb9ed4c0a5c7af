"""Processes in which the compatibility layer is switched on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import adaptor_runtime.adaptors
import pytest

LAYER = Path(adaptor_runtime.adaptors.__file__).parent / "compatibility"


class Interpreter:
    """Runs Python programs with folders on PYTHONPATH, the layer in front."""

    def __init__(self, directory):
        self.directory = directory

    def __call__(self, program, *folders, python=sys.executable, options=()):
        """Run a program to its end; return what it printed."""
        path = os.pathsep.join(map(str, (LAYER, *folders)))
        done = subprocess.run(
            [python, *options, "-W", "error", "-c", program],
            env={**os.environ, "PYTHONPATH": path},
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def layer():
    return LAYER


@pytest.fixture
def python(tmp_path):
    return Interpreter(tmp_path)


@pytest.fixture
def distribution(tmp_path):
    """Make folders like those of other distributions that live in the namespace ``openjd``."""

    def distribution(**packages):
        folder = tmp_path / "site packages"
        for name, text in packages.items():
            package = folder / "openjd" / name
            package.mkdir(parents=True)
            (package / "__init__.py").write_text(text, encoding="utf-8")
        return folder

    return distribution
