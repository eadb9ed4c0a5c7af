"""How a session stood is read from the end of its journal, whatever else is in it."""

from __future__ import annotations

import pytest
from adaptor_runtime.adaptors._messages.journal import Journal
from adaptor_runtime.adaptors._messages.journal_tail import LeftSession
from adaptor_runtime.statemachine import Lifecycle, Trigger


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    "damage",
    [
        b"garbage",
        b"\0" * 5000,
        b"\xff\xfe",
        b"[1]",
        b'{"kind": "note"',
        b"[" * 99_999,
        b'{"kind": "note", "what": "hook begins", "hook": [], "at": 5}',
    ],
    ids=["text", "zeros", "no UTF-8", "a list", "cut off", "deep", "no hook"],
)
def test_damaged_lines_do_not_hide_how_a_session_stood(tmp_path, damage):
    journal = Journal(tmp_path / "session.jsonl")
    lifecycle = Lifecycle(on_record=lambda record: journal.write(record.to_dict()))
    lifecycle.settle(lifecycle.begin(Trigger.START))
    with (tmp_path / "session.jsonl").open("ab") as file:
        file.write(damage + b"\n")
    lifecycle.begin(Trigger.RUN, task_id="task-1")
    session = LeftSession.of(journal.path)
    assert session.in_flight is not None
    assert (session.state, session.stop_owed) == ("running", True)
    assert (session.in_flight["hook"], session.in_flight["task_id"]) == ("on_run", "task-1")
