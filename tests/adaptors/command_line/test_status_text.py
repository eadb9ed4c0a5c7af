from __future__ import annotations

import contextlib
import io
import os

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


def crowd(own_usage):
    return [
        own_usage._replace(pid=number, parent=1, resident_bytes=number, command=f"work {number}")
        for number in range(2, 301)
    ]


@pytest.mark.parametrize("height", [None, 40, 20])
def test_of_hundreds_of_processes_a_screen_shows_those_that_matter_and_counts_the_others(height):
    (own_usage, *_) = usage.tree(os.getpid())
    daemon, *others = own_usage._replace(pid=1, resident_bytes=0), *crowd(own_usage)
    others[7] = others[7]._replace(state="disk-sleep")
    status = working(own_usage)._replace(processes=[daemon, *others])
    shown = screen(status, None, height)
    assert len(shown) < 45
    commands = [line.split()[-1] for line in shown if " work " in line]
    assert "9" in commands
    assert commands[-1] == "300"
    assert f" {own_usage.command}" in shown[shown.index(next(line for line in shown if " pid " in line)) + 1]
    assert shown[-1] == f"and {299 - len(commands)} more; --format json has them all"
    assert any(line.startswith("usage:        300 processes, ") for line in shown)


def test_a_narrow_screen_gives_its_columns_to_the_values(monkeypatch):
    (own_usage, *_) = usage.tree(os.getpid())
    status = working(own_usage._replace(command="/opt/render/bin/kick -i scene"))
    shown = screen(status, None, None, 20)
    assert "state: running" in shown
    assert "  line 19" in shown
    assert shown[-1].split()[-3:] == ["kick", "-i", "scene"]
    assert "/opt" not in screen(status, None, None, 80)[-1]
    assert "/opt/render/bin/kick -i scene" in screen(status)[-1]


def test_a_task_that_failed_stays_on_the_screen_while_the_session_goes_on():
    (own_usage, *_) = usage.tree(os.getpid())
    end = {"kind": "transition", "trigger": "finish", "hook": "on_run", "outcome": "raised", "cause": "no license"}
    well = {**end, "outcome": "returned", "cause": None}
    status = working(own_usage)._replace(history=[{**end, "task_id": "task-1"}, {**well, "task_id": "task-2"}])
    assert "failed:       1 task; the last one: task-1: no license" in screen(status)
    assert status.to_dict()["failed"] == 1
    assert not any(line.startswith("failed") for line in screen(status._replace(history=[well])))


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
    monkeypatch.setattr(_status_watch, "terminal_size", lambda _descriptor: (columns, lines))
    monkeypatch.setattr(_status_watch, "is_capable", lambda _descriptor: True)
    _status_watch.show_again("c.json", "text")
    text = capfdbinary.readouterr().out.decode()
    assert text.startswith("\x1b[H\x1b[2J")
    rows = text.removeprefix("\x1b[H\x1b[2J").splitlines()
    assert max(map(len, rows)) <= (columns or 1000)
    assert len(rows) == shown


@pytest.mark.parametrize("stream", [io.StringIO, lambda: io.TextIOWrapper(io.BytesIO(), encoding="utf-8")])
def test_a_program_that_keeps_the_output_gets_the_status_as_lines(monkeypatch, stream):
    (own_usage, *_) = usage.tree(os.getpid())
    monkeypatch.setattr(_status_watch, "status_of", lambda _path: working(own_usage)._replace(condition="over"))
    with contextlib.redirect_stdout(stream()) as kept:
        _status_watch.show_again("c.json", "text")
    kept.seek(0)
    assert kept.read().startswith("daemon:")


def test_wide_characters_do_not_make_a_line_longer_than_the_terminal(monkeypatch, capfdbinary):
    (own_usage, *_) = usage.tree(os.getpid())
    status = working(own_usage)._replace(condition="over", status_message="\u6f22\u5b57" * 40)
    monkeypatch.setattr(_status_watch, "status_of", lambda _path: status)
    monkeypatch.setattr(_status_watch, "terminal_size", lambda _descriptor: (80, 24))
    monkeypatch.setattr(_status_watch, "is_capable", lambda _descriptor: True)
    _status_watch.show_again("c.json", "text")
    (line,) = [line for line in capfdbinary.readouterr().out.decode().splitlines() if line.startswith("status:")]
    assert sum(1 if character.isascii() else 2 for character in line) == 80
