"""Small programs that stand in for applications in several versions."""

from __future__ import annotations

import os

import pytest
from adaptor_runtime.adaptors.executables import _version_cache


class Programs:
    """Writes programs, and counts how often each was started."""

    def __init__(self, folder):
        self.folder = folder
        self.starts_file = folder / "starts"

    def __call__(self, place, script, mode=0o755):
        """Write a program that runs a shell script; a number of a version stands for one that prints it."""
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if not script or script[0].isdigit():
            script = f"echo 'Paint {script}'"
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0" >>"{self.starts_file}"\n{script}\n')
        path.chmod(mode)
        return str(path)

    @property
    def starts(self):
        """The places of the programs that were started, in order."""
        started = self.starts_file.read_text().split("\n")[:-1] if self.starts_file.exists() else []
        return [os.path.relpath(path, self.folder) for path in started]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of the cache, empty; and nothing is in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _version_cache.forget()
    yield tmp_path / "cache" / "adaptor-runtime"
    _version_cache.forget()


@pytest.fixture
def program(tmp_path, monkeypatch, cache):
    """Write programs; those in the folder ``bin`` are the only ones on the PATH besides those of the system."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PAINT_EXECUTABLE", raising=False)
    return Programs(tmp_path)
