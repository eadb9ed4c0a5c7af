"""A session whose adaptor declares an executable."""

from __future__ import annotations

import os
import signal
import sys

import pytest

ADAPTOR = """
from adaptor_runtime import Adaptor, Executable, LoggingSubprocess, SemanticVersion

class PaintAdaptor(Adaptor):
    data_version = SemanticVersion(1, 0)
    executable = Executable(["first", "second"], version=("--version", r"Paint (\\d+)"), requires=">=3")

    def on_run(self, run_data):
        with LoggingSubprocess(args=[self.executable, *run_data["args"]]) as process:
            process.wait()
"""


def write_program(path, program):
    """Write a program in Python that is called by its name; on Windows it is a batch file."""
    if os.name == "posix":
        path.write_text(f"#!{sys.executable}\n{program}\n")
        path.chmod(0o755)
    else:
        path.with_suffix(".py").write_text(program)
        path.with_suffix(".cmd").write_text(f'@"{sys.executable}" "{path.with_suffix(".py")}" %*\n')


@pytest.fixture
def paint(command_line):
    """Write the programs, and return what starts a session."""
    (command_line.directory / "painting.py").write_text(ADAPTOR)
    folder = command_line.directory / "bin"
    folder.mkdir()

    def begin(**programs):
        for name, program in programs.items():
            write_program(folder / name, program)
        options = {
            "adaptor": "painting:PaintAdaptor",
            "PATH": os.pathsep.join([str(folder), command_line.environment["PATH"]]),
            "XDG_CACHE_HOME": str(command_line.directory / "cache"),
        }
        data = {"args": ["a.exr"]}
        return command_line.begin("run", "--run-data", data, "--deadline", "cancel=1", **options)

    return begin


def test_a_task_runs_the_selected_program(paint, command_line):
    finished = paint(first="import sys; print('Paint 4', sys.argv[1])").finish()
    assert finished.exit_code == 0
    (said,) = [line for line in finished.lines if line.startswith("INFO: executable path=")]
    assert str(command_line.directory / "bin" / "first") in said.replace("\\\\", "\\")
    assert said.endswith(" version=4 place=PATH")
    assert "STDOUT: Paint 4 a.exr" in finished.lines
    assert "STDOUT: Paint 4 --version" not in finished.lines


@pytest.mark.faults("Outcome")
def test_a_missing_program_is_one_line_and_exit_code_1(paint):
    finished = paint(first="print('Paint 2')").finish()
    assert finished.exit_code == 1
    assert len(finished.failures) == 1
    assert "no usable first was found: first 2 at " in finished.failures[0]
    assert "; install first >=3" in finished.failures[0]
    assert "Traceback" not in finished.text


@pytest.mark.faults("Lifecycle")
def test_a_cancel_ends_the_program_that_is_asked_for_its_version_and_asks_no_other(paint, command_line):
    asked = command_line.directory / "asked"
    running = paint(first="import time; time.sleep(300)", second=f"open({str(asked)!r}, 'w'); print('Paint 4')")
    running.wait_for("Running command: ")
    running.signal(signal.SIGTERM)
    finished = running.finish()
    assert finished.exit_code == 143
    assert not asked.exists()
