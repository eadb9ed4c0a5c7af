from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

SUITE = Path(__file__).parent / "benchmarks"

pytestmark = [
    pytest.mark.posix("the benchmarks measure POSIX processes"),
    pytest.mark.unmeasured,
]


def command(*arguments):
    return [sys.executable, str(SUITE), "--quick", "--without-reference", *arguments]


def test_a_row_is_measured_and_written_to_a_page(tmp_path):
    page = tmp_path / "performance.md"
    done = subprocess.run(
        command("--rows", "client-import", "--markdown", str(page)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| client import inside the application |" in page.read_text()


@pytest.fixture
def temporary():
    # Not tmp_path: below it a socket's path is too long, and a session directory for the sockets would lie in /tmp.
    with tempfile.TemporaryDirectory(prefix="ar-") as path:
        yield Path(path)


def test_an_interrupted_benchmark_leaves_nothing_behind(temporary):
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command("--rows", "tasks", "idle"), env=environment, stdout=subprocess.PIPE) as suite:
        suite.stdout.readline()  # the first figure; a daemon is waiting for the next task
        suite.send_signal(signal.SIGINT)
        suite.stdout.read()
    assert suite.returncode == 130
    assert list(temporary.iterdir()) == []
    assert [process for process in psutil.process_iter() if str(temporary) in " ".join(_arguments(process))] == []


def _arguments(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
