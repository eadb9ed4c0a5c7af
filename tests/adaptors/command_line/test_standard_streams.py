"""What authors do to the standard streams, and what is printed when nothing can follow."""

from __future__ import annotations

import pytest
from program_ends import CRASH_CODE, CRASH_HERE

pytestmark = pytest.mark.faults("The view")

MODULE = """
import codecs, io, os, signal, sys, threading
from adaptor_runtime import Adaptor, SemanticVersion

class Mine(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_start(self):
        {on_start}

    def on_run(self, run_data):
        {on_run}

    def on_cleanup(self):
        print("cleaning")
"""
REPLACED = [
    'sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")',
    'sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8")',
    'sys.stdout = open(1, "w", encoding="utf-8", closefd=False)',
    'sys.stdout = os.fdopen(os.dup(1), "w")',
    'sys.stdout = codecs.getwriter("utf-8")(sys.stdout.buffer)',
    'sys.stdout = io.TextIOWrapper(io.BufferedWriter(sys.stdout.buffer.raw), encoding="utf-8")',
]


@pytest.fixture
def author(command_line):
    def write(on_start="pass", on_run="pass"):
        (command_line.directory / "mine.py").write_text(MODULE.format(on_start=on_start, on_run=on_run))
        command_line.adaptor = "mine:Mine"
        return command_line

    return write


@pytest.mark.parametrize("replace", REPLACED)
def test_what_goes_through_a_replaced_standard_output_is_shown_with_its_task(author, replace):
    author = author(replace, "print('openjd_status: frame', run_data['frame']); print('rendered', run_data['frame'])")
    run = author("run", "--run-data", {"frame": 1}, "--run-data", {"frame": 2})
    assert run.exit_code == 0
    shown = [line.replace("STDOUT: ", "") for line in run.lines]
    marks = ["INFO: task 1 of 2", "openjd_status: frame 1", "rendered 1", "INFO: task 2 of 2", "rendered 2", "cleaning"]
    assert [line for line in shown if line in marks] == marks
    author.start()
    for frame in (3, 4):
        task = author.task({"frame": frame})
        assert f"openjd_status: frame {frame}" in task.lines
        assert f"rendered {frame}" in task.text
    assert author.stop().exit_code == 0


@pytest.mark.parametrize("write", ["print('still here')", "os.write(1, b'still here\\n')", "sys.stderr.write('.')"])
def test_a_session_ends_while_threads_go_on_printing(author, write):
    endless = f"[threading.Thread(target=lambda: [{write} for _ in iter(int, 1)], daemon=True).start() for _ in 'abc']"
    run = author(on_run=endless).run()
    assert run.exit_code == 0
    assert "cleaning" in run.text


def test_what_was_printed_before_a_crash_is_shown(author):
    run = author(on_run=f"print('last words'); {CRASH_HERE}").run()
    assert run.exit_code == CRASH_CODE
    assert "last words" in run.lines


def test_a_text_of_many_megabytes_without_a_line_end_is_shown_whole(author):
    run = author(on_run="sys.stdout.write('y' * 5_000_000)").run()
    assert run.exit_code == 0
    assert sum(line.count("y") for line in run.lines if line.strip("y") in {"", "STDOUT: "}) == 5_000_000
