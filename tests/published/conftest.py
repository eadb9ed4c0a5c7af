"""Published adaptors as they come from PyPI, on the compatibility layer, with the reference runtime beside it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent
OF_OTHERS = ("OpenJD", "blender_*", "pulse-*")
"""Folders that the scheduler and a killed Blender leave in the temporary directory."""

STAND_INS = Path(__file__).parent / "stand_ins"


@pytest.fixture(scope="session")
def layer():
    """The folder that switches the layer on."""
    done = subprocess.run([SCRIPTS / "adaptor-runtime", "compat-path"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def farm(command_line, layer):
    """The host of a farm: commands run as the scheduler's worker runs them."""
    home = command_line.directory / "home"
    programs = command_line.directory / "programs"
    home.mkdir()
    programs.mkdir()
    command_line.environment.update(
        HOME=str(home),
        PYTHONPATH=layer,
        PATH=os.pathsep.join([str(programs), str(SCRIPTS), os.environ["PATH"]]),
        DEADLINE_CLOUD_TELEMETRY_OPT_OUT="true",
    )
    yield Farm(command_line, programs)
    for pattern in OF_OTHERS:
        for path in Path(command_line.temporary).glob(pattern):
            shutil.rmtree(path)


class Farm:
    """Runs the job templates and commands of published adaptors."""

    def __init__(self, command_line, programs):
        self.directory = command_line.directory
        self.connection_file = command_line.connection_file
        self._command_line = command_line
        self._programs = programs

    def stand_in(self, name, first):
        """Put a small program in place of an application: Python, run with the words from the ``first`` one on."""
        program = self._programs / name
        skipped = first - 1
        program.write_text(
            f'#!/bin/sh\nshift {skipped}\nPYTHONPATH="$PYTHONPATH:{STAND_INS}" exec "{sys.executable}" -S "$@"\n'
        )
        program.chmod(0o755)

    def package_file(self, package, name):
        """Return the only file of this name in an installed package, which is not imported for that."""
        (found,) = Path(importlib.util.find_spec(package).submodule_search_locations[0]).rglob(name)
        return found

    def run(self, template, *options, **parameters):
        """Run a job with ``openjd run``; return how it went."""
        words = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
        command = [SCRIPTS / "openjd", "run", template, *options, *words]
        return subprocess.run(
            list(map(str, command)),
            cwd=self.directory,
            env=self._command_line.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )

    def begin(self, module, *words, **options):
        """Begin one command of an adaptor's command line, as ``python -m module`` does."""
        where = ("--connection-file", self.connection_file)
        return self._command_line.begin("daemon", words[0], *where, *words[1:], module=module, **options)

    def __call__(self, module, *words, **options):
        """Run one command of an adaptor's command line to its end."""
        return self.begin(module, *words, **options).finish()
