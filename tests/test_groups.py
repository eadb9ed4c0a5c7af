"""Tests that must not run at the same time do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FIXTURES = Path(__file__).with_name("fixtures")
GROUPED = """
import os
import pytest

@pytest.mark.parametrize("number", range(6))
@pytest.mark.xdist_group("heavy")
def test_heavy(number):
    print("worker", os.environ["PYTEST_XDIST_WORKER"])

@pytest.mark.xdist_group("heavy")
def test_also_heavy():
    print("worker", os.environ["PYTEST_XDIST_WORKER"])

@pytest.mark.parametrize("number", range(6))
def test_light(number):
    pass
"""


def test_the_tests_of_one_group_run_on_one_worker(tmp_path):
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # To load all plugins takes most of the time.
    environment.update(PYTHONPATH=str(FIXTURES), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "xdist",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-p",
        "kept_groups",
        "-rP",
        str(tmp_path),
    ]
    done = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    workers = [line for line in done.stdout.splitlines() if line.startswith("worker ")]
    assert len(workers) == 7
    assert len(set(workers)) == 1, done.stdout
