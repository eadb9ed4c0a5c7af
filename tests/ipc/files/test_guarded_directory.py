"""A private directory of an object goes away with it, and with its process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from adaptor_runtime.ipc._files.guarded_directory import GuardedDirectory
from patience import SECONDS

WAITS = """
import sys
from adaptor_runtime.ipc._files.guarded_directory import GuardedDirectory
directory = GuardedDirectory()
print(directory.path, flush=True)
sys.stdin.read()
"""


def test_it_is_removed_with_its_content_and_that_may_be_repeated():
    directory = GuardedDirectory()
    path = Path(directory.path)
    (path / "file").touch()
    directory.remove()
    assert not path.exists()
    directory.remove()


def test_it_is_removed_when_it_is_forgotten():
    directory = GuardedDirectory()
    path = Path(directory.path)
    del directory
    assert not path.exists()


@pytest.mark.faults("Processes and output")
@pytest.mark.posix("a guardian removes it; on Windows, the next runtime does")
def test_it_is_removed_after_its_process_was_killed():
    with subprocess.Popen([sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        path = Path(process.stdout.readline().decode().strip())
        assert path.is_dir()
        process.kill()
    deadline = time.monotonic() + SECONDS
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not path.exists()
