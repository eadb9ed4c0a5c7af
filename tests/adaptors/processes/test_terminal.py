"""An application whose output goes through a pseudo terminal writes it line by line."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.posix("Windows has no pseudo terminal of this kind")

WAITS = "import sys\nprint('ready', sys.stdout.isatty())\nsys.stdin.read()\nprint('over', file=sys.stderr)\n"


def test_a_line_arrives_although_the_application_waits(start, sink):
    process = start([sys.executable, "-c", WAITS], terminal=True)
    sink.wait_for(b"ready True\n")
    assert process.wait() == 0
    assert sink.stdout == b"ready True\nover\n"


def test_without_a_terminal_the_line_stays_in_the_buffer_of_the_application(start, sink):
    process = start([sys.executable, "-c", WAITS], merge_output=True)
    process.wait()
    assert sink.stdout == b"over\nready False\n"


def test_the_last_output_of_an_application_that_is_killed_is_delivered(start, sink):
    process = start([sys.executable, "-c", "import os; print('x' * 3000); os.kill(os.getpid(), 9)"], terminal=True)
    assert process.wait() == -9
    assert sink.stdout == b"x" * 3000 + b"\n"


def test_an_application_that_cannot_be_started_leaves_no_terminal_open(start):
    import os

    before = len(os.listdir("/dev/fd"))
    with pytest.raises(FileNotFoundError):
        start(["/no/such/program"], terminal=True)
    assert len(os.listdir("/dev/fd")) == before
