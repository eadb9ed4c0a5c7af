"""How long a canceled command has: what the scheduler says, if it said it for this command."""

from __future__ import annotations

import json
import os
import time

import pytest
from adaptor_runtime.ipc._commands import cancel_deadline
from adaptor_runtime.ipc._commands.cancel_deadline import cancel_seconds


@pytest.fixture
def say(tmp_path, monkeypatch):
    """Write what a scheduler writes when it cancels."""
    monkeypatch.setenv("OPENJD_SESSION_WORKING_DIR", str(tmp_path))

    def say(content):
        (tmp_path / "cancel_info.json").write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path / "cancel_info.json"

    return say


def notify_end(seconds):
    return {"NotifyEnd": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))}


def test_outside_a_session_there_is_a_default(monkeypatch):
    monkeypatch.delenv("OPENJD_SESSION_WORKING_DIR", raising=False)
    assert cancel_seconds(time.time()) == cancel_deadline.ELSEWHERE


def test_the_time_that_the_scheduler_gives_holds_less_a_margin(say):
    began = time.time() - 1
    say(notify_end(60))
    assert 55 < cancel_seconds(began) <= 60 - cancel_deadline.MARGIN


def test_a_deadline_in_the_past_still_leaves_some_time(say):
    began = time.time() - 1
    say(notify_end(-5))
    assert cancel_seconds(began) == cancel_deadline.SHORTEST


def test_a_file_that_is_older_than_the_command_speaks_of_another_cancel(say):
    file = say(notify_end(60))
    began = time.time()
    os.utime(file, (began - 10, began - 10))
    assert cancel_seconds(began) == cancel_deadline.IN_A_SESSION


NOTHING = ["", "{", "[]", "{}", '{"NotifyEnd": 5}', '{"NotifyEnd": "soon"}', "null", "[" * 100_000]


@pytest.mark.parametrize("content", NOTHING, ids=range(len(NOTHING)))
def test_an_empty_file_counts_as_missing(say, content):
    say(content)
    assert cancel_seconds(time.time() - 1) == cancel_deadline.IN_A_SESSION
