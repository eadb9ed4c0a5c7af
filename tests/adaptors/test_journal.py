"""What happened in a session is on disk, and stays readable."""

from __future__ import annotations

import json
import os
import stat
import time

import pytest
from adaptor_runtime.adaptors import _journal
from adaptor_runtime.adaptors._journal import Journal, new_journal, read_journal
from adaptor_runtime.ipc._errors import BadInputError
from adaptor_runtime.statemachine import Lifecycle, Trigger


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def session(journal, tasks=1):
    lifecycle = Lifecycle(on_record=journal.write)
    lifecycle.settle(lifecycle.begin(Trigger.START))
    for number in range(tasks):
        lifecycle.settle(lifecycle.begin(Trigger.RUN, task_id=f"task-{number}"))
    lifecycle.settle(lifecycle.begin(Trigger.STOP))
    lifecycle.settle(lifecycle.begin(Trigger.CLEANUP))
    return lifecycle


def test_the_records_of_a_session_are_read_as_they_were_made(path):
    journal = Journal(path)
    journal.note("signal", number=15)
    lifecycle = session(journal)
    assert tuple(read_journal(path)) == lifecycle.history
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_last_line_that_a_crash_has_cut_off_is_left_out_and_any_other_is_an_error(path):
    lifecycle = session(Journal(path))
    whole = path.read_text()
    path.write_text(whole[:-20])
    assert tuple(read_journal(path)) == lifecycle.history[:-1]
    path.write_text("garbage\n" + whole)
    with pytest.raises(BadInputError, match="line 1"):
        read_journal(path)


def test_a_line_that_was_cut_off_costs_no_entry_of_the_session_that_follows(path):
    first = session(Journal(path))
    path.write_text(path.read_text()[:-20])
    second = session(Journal(path))
    assert tuple(read_journal(path)) == (*first.history[:-1], *second.history)


def test_a_disk_that_fills_up_within_an_entry_costs_that_entry_only(path, monkeypatch):
    journal = Journal(path)
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr("os.write", lambda descriptor, line: write(descriptor, line[:10]))
        journal.note("lost")
    assert session(journal).history == tuple(read_journal(path))


def test_a_folder_of_journals_keeps_the_latest_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(_journal, "KEPT", 3)
    folder = tmp_path / "journals"
    made = []
    for age in range(5, 0, -1):
        made.append(new_journal(str(folder), "Farm"))
        os.utime(made[-1], (time.time() - age, time.time() - age))
        (folder / (os.path.basename(made[-1]) + ".1")).touch()
    (folder / "notes.txt").touch()
    assert {os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".jsonl")} == set(made[-3:])
    assert sorted(name for name in os.listdir(folder) if not name.endswith(".jsonl")) == sorted(
        ["notes.txt", *(os.path.basename(path) + ".1" for path in made[-3:])]
    )
    assert os.path.basename(made[0]).startswith("Farm-2")


def test_notes_have_a_time_and_no_lifecycle_record_is_made_of_them(path):
    Journal(path).note("process started", pid=7, start_time=1.5)
    (entry,) = map(json.loads, path.read_text().splitlines())
    assert entry.pop("at") > 0
    assert entry == {"kind": "note", "what": "process started", "pid": 7, "start_time": 1.5}
    assert read_journal(path) == []


def test_ten_thousand_tasks_take_a_bounded_place_and_the_latest_records_are_there(path):
    lifecycle = session(Journal(path), tasks=20_000)
    files = sorted(each for each in os.listdir(path.parent))
    assert files == ["journal.jsonl", "journal.jsonl.1"]
    assert all(os.stat(path.parent / each).st_size <= _journal.LIMIT for each in files)
    kept = read_journal(path)
    assert tuple(kept[-1000:]) == lifecycle.history
    assert [record.sequence for record in kept] == list(range(kept[0].sequence, kept[-1].sequence + 1))


def test_a_journal_that_cannot_be_written_is_refused_with_its_name(tmp_path):
    with pytest.raises(BadInputError, match=r"the journal .* cannot be written"):
        Journal(tmp_path)


def test_a_disk_that_is_full_costs_the_entry_and_not_the_session(path):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    assert str(session(Journal("/dev/full")).state) == "cleaned"


@pytest.mark.parametrize(("kept", "times"), [(True, 1), (False, 0)])
def test_the_end_of_a_session_is_synced_where_the_journal_is_kept(path, monkeypatch, kept, times):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    session(Journal(path, kept=kept))
    assert len(synced) == times
