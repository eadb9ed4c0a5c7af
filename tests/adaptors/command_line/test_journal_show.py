"""`journal show` and `journal list`: what happened in a session that is over, for people and for programs."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from adaptor_runtime.adaptors._messages import journal as journal_module
from adaptor_runtime.adaptors._messages.journal import Journal
from adaptor_runtime.adaptors._messages.journal_reading import read_sessions
from adaptor_runtime.ipc._files.host import this_host
from adaptor_runtime.statemachine import Lifecycle, Trigger
from platforms import is_wine

JOURNALS = Path(__file__).parent / "journals"
EVERYTHING = JOURNALS / "everything.jsonl"
GOLDEN = sorted(path.stem for path in JOURNALS.glob("*.jsonl"))
PROGRAM = "x = bytearray(90_000_000); y = sum(range(4_000_000)); print('rendered', flush=True)"


@pytest.fixture
def journal(command_line):
    command_line.environment["TZ"] = "UTC"
    return command_line.directory / "session.jsonl"


def show(command_line, path, *words):
    return command_line("journal", "show", path, *words, adaptor=None)


def sessions(command_line, path):
    shown = show(command_line, path, "--format", "json")
    assert shown.exit_code == 0, shown
    return json.loads(shown.text)["sessions"]


@pytest.mark.usefixtures("journal")
class TestGolden:
    @pytest.mark.parametrize("name", GOLDEN)
    def test_a_journal_of_this_and_of_earlier_releases_is_shown_as_a_table(self, command_line, name):
        shown = show(command_line, JOURNALS / f"{name}.jsonl")
        assert shown.exit_code == 0
        assert shown.text == (JOURNALS / f"{name}.txt").read_text()

    def test_the_same_is_told_to_programs(self, command_line):
        shown = show(command_line, EVERYTHING, "--format", "json")
        golden = json.loads((JOURNALS / "everything.json").read_text())
        assert json.loads(shown.text) == {**golden, "journal": str(EVERYTHING)}


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_a_session_tells_who_ran_it_what_it_cost_and_how_it_ended(command_line, journal, mode):
    task = {"on_run": {"application": PROGRAM}}
    fails = {"on_run": {"raise": "OSError('no disk')"}}
    if mode == "run":
        data = ("--run-data", json.dumps(task), "--run-data", json.dumps(fails))
        assert command_line("run", "--journal", journal, *data).exit_code == 1
    else:
        command_line("daemon", "start", "--connection-file", command_line.connection_file, "--journal", journal)
        command_line.task(task)
        assert command_line.task(fails).exit_code == 1
        command_line.stop()
    (session,) = sessions(command_line, journal)
    assert (session["adaptor"], session["mode"], session["host"]) == ("Scripted", mode, this_host().name)
    assert {"adaptor_runtime", "python", "Scripted"} == session["versions"].keys()
    assert session["is_complete"]
    assert session["init_data"] is None
    first, second = [phase for phase in session["phases"] if phase["hook"] == "on_run"]
    assert (first["outcome"], first["exit_code"], first["data"]) == ("succeeded", 0, None)
    if not is_wine():  # whose jobs tell nothing about processes that have ended
        assert first["cpu_seconds"] > 0.03
        assert first["peak_memory"] > 90_000_000
    assert (second["outcome"], second["exit_code"]) == ("failed", 1)
    assert second["cause"] == "on_run failed: OSError: no disk"
    assert second["peak_memory"] < 90_000_000
    assert [phase["hook"] for phase in session["phases"]] == ["on_start", "on_run", "on_run", "on_stop", "on_cleanup"]
    assert all(phase["peak_memory"] > 1_000_000 for phase in session["phases"])
    (process,) = session["processes"]
    assert (process["exit_code"], process["last_lines"]) == (0, [])
    assert is_wine() or process["peak_memory"] > 90_000_000


def test_a_session_that_is_running_and_one_that_broke_off_are_told_apart(command_line, journal):
    gate = command_line.gate("gate")
    command_line("daemon", "start", "--connection-file", command_line.connection_file, "--journal", journal)
    task = command_line.begin_task({"on_run": {"wait_at": gate}})
    task.wait_for("waiting at gate")
    assert "end: none, it is running in on_run of task-" in show(command_line, journal).text
    assert sessions(command_line, journal)[0]["is_running"]
    command_line.daemon.kill()
    task.finish()
    shown = show(command_line, journal)
    (end,) = [line for line in shown.lines if line.startswith("end: ")]
    assert re.fullmatch(r"end: it broke off in on_run of task-\w+, last heard [\d.]+ m?s after that began", end)
    assert not sessions(command_line, journal)[0]["is_running"]
    command_line.stop()


@pytest.mark.faults("Lifecycle")
def test_a_cleanup_after_a_loss_is_a_session_of_its_own(command_line, journal):
    words = "daemon", "start", "--connection-file", command_line.connection_file, "--journal", journal
    command_line(*words, adaptor="scripted:Licensed")
    command_line.daemon.kill()
    command_line.stop()
    lost, cleanup = sessions(command_line, journal)
    assert (lost["mode"], lost["is_complete"]) == ("daemon", False)
    assert (cleanup["mode"], cleanup["is_complete"]) == ("cleanup after loss", True)
    assert [phase["hook"] for phase in cleanup["phases"]] == ["on_cleanup"]


def test_several_sessions_in_a_journal_are_numbered_and_one_can_be_chosen(command_line, journal):
    for _ in range(2):
        command_line("run", "--journal", journal)
    shown = show(command_line, journal)
    assert [line for line in shown.lines if line.startswith("session ")] == ["session 1 of 2:", "session 2 of 2:"]
    assert [session["number"] for session in sessions(command_line, journal)] == [1, 2]
    second = show(command_line, journal, "--session", "2")
    assert second.text.startswith("session 2 of 2:\n")
    assert shown.text.endswith(second.text)
    as_json = json.loads(show(command_line, journal, "--session", "2", "--format", "json").text)
    assert [session["number"] for session in as_json["sessions"]] == [2]
    refused = show(command_line, journal, "--session", "3")
    assert (refused.exit_code, len(refused.lines)) == (2, 1)
    assert "it has only the sessions 1 to 2" in refused.text


def test_a_task_with_invalid_data_is_among_the_refused_calls(command_line, journal):
    words = "--connection-file", command_line.connection_file, "--init-data", json.dumps({"password": "x", "pin": "1"})
    command_line("daemon", "start", *words, "--journal", journal, adaptor="secretive:Secretive")
    assert command_line.task({"token": 4711}).exit_code == 2
    command_line.stop()
    (session,) = sessions(command_line, journal)
    (refusal,) = session["refusals"]
    assert (refusal["trigger"], refusal["exit_code"]) == ("run", 2)
    assert "token" in refusal["cause"]


@pytest.mark.faults("Secrets")
@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_data_is_in_a_journal_only_if_that_is_configured_and_never_a_secret(command_line, journal, mode):
    file = command_line.directory / "runtime.json"
    file.write_text(json.dumps({"journal_data": True}))
    command_line.environment["RUNTIME_CONFIG_PATH"] = str(file)
    init_data = {"password": "hunter2-and-more", "pin": "1", "scene": "a.blend?login=hunter2-and-more"}
    options = "--init-data", json.dumps(init_data), "--journal", journal
    run_data = {"token": "tok-4711", "frame": 7}
    if mode == "run":
        command_line("run", *options, "--run-data", json.dumps(run_data), adaptor="secretive:Secretive")
    else:
        connection = "--connection-file", command_line.connection_file
        command_line("daemon", "start", *connection, *options, adaptor="secretive:Secretive")
        command_line.task(run_data)
        command_line.stop()
    (session,) = sessions(command_line, journal)
    assert session["init_data"] == {"password": "********", "pin": "********", "scene": "a.blend?login=********"}
    assert [phase["data"] for phase in session["phases"] if phase["hook"] == "on_run"] == [
        {"token": "********", "frame": 7}
    ]
    assert "hunter2" not in journal.read_text()
    assert "4711" not in journal.read_text()


@pytest.mark.faults("Bad input")
class TestDamaged:
    @pytest.mark.parametrize(
        "damage", [b"garbage", b"\0" * 5000, b"\xff\xfe", b"[1]", b'{"kind": "note"', b"{" * 99_999]
    )
    def test_a_line_that_cannot_be_read_is_named_and_the_others_are_shown(self, command_line, journal, damage):
        lines = EVERYTHING.read_bytes().split(b"\n")
        journal.write_bytes(b"\n".join([*lines[:3], damage, *lines[3:]]))
        shown = show(command_line, journal)
        assert shown.exit_code == 0
        last = "cannot be read, because it was cut off or damaged: session.jsonl, line 4\n"
        assert shown.text == (JOURNALS / "everything.txt").read_text() + last

    @pytest.mark.parametrize("cut", range(1, 6000, 613))
    def test_a_journal_that_is_cut_anywhere_is_shown_as_far_as_it_goes(self, journal, cut):
        journal.write_bytes(EVERYTHING.read_bytes()[:-cut])
        content = read_sessions(journal)
        assert len(content.sessions) == 1
        assert content.sessions[0].adaptor == "FarmAdaptor"
        assert len(content.unreadable) <= 1

    @pytest.mark.parametrize("damage", [b"garbage", b"\0" * 5000, b'{"kind": "note"'])
    def test_it_is_drawn_as_far_as_it_is_shown(self, command_line, journal, damage):
        lines = EVERYTHING.read_bytes().split(b"\n")
        journal.write_bytes(b"\n".join([*lines[:3], damage, *lines[3:]]))
        drawn, whole = (
            command_line("graph", "--format", "text", "--journal", each, adaptor=None) for each in (journal, EVERYTHING)
        )
        assert drawn.exit_code == 0
        last = "cannot be read, because it was cut off or damaged: session.jsonl, line 4\n"
        assert drawn.text == whole.text + last

    def test_the_mark_that_an_editor_puts_in_front_damages_nothing(self, command_line, journal):
        journal.write_bytes(b"\xef\xbb\xbf" + EVERYTHING.read_bytes())
        assert show(command_line, journal).text == (JOURNALS / "everything.txt").read_text()

    def test_a_journal_of_which_only_the_beginning_of_an_entry_was_written_holds_no_record(self, command_line, journal):
        journal.write_bytes(b"{")
        for words in (("journal", "show"), ("graph", "--journal"), ("report",)):
            self.check_rejected(command_line(*words, journal, adaptor=None), "holds no record: line 1 was cut off")

    def test_entries_of_kinds_and_machines_of_a_later_release_are_skipped(self, command_line, journal):
        later = [
            {"kind": "remark", "what": "mood", "shape": {"a": [1]}, "at": 1773569702.0},
            {"kind": "note", "what": "mood", "at": 1773569702.0},
            {"kind": "transition", "machine": "plugin", "sequence": 1, "trigger": "a", "source": "b", "target": "c"},
        ]
        lines = EVERYTHING.read_text().splitlines()
        journal.write_text("\n".join([*lines[:3], *map(json.dumps, later), *lines[3:]]) + "\n")
        assert show(command_line, journal).text == (JOURNALS / "everything.txt").read_text()

    def test_a_journal_to_which_nothing_was_written_yet_says_so(self, command_line, journal):
        journal.touch()
        drawn = command_line("graph", "--journal", journal, adaptor=None)
        assert (drawn.exit_code, drawn.lines[-1]) == (0, "nothing has been written to this journal yet")
        shown = show(command_line, journal)
        assert (shown.exit_code, shown.text) == (0, "nothing has been written to this journal yet\n")

    @pytest.mark.parametrize(
        "content", [b"hello\nthere\n", b"\x89PNG\r\n\x1a\n\0\0", b'{"frame": 1}\n', b"{", b"\0" * 50_000_000]
    )
    def test_a_file_that_is_no_journal_is_rejected_in_one_line(self, command_line, journal, content):
        journal.write_bytes(content)
        self.check_rejected(show(command_line, journal), f"the journal {journal}")

    def test_what_is_no_file_is_rejected_and_not_waited_for(self, command_line):
        for path in ("/", "missing.jsonl"):
            self.check_rejected(show(command_line, path), f"the journal {path} cannot be read")

    @pytest.mark.posix("pipes and devices that are files")
    def test_a_pipe_and_a_device_are_rejected_and_not_waited_for(self, command_line):
        for path in (command_line.gate("pipe"), "/dev/zero"):
            self.check_rejected(show(command_line, path), f"the journal {path} cannot be read")

    def check_rejected(self, shown, text):
        assert shown.exit_code == 2
        (line,) = shown.lines
        assert line.startswith(f"error: {text}") or text in line
        assert len(line) < 500

    def test_control_characters_in_a_journal_reach_no_terminal(self, command_line, journal):
        text = EVERYTHING.read_text()
        journal.write_text(text.replace("SIGTERM", r"\u001b[31m\u009b\u202eopenjd_fail: no\r\nopenjd_fail: two"))
        shown = show(command_line, journal)
        assert not {"\x1b", "\x9b", "\u202e"} & set(shown.text)
        assert not [line for line in shown.lines if line.lstrip().startswith("openjd_")]

    def test_numbers_that_are_none_and_days_that_no_calendar_has_are_unknown(self, command_line, journal):
        text = EVERYTHING.read_text()
        journal.write_text(
            re.sub(r'"at": [\d.]+', '"at": 9e17', text) + text.replace('"seconds": 4.2', '"seconds": NaN')
        )
        shown = show(command_line, journal)
        assert shown.exit_code == 0
        assert "began: ?" in shown.text


def journal_of(path, tasks):
    """Write the journal of a session with so many tasks, and return the path."""
    journal = Journal(path)
    journal.begin(pid=1, start_time=1.0, adaptor="Farm")
    lifecycle = Lifecycle(on_record=lambda record: journal.write(record.to_dict()))
    lifecycle.settle(lifecycle.begin(Trigger.START))
    for number in range(tasks):
        lifecycle.settle(lifecycle.begin(Trigger.RUN, task_id=f"task-{number}"))
        journal.note("usage", hook="on_run", task_id=f"task-{number}", cpu_seconds=1.0, peak_memory=1)
    return path


def test_the_time_to_read_a_task_does_not_grow_with_their_number(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "LIMIT", 2 * 1024 * 1024)

    def read(path):
        """Return the session, and the processor time for each of its tasks, in seconds."""
        began = time.process_time()
        (session,) = read_sessions(path).sessions
        return session, (time.process_time() - began) / len(session.tasks)

    few = journal_of(tmp_path / "few.jsonl", 300)
    usual = min(read(few)[1] for _ in range(5))
    session, seconds = read(journal_of(tmp_path / "journal.jsonl", 10_000))
    assert seconds < 5 * usual
    assert len(session.tasks) > 3000  # ten times as many
    assert session.adaptor == "Farm"  # although the first file is gone
    assert session.is_cut


class TestList:
    @pytest.fixture
    def folder(self, command_line, journal):
        folder = command_line.directory / "journals"
        folder.mkdir()
        return folder

    def configure(self, command_line, folder):
        file = command_line.directory / "runtime.json"
        file.write_text(json.dumps({"journal_directory": str(folder)}))
        command_line.environment["RUNTIME_CONFIG_PATH"] = str(file)

    def list(self, command_line, *words):
        return command_line("journal", "list", *words, adaptor=None)

    def test_the_sessions_of_the_configured_folder_are_listed_the_newest_first(self, command_line, folder):
        self.configure(command_line, folder)
        command_line("run")
        command_line("run", "--run-data", json.dumps({"on_run": {"raise": "OSError('no disk')"}}))
        listed = self.list(command_line)
        assert listed.exit_code == 0
        title, second, first = listed.lines
        assert title.split() == ["began", "adaptor", "seconds", "tasks", "journal", "end"]
        assert re.search(r"Scripted +[\d.]+  1, 1 failed  .*\.jsonl +cleaned$", second)
        assert re.search(r"Scripted +[\d.]+  1  .*\.jsonl +cleaned$", first)
        as_json = json.loads(self.list(command_line, "--format", "json").text)
        assert [len(one["sessions"]) for one in as_json["journals"]] == [1, 1]
        assert len(self.list(command_line, "--latest", "1").lines) == 2

    def test_a_session_without_an_end_is_listed_in_its_state_and_a_long_cause_is_shortened(self, command_line, folder):
        lifecycle = Lifecycle(on_record=lambda record: Journal(folder / "a.jsonl").write(record.to_dict()))
        lifecycle.settle(lifecycle.begin(Trigger.START), error="OSError: " + "no license " * 40)
        _, listed = self.list(command_line, str(folder)).lines
        beginning = "it broke off in the state failed; failed: OSError: no license"
        assert re.search(f" {beginning} [a-z ]*[.]{{3}}$", listed)
        assert len(listed.partition("it broke off")[2]) < 100
        (whole,) = (line for line in show(command_line, folder / "a.jsonl").lines if line.startswith("end: "))
        assert whole.startswith(f"end: {beginning}")
        assert "..." not in whole

    def test_a_folder_may_be_named_and_what_is_no_journal_in_it_is_named_too(self, command_line, folder):
        (folder / "a.jsonl").write_bytes(EVERYTHING.read_bytes())
        (folder / "b.jsonl").write_text("hello\n")
        (folder / "c.jsonl").touch()
        (folder / "notes.txt").touch()
        listed = self.list(command_line, folder)
        assert listed.exit_code == 0
        assert listed.count("b.jsonl") == 1
        assert "something other than a lifecycle record on line 1" in listed.text
        assert "2026-03-15 10:15:02  FarmAdaptor    29.00  3, 2 failed" in listed.text
        assert listed.count("cleaned; canceled: SIGTERM") == 1

    @pytest.mark.faults("Bad input")
    def test_without_a_folder_it_says_where_to_name_one(self, command_line, folder):
        refused = self.list(command_line)
        assert refused.exit_code == 2
        assert "set journal_directory" in refused.text
        for words in (["missing"], ["--latest", "0"]):
            assert self.list(command_line, *words).exit_code == 2

    def test_an_empty_folder_has_no_journals(self, command_line, folder):
        assert self.list(command_line, folder).text == "no journals\n"
