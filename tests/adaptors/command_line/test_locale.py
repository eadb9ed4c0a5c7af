"""Paths that the locale of a process cannot spell lead to the daemon by their bytes."""

from __future__ import annotations

import os
import re
import sys

import pytest

pytestmark = [
    pytest.mark.faults("What the process inherited"),
    pytest.mark.skipif(sys.platform == "darwin", reason="all paths are UTF-8"),
]

NO_UTF_8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def session(command_line):
    """Return a function that starts a daemon, follows the path that it announces, and returns that path's bytes."""

    def session(*words, **environment):
        environment = {**NO_UTF_8, **environment}
        start = command_line.begin("daemon", "start", *words, **environment)
        said = start.process.stdout.read()
        assert start.process.wait() == 0, said
        (announced,) = re.findall(rb"^openjd_env: OPENJD_ADAPTOR_SOCKET=(.+?)\r?$", said, re.MULTILINE)
        environment["OPENJD_ADAPTOR_SOCKET"] = os.fsdecode(announced)
        assert os.path.exists(announced)
        task = command_line("daemon", "run", "--run-data", {"on_run": {"say": "here"}}, adaptor=None, **environment)
        assert task.exit_code == 0, task
        assert "here" in task.lines
        stop = command_line("daemon", "stop", adaptor=None, **environment)
        assert stop.exit_code == 0, stop
        assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
        assert not os.path.exists(announced)
        return announced

    return session


def test_a_temporary_directory_with_another_letter_than_those_of_ascii(command_line, session):
    folder = os.path.join(command_line.temporary, "é")
    os.mkdir(folder)
    assert session(TMPDIR=folder).startswith(os.fsencode(folder + os.sep))
    os.rmdir(folder)
