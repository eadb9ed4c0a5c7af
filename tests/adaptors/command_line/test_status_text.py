from __future__ import annotations

import os
import sys

import pytest
from adaptor_runtime.adaptors.command_line import _status_watch
from adaptor_runtime.adaptors.command_line._daemon_status import ANSWERS, DaemonStatus
from adaptor_runtime.adaptors.command_line._status_text import screen
from adaptor_runtime.ipc._processes import usage

NAMES = ("message", "connection_file", "session_directory", "journal", "release")
SAID = [f"line {number}" for number in range(20)]


def working(own_usage):
    texts = dict.fromkeys(NAMES, "")
    output = {"seconds": 1.0, "lines": SAID}
    status = {"at": 0.0, "condition": ANSWERS, "pid": 1, "adaptor": "Film", "state": "running", **texts}
    return DaemonStatus(**status, output=output, processes=[own_usage] * 4)


def test_a_limit_that_is_over_says_by_how_much():
    (own_usage, *_) = usage.tree(os.getpid())
    limits = [{"name": "run", "seconds": 60.0, "left": -5.0}, {"name": "output", "seconds": 50.0, "left": 7.9}]
    shown = screen(working(own_usage)._replace(limits=limits))
    assert [line for line in shown if line.startswith("limit")] == [
        "limit:        run: 0:00:05 more than 0:01:00",
        "limit:        output: 0:00:07 of 0:00:50 left",
    ]


@pytest.mark.parametrize(("height", "lines"), [(None, 8), (40, 8), (23, 7), (20, 4), (15, 0), (12, 0)])
def test_a_low_screen_shows_fewer_lines_of_output_and_then_fewer_processes(height, lines):
    (own_usage, *_) = usage.tree(os.getpid())
    shown = screen(working(own_usage), None, height)
    assert height is None or len(shown) <= height
    said = [line.strip() for line in shown if line.strip() in SAID]
    assert said == SAID[len(SAID) - lines :]
    assert any(line.startswith("usage:") for line in shown)


@pytest.mark.parametrize(
    ("columns", "lines", "shown"), [(1, 1, 1), (40, 2, 1), (40, 12, 11), (200, 400, 25), (0, 0, 25), (0, 12, 11)]
)
def test_a_terminal_of_any_size_shows_what_it_has_room_for(monkeypatch, capfdbinary, columns, lines, shown):
    (own_usage, *_) = usage.tree(os.getpid())
    monkeypatch.setattr(_status_watch, "status_of", lambda _path: working(own_usage)._replace(condition="over"))
    monkeypatch.setattr(os, "get_terminal_size", lambda _descriptor: os.terminal_size((columns, lines)))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    _status_watch.show_again("c.json", "text")
    text = capfdbinary.readouterr().out.decode()
    assert text.startswith("\x1b[H\x1b[2J")
    rows = text.removeprefix("\x1b[H\x1b[2J").splitlines()
    assert max(map(len, rows)) <= (columns or 1000)
    assert len(rows) == shown
