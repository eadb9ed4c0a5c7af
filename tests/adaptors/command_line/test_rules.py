"""``rules test``: which rule matches which line of a log, offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

MODULE = """
from adaptor_runtime import Adaptor, SemanticVersion
from adaptor_runtime.rules import failure, progress, ready

print("imported")

class Ruled(Adaptor):
    data_version = SemanticVersion(1, 0)
    rules = [
        progress(r"Sample (?P<done>\\d+)/(?P<of>\\d+)"),
        failure(r"Error: (?P<message>.*)", name="blender-error"),
        ready("loaded"),
    ]
    def on_run(self, run_data): pass

class Plain(Adaptor):
    data_version = SemanticVersion(1, 0)
    def on_run(self, run_data): pass

class Wrong(Plain):
    rules = ["Error"]
"""
LOG = "starting\nSample 1/4\nSample 2/4\nError: no camera\n"
SHOWN = """\
line 2: Sample 1/4
  progress-1: progress 25 %
line 3: Sample 2/4
  progress-1: progress 50 %
line 4: Error: no camera
  blender-error: would fail the task: rule blender-error: Error: no camera
rules:
  progress-1     2
  blender-error  1
  ready-1        never matched
the task would fail for line 4: rule blender-error: Error: no camera
"""


@pytest.fixture
def ruled(command_line):
    """Run `rules test` of an adaptor in the folder of a log."""
    (command_line.directory / "ruled.py").write_text(MODULE)
    (command_line.directory / "app.log").write_text(LOG)

    def test(*words, adaptor="ruled:Ruled", given=""):
        command = [sys.executable, "-m", "adaptor_runtime", "--adaptor", adaptor, "rules", "test", *words]
        options = {"env": command_line.environment, "cwd": command_line.directory}
        return subprocess.run(command, check=False, input=given, capture_output=True, text=True, **options)

    return test


def test_each_line_that_matches_is_shown_with_what_would_follow(ruled):
    finished = ruled("app.log")
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, SHOWN, "imported\n")


def test_a_log_may_come_from_standard_input(ruled):
    assert ruled("-", given=LOG).stdout == SHOWN
    assert ruled("-", given="all is well\n").stdout.endswith("no rule would fail the task\n")


def test_a_program_gets_it_as_json(ruled):
    data = json.loads(ruled("--format", "json", "app.log").stdout)
    assert data["matches"][2] == {
        "line": 4,
        "text": "Error: no camera",
        "rule": "blender-error",
        "kind": "failure",
        "message": "no camera",
        "percent": None,
        "consequence": "would fail the task: rule blender-error: Error: no camera",
    }
    assert [(rule["name"], rule["matches"]) for rule in data["rules"]] == [
        ("progress-1", 2),
        ("blender-error", 1),
        ("ready-1", 0),
    ]
    assert data["failure"] == {"line": 4, "rule": "blender-error"}


UNUSABLE = {
    "missing.log": "LOG missing.log cannot be read: No such file or directory",
    ".": f"LOG . cannot be read: {'Is a directory' if os.name == 'posix' else 'Permission denied'}",
    "": "Missing argument 'LOG'; see",
    "--format xml app.log": "'xml'",
    "app.log other.log": "other.log",
    "--adaptor ruled:Plain": "Plain has no output rules; write rules = [...] in its class",
    "--adaptor ruled:Wrong": "Wrong.rules has 'Error', which is no rule; write rules = [failure(",
}


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("text", UNUSABLE)
def test_what_cannot_be_tried_is_reported_in_one_line(ruled, text):
    words = text.split()
    finished = ruled("app.log", adaptor=words[1]) if words[:1] == ["--adaptor"] else ruled(*words)
    assert finished.returncode == 2
    (line,) = [line for line in finished.stderr.splitlines() if line != "imported"]
    assert UNUSABLE[text] in line
    assert finished.stdout == ""
