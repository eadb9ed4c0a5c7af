"""What happened in a session is on disk, and stays readable."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time

import pytest
from adaptor_runtime.adaptors._messages import journal as journal_module
from adaptor_runtime.adaptors._messages.journal import Journal, new_journal
from adaptor_runtime.adaptors._messages.journal_reading import read_journal, read_sessions
from adaptor_runtime.ipc._errors import BadInputError
from adaptor_runtime.statemachine import Lifecycle, Record, Trigger
from private_files import is_private

COUNT = 200
"""Notes of each thread: more than one file takes, less than two."""

STRANGE_STATE = json.dumps(
    {"sequence": 1, "kind": "transition", "trigger": "start", "source": "idle", "target": "\nopenjd_fail: odd"}
)
LAUNCH = {
    **json.loads(STRANGE_STATE),
    "trigger": "launch",
    "source": "absent",
    "target": "loading",
    "machine": "application",
    "application": "blender",
}
STRANGE_STATE_OF_AN_APPLICATION = json.dumps({**LAUNCH, "target": "started"})


def note_often(journal, number):
    for count in range(COUNT):
        journal.note("here", thread=number, count=count)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def session(journal, tasks=1):
    lifecycle = Lifecycle(on_record=lambda record: journal.write(record.to_dict()))
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
    assert is_private(path)


def test_a_line_that_a_crash_cut_off_and_one_that_is_damaged_are_skipped(path):
    lifecycle = session(Journal(path))
    whole = path.read_text()
    path.write_text(whole[:-20])
    assert tuple(read_journal(path)) == lifecycle.history[:-1]
    path.write_text("garbage\n" + whole)
    assert tuple(read_journal(path)) == lifecycle.history


def test_a_line_cut_off_by_a_crash_does_not_spoil_the_journal_of_the_next_session(path):
    first = session(Journal(path))
    path.write_text(path.read_text()[:-20])
    second = session(Journal(path))
    assert tuple(read_journal(path)) == (*first.history[:-1], *second.history)


def test_a_folder_of_journals_keeps_only_the_latest(tmp_path):
    folder = tmp_path / "journals"
    made = []
    for age in range(5, 0, -1):
        made.append(new_journal(str(folder), "Farm", 3))
        os.utime(made[-1], (time.time() - age, time.time() - age))
        (folder / (os.path.basename(made[-1]) + ".1")).touch()
    (folder / "notes.txt").touch()
    assert {os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".jsonl")} == set(made[-3:])
    assert sorted(name for name in os.listdir(folder) if not name.endswith(".jsonl")) == sorted(
        ["notes.txt", *(os.path.basename(path) + ".1" for path in made[-3:])]
    )
    assert os.path.basename(made[0]).startswith("Farm-2")


def test_a_session_that_makes_one_journal_too_many_removes_a_tenth_of_them(tmp_path, monkeypatch):
    aged = []
    own_stat = os.stat

    def stat(path, **options):
        if str(path).endswith(".jsonl"):
            aged.append(path)
        return own_stat(path, **options)

    monkeypatch.setattr(os, "stat", stat)
    for _ in range(20):
        new_journal(str(tmp_path), "Farm", 20)
    new_journal(str(tmp_path), "Farm", None)
    assert (len(os.listdir(tmp_path)), aged) == (21, [])
    new_journal(str(tmp_path), "Farm", 20)
    assert (len(os.listdir(tmp_path)), len(aged)) == (18, 22)
    new_journal(str(tmp_path), "Farm", 20)
    assert (len(os.listdir(tmp_path)), len(aged)) == (19, 22)


def test_an_entry_cut_off_by_a_full_disk_spoils_no_other(path, monkeypatch):
    journal = Journal(path)
    write, halves = os.write, iter([True])
    monkeypatch.setattr(
        os, "write", lambda file, data: write(file, data[: len(data) // 2] if next(halves, 0) else data)
    )
    lifecycle = session(journal)
    assert tuple(read_journal(path)) == lifecycle.history[1:]


def test_a_crash_while_a_full_file_is_replaced_leaves_a_readable_journal(path):
    lifecycle = session(Journal(path))
    os.replace(path, f"{path}.1")
    assert tuple(read_journal(path)) == lifecycle.history


def test_a_full_file_in_a_folder_that_cannot_be_written_just_grows(path, monkeypatch):
    def refuse(*paths):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(journal_module, "LIMIT", 1)
    monkeypatch.setattr(os, "replace", refuse)
    lifecycle = session(Journal(path))
    assert tuple(read_journal(path)) == lifecycle.history


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000, '["a"]', "5", "no JSON", '{"kind": "transition"}'],
)
def test_lines_that_are_not_records_are_skipped_and_without_any_record_the_first_is_named(path, line):
    lifecycle = session(Journal(path))
    path.write_text(f"{path.read_text()}{line}\n")
    assert tuple(read_journal(path)) == lifecycle.history
    path.write_text(f"{line}\n")
    with pytest.raises(BadInputError, match="on line 1"):
        read_journal(path)


@pytest.mark.parametrize("line", [STRANGE_STATE, STRANGE_STATE_OF_AN_APPLICATION], ids=["adaptor", "application"])
def test_a_record_with_a_state_of_a_later_release_is_read(path, line):
    lifecycle = session(Journal(path))
    path.write_text(f"{path.read_text()}{line}\n")
    assert read_journal(path) == [*lifecycle.history, Record.from_dict(json.loads(line))]


def test_records_of_an_application_are_read_and_those_of_a_machine_of_a_later_release_skipped(path):
    lifecycle = session(Journal(path))
    later = {**LAUNCH, "machine": "weather", "source": "dry", "target": "wet"}
    path.write_text(f"{path.read_text()}{json.dumps(LAUNCH)}\n{json.dumps(later)}\n")
    assert read_journal(path) == [*lifecycle.history, Record.from_dict(LAUNCH)]


def test_threads_that_write_at_once_lose_nothing_when_a_file_is_full(path, monkeypatch):
    monkeypatch.setattr(journal_module, "LIMIT", 40_000)
    journal, replace = Journal(path), os.replace

    def replace_slowly(*paths):
        time.sleep(0.05)
        replace(*paths)

    monkeypatch.setattr(os, "replace", replace_slowly)
    threads = [threading.Thread(target=note_often, args=(journal, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [*path.with_name("journal.jsonl.1").read_text().splitlines(), *path.read_text().splitlines()]
    assert len(lines) == 4 * COUNT


@pytest.mark.posix("there, a named pipe is no file in a folder")
def test_a_named_pipe_without_a_reader_is_rejected(path):
    os.mkfifo(path)
    with pytest.raises(BadInputError, match="cannot be written"):
        Journal(path)


def test_notes_have_a_time_and_are_not_lifecycle_records(path):
    Journal(path).note("process started", pid=7, start_time=1.5)
    (entry,) = map(json.loads, path.read_text().splitlines())
    assert entry.pop("at") > 0
    assert entry == {"kind": "note", "what": "process started", "pid": 7, "start_time": 1.5}
    assert read_journal(path) == []


def test_a_long_session_takes_bounded_space_and_keeps_the_latest_records(path):
    lifecycle = session(Journal(path), tasks=20_000)
    files = sorted(each for each in os.listdir(path.parent))
    assert files == ["journal.jsonl", "journal.jsonl.1"]
    assert all(os.stat(path.parent / each).st_size <= journal_module.LIMIT for each in files)
    kept = read_journal(path)
    assert tuple(kept[-1000:]) == lifecycle.history
    assert [record.sequence for record in kept] == list(range(kept[0].sequence, kept[-1].sequence + 1))


def test_a_journal_that_cannot_be_written_is_rejected_by_name(tmp_path):
    with pytest.raises(BadInputError, match=r"the journal .* cannot be written"):
        Journal(tmp_path)


def test_a_full_disk_loses_the_entry_and_not_the_session(path):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    assert str(session(Journal("/dev/full")).state) == "cleaned"


FULL_DISK = """
import resource, sys
from adaptor_runtime.ipc._stream import runtime_log
from adaptor_runtime.adaptors._messages.journal import Journal
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
journal = Journal(sys.argv[1])
journal.note("session", pid=1)
runtime_log.send_to(lambda level, text: print(level, text))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
for number in range(100):
    journal.note("signal", name="SIGTERM")
if sys.argv[2] == "recovers":
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    journal.note("signal", name="SIGINT")
"""


@pytest.mark.unmeasured
@pytest.mark.posix("limits the size of files")
@pytest.mark.parametrize("then", ["recovers", "stays full"])
def test_the_log_and_the_journal_say_that_entries_were_lost_on_a_full_disk(path, then):
    command = [sys.executable, "-c", FULL_DISK, str(path), then]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"WARNING the journal {path} cannot be written: ")
    content = read_sessions(path)
    (session,) = content.sessions
    assert len(content.unreadable) == 1
    assert content.ends_early == (then != "recovers")
    if then == "recovers":
        assert session.lost_entries + len(session.signals) == 101


@pytest.mark.parametrize(("kept", "times"), [(True, 1), (False, 0)])
def test_the_end_of_a_session_is_synced_where_the_journal_is_kept(path, monkeypatch, kept, times):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    session(Journal(path, kept=kept))
    assert len(synced) == times


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.posix("access follows from the folder there")
@pytest.mark.faults("Secrets")
class TestAccess:
    @pytest.mark.parametrize("mode", [0o644, 0o666, 0o640])
    def test_a_file_that_others_can_read_is_taken_from_them(self, path, mode):
        path.touch()
        path.chmod(mode)
        Journal(path)
        assert mode_of(path) == 0o600

    def test_a_file_of_somebody_else_is_refused_and_left_as_it_is(self, path, monkeypatch):
        path.touch()
        path.chmod(0o666)
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(BadInputError, match=r"journal\.jsonl cannot be written: it belongs to user \d+, not to"):
            Journal(path)
        assert mode_of(path) == 0o666

    def test_a_folder_in_which_others_can_replace_files_is_taken_from_them(self, tmp_path):
        folder = tmp_path / "journals"
        folder.mkdir()
        folder.chmod(0o775)
        assert mode_of(new_journal(str(folder), "Farm")) == 0o600
        assert mode_of(folder) == 0o755

    def test_such_a_folder_of_somebody_else_is_refused_unless_it_is_sticky(self, tmp_path, monkeypatch):
        folder = tmp_path / "journals"
        folder.mkdir()
        folder.chmod(0o777)
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(BadInputError, match=r"other users can replace files there \(mode 0777\): chmod"):
            new_journal(str(folder), "Farm")
        folder.chmod(0o1777)
        assert new_journal(str(folder), "Farm")
