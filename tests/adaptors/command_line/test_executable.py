"""A session whose adaptor declares an executable."""

from __future__ import annotations

import signal

import pytest

pytestmark = pytest.mark.posix("the programs are shell scripts")

ADAPTOR = """
from adaptor_runtime import Adaptor, Executable, LoggingSubprocess, SemanticVersion

class PaintAdaptor(Adaptor):
    data_version = SemanticVersion(1, 0)
    executable = Executable(["first", "second"], version=("--version", r"Paint (\\d+)"), requires=">=3")

    def on_run(self, run_data):
        with LoggingSubprocess(args=[self.executable, *run_data["args"]]) as process:
            process.wait()
"""


@pytest.fixture
def paint(command_line):
    """Write the programs, and return what starts a session."""
    (command_line.directory / "painting.py").write_text(ADAPTOR)
    folder = command_line.directory / "bin"
    folder.mkdir()

    def begin(**scripts):
        for name, script in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
        options = {
            "adaptor": "painting:PaintAdaptor",
            "PATH": f"{folder}:{command_line.environment['PATH']}",
            "XDG_CACHE_HOME": str(command_line.directory / "cache"),
        }
        data = {"args": ["a.exr"]}
        return command_line.begin("run", "--run-data", data, "--deadline", "cancel=1", **options)

    return begin


def test_a_task_runs_the_selected_program(paint, command_line):
    finished = paint(first='echo "Paint 4 $1"').finish()
    assert finished.exit_code == 0
    assert f"INFO: executable path={command_line.directory}/bin/first version=4 place=PATH" in finished.lines
    assert "STDOUT: Paint 4 a.exr" in finished.lines
    assert "STDOUT: Paint 4 --version" not in finished.lines


@pytest.mark.faults("Outcome")
def test_a_missing_program_is_one_line_and_exit_code_1(paint):
    finished = paint(first="echo Paint 2").finish()
    assert finished.exit_code == 1
    assert len(finished.failures) == 1
    assert "no usable first was found: first 2 at " in finished.failures[0]
    assert "; install first >=3" in finished.failures[0]
    assert "Traceback" not in finished.text


@pytest.mark.faults("Lifecycle")
def test_a_cancel_ends_the_program_that_is_asked_for_its_version_and_asks_no_other(paint, command_line):
    asked = command_line.directory / "asked"
    running = paint(first="sleep 300", second=f"echo >{asked}; echo Paint 4")
    running.wait_for("Running command: ")
    running.signal(signal.SIGTERM)
    finished = running.finish()
    assert finished.exit_code == 143
    assert not asked.exists()
