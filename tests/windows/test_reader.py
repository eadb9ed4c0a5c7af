"""Whoever reads the output of a command may go away, such as a scheduler that has read what it wanted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.windows("tests/adaptors/command_line/test_view.py does this on POSIX"),
    pytest.mark.timeout(300),
]

ADAPTOR = """
from adaptor_runtime import Adaptor, EntryPoint, SemanticVersion

class Talker(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        for number in range(2000):
            print("line", number, "of an output that is longer than a pipe", flush=True)
        self.update_status(progress=100)
        open(run_data["file"], "w").close()

EntryPoint(Talker).start()
"""


def leave_early(*command):
    with subprocess.Popen(
        list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        return process.wait(120)


@pytest.fixture
def program(tmp_path):
    program = tmp_path / "talker.py"
    program.write_text(ADAPTOR)
    return program


def run_data(tmp_path):
    file = tmp_path / "done"
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"file": str(file)}))
    return file, f"file://{data}"


def test_run_goes_on_without_a_reader(program, tmp_path):
    file, data = run_data(tmp_path)
    assert leave_early(sys.executable, program, "run", "--run-data", data) == 0
    assert file.exists()


def test_daemon_run_goes_on_without_a_reader(program, tmp_path):
    file, data = run_data(tmp_path)
    connection = ("--connection-file", tmp_path / "connection.json")
    subprocess.run([sys.executable, program, "daemon", "start", *connection], check=True, stdout=subprocess.PIPE)
    try:
        assert leave_early(sys.executable, program, "daemon", "run", *connection, "--run-data", data) == 0
        assert file.exists()
    finally:
        subprocess.run([sys.executable, program, "daemon", "stop", *connection], check=True, stdout=subprocess.PIPE)
