"""A test that fails fails no other one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FIXTURES = Path(__file__).with_name("fixtures")
FAILING = """
import gc
import subprocess
import sys

def test_that_gives_up():
    program = "print('ready', flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1)
    assert process.stdout.readline() == b""

def test_after_it():
    sys.last_value = sys.last_traceback = None
    for _ in range(3):
        gc.collect()
"""


def test_a_process_of_a_test_that_failed_fails_no_other_test(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_failing.py").write_text(FAILING)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # To load all plugins takes most of the time.
    environment.update(PYTHONPATH=str(FIXTURES), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "aftermath", "-rA", str(tmp_path)]
    done = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    outcomes = [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))]
    assert sorted(outcomes) == ["FAILED", "PASSED"], done.stdout
