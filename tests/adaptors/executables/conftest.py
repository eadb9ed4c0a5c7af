"""Small programs that stand in for applications in several versions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import small_shell
from adaptor_runtime.adaptors.executables import _version_cache
from adaptor_runtime.adaptors.executables._cache_directory import cache_directory

EXTENSION = "" if os.name == "posix" else ".cmd"


class Programs:
    """Writes programs, and counts how often each was started."""

    def __init__(self, folder):
        self.folder = folder
        self.starts_file = folder / "starts"

    def __call__(self, place, script, executable=True):
        """Write a program that runs a script of ``small_shell``, and return its path.

        Args:
            place: Where, without the extension that it has on Windows, where it is a batch file.
            script: The script; a number of a version stands for one that prints it.
            executable: Whether it can be executed; if not, it has no such mode and no extension.
        """
        path = self.folder / f"{place}{EXTENSION if executable else ''}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if script[0].isdigit():
            script = f"echo 'Paint {script}'"
        if os.name == "posix":
            path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0" >>"{self.starts_file}"\n{script}\n')
            path.chmod(0o755 if executable else 0o644)
        else:
            small_shell.parse(script)
            file = self.folder / f"script-{os.urandom(8).hex()}"
            file.write_text(script)
            command = f'"{sys.executable}" -S "{small_shell.__file__}" "@{file}"'
            path.write_text(f'@echo %~f0>>"{self.starts_file}"\n@{command} %*\n')
        return str(path)

    @property
    def starts(self):
        """The places of the programs that were started, in order."""
        started = self.starts_file.read_text().split("\n")[:-1] if self.starts_file.exists() else []
        return [Path(path).relative_to(self.folder).as_posix().removesuffix(EXTENSION) for path in started]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of the cache, which is not there yet; and nothing is in memory."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    _version_cache.forget()
    yield Path(cache_directory())
    _version_cache.forget()


@pytest.fixture
def program(tmp_path, monkeypatch, cache):
    """Write programs; those in the folder ``bin`` are the only ones on the PATH besides those of the system."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PATHEXT", ".exe;.cmd")  # as the extension is written here
    monkeypatch.delenv("PAINT_EXECUTABLE", raising=False)
    return Programs(tmp_path)
