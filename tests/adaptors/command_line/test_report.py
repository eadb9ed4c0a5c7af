"""The command that writes a page about finished sessions."""

from __future__ import annotations

import json
import os
import stat
import subprocess

import pytest
from adaptor_runtime.ipc._files.private_file import usable_path
from platforms import LINK


@pytest.fixture
def journal(command_line):
    """Run a session with two tasks, of which one fails; return its journal."""
    path = command_line.directory / "session.jsonl"
    tasks = ("--run-data", json.dumps({"on_run": {"raise": "OSError('no license')"}}), "--run-data", "{}")
    command_line("run", "--journal", path, "--keep-going", *tasks)
    assert path.exists()
    return path


def test_the_report_of_a_session_is_one_file(command_line, journal):
    written = command_line("report", journal, "-o", "report.html", adaptor=None)
    assert (written.exit_code, written.text) == (0, "")
    text = (command_line.directory / "report.html").read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.count("on_run") >= 2
    assert "no license" in text
    assert "data:image/svg+xml;base64," in text
    assert os.listdir(command_line.directory).count("report.html") == 1
    assert not [name for name in os.listdir(command_line.directory) if name.endswith(".part")]


def test_the_report_can_go_to_standard_output(command_line, journal):
    written = command_line("report", journal, "-o", "-", adaptor=None)
    assert written.exit_code == 0
    assert written.text.startswith("<!DOCTYPE html>")


@pytest.mark.posix("a pipe that is a file")
def test_a_report_to_a_pipe_is_written_into_it(command_line, journal):
    pipe = command_line.directory / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    assert command_line("report", journal, "-o", pipe, adaptor=None).exit_code == 0
    assert reader.communicate()[0].startswith("<!DOCTYPE html>")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_report_may_have_a_path_of_any_length(command_line, journal):
    folder = usable_path(str(command_line.directory.joinpath(*["a long name of a folder" * 3] * 4)))
    os.makedirs(folder)
    path = os.path.join(folder, "report.html")
    assert command_line("report", journal, "-o", path.replace("\\\\?\\", ""), adaptor=None).exit_code == 0
    assert os.listdir(folder) == ["report.html"]


@pytest.mark.posix("a device for standard output")
def test_a_report_to_a_device_is_written_into_it(command_line, journal):
    written = command_line("report", journal, "-o", "/dev/stdout", adaptor=None)
    assert written.exit_code == 0
    assert written.text.startswith("<!DOCTYPE html>")


@LINK
def test_a_link_to_which_a_report_is_written_stays_one(command_line, journal):
    link = command_line.directory / "link.html"
    link.symlink_to("linked.html")
    assert command_line("report", journal, "-o", link, adaptor=None).exit_code == 0
    assert link.is_symlink()
    assert (command_line.directory / "linked.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_folder_is_all_journals_in_it(command_line, journal):
    folder = command_line.directory / "journals"
    folder.mkdir()
    for number, name in enumerate("abc", 1):
        (folder / f"{name}.jsonl").write_text(journal.read_text().replace('"pid": ', f'"pid": {number}'))
    assert command_line("report", folder, adaptor=None).exit_code == 0
    text = (command_line.directory / "report.html").read_text("utf-8")
    assert "<h1>3 sessions</h1>" in text
    assert text.count("<details id=") == 3


def test_a_journal_that_cannot_be_read_is_reported_and_the_others_are_shown(command_line, journal):
    (command_line.directory / "garbage").write_text("hello\nworld\n")
    written = command_line("report", journal, "garbage", adaptor=None)
    assert written.exit_code == 0
    (line,) = written.lines
    assert "garbage has something other than a lifecycle record on line 1" in line
    assert line.split(":")[0] in (command_line.directory / "report.html").read_text("utf-8")


@pytest.mark.posix("names with control characters")
def test_the_name_of_an_unreadable_journal_moves_no_cursor(command_line, journal):
    (command_line.directory / "g\x1b[31mä").write_text("hello\n")
    written = command_line("report", journal, "g\x1b[31mä", adaptor=None)
    assert written.exit_code == 0
    (line,) = written.lines
    assert line.startswith("the journal g [31mä has something other than")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.jsonl"], "missing.jsonl cannot be read"),
        (["garbage"], "something other than a lifecycle record"),
        (["empty.jsonl"], "empty.jsonl has no session in it"),
        (["folder"], "there is no journal in folder"),
        ([], "Missing argument 'JOURNALS'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_without_a_session_nothing_is_written_and_one_line_says_why(command_line, arguments, message):
    (command_line.directory / "garbage").write_text("hello\nworld\n")
    (command_line.directory / "empty.jsonl").write_text("")
    (command_line.directory / "folder").mkdir()
    finished = command_line("report", *arguments, adaptor=None)
    assert finished.exit_code == 2
    (line,) = finished.lines
    assert message in line
    assert not (command_line.directory / "report.html").exists()


@pytest.mark.parametrize("name", ["session.jsonl", pytest.param("link.jsonl", marks=LINK)])
def test_a_report_does_not_replace_its_journal(command_line, journal, name):
    before = journal.read_bytes()
    if name == "link.jsonl":
        (command_line.directory / name).symlink_to(journal)
    finished = command_line("report", journal, "-o", name, adaptor=None)
    assert finished.exit_code == 2
    assert "is a journal: the report would replace it" in finished.text
    assert journal.read_bytes() == before


def test_a_report_that_cannot_be_written_is_said_in_one_line(command_line, journal):
    finished = command_line("report", journal, "-o", "missing/report.html", adaptor=None)
    assert finished.exit_code == 2
    (line,) = finished.lines
    assert "the report missing/report.html cannot be written: No such file or directory" in line


def test_the_page_of_a_live_session_says_that_it_is_not_over(command_line):
    path = command_line.directory / "session.jsonl"
    command_line("daemon", "start", "--connection-file", command_line.connection_file, "--journal", path)
    command_line.task()
    assert command_line("report", path, adaptor=None).exit_code == 0
    assert ">running, in state started<" in (command_line.directory / "report.html").read_text("utf-8")
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Bad input")
def test_the_report_says_that_its_journal_ends_early_as_journal_show_does(command_line, journal):
    journal.write_bytes(journal.read_bytes()[:-5])
    said = "the journal ends early: its last entry was cut off, as by a full disk"
    assert said in command_line("journal", "show", journal, adaptor=None).text
    assert command_line("report", journal, adaptor=None).exit_code == 0
    assert said in (command_line.directory / "report.html").read_text("utf-8").replace("The journal", "the journal")


def test_one_of_several_sessions_in_a_journal_is_reported_if_that_is_asked(command_line, journal):
    command_line("run", "--journal", journal)
    page = command_line.directory / "report.html"
    assert command_line("report", journal, adaptor=None).exit_code == 0
    text = page.read_text("utf-8")
    assert "<h1>2 sessions</h1>" in text
    assert "session.jsonl, session 1 of 2</td>" in text
    assert command_line("report", journal, "--session", "2", adaptor=None).exit_code == 0
    text = page.read_text("utf-8")
    assert "session.jsonl, session 2 of 2</dd>" in text
    assert "no license" not in text
    finished = command_line("report", journal, "--session", "3", adaptor=None)
    assert (finished.exit_code, len(finished.lines)) == (2, 1)
    assert "there is no session 3 in the journal" in finished.text


def test_a_session_in_several_journals_is_shown_once_from_the_one_that_has_most_of_it(command_line, journal):
    beginning, copy = command_line.directory / "beginning.jsonl", command_line.directory / "copy.jsonl"
    beginning.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:4]))
    copy.write_bytes(journal.read_bytes() * 2)
    written = command_line("report", beginning, journal, journal, copy, adaptor=None)
    assert written.exit_code == 0
    assert written.lines == ["each session is shown once: of the 5 in the journals, 4 are copies"]
    text = (command_line.directory / "report.html").read_text("utf-8")
    assert f"<dd>{journal}</dd>" in text
    assert written.lines[0] in text


@pytest.mark.faults("Bad input")
@pytest.mark.posix("pipes that are files, and modes")
def test_a_journal_that_may_not_be_read_stops_neither_a_report_nor_a_list_of_the_others(command_line, journal):
    folder = command_line.directory / "journals"
    folder.mkdir()
    (folder / "good.jsonl").write_bytes(journal.read_bytes())
    (folder / "loop.jsonl").symlink_to("loop.jsonl")
    (folder / "nowhere.jsonl").symlink_to("nowhere")
    (folder / "folder.jsonl").mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    listed = command_line("journal", "list", folder, adaptor=None)
    assert (listed.exit_code, len(listed.lines)) == (0, 2)
    assert command_line("report", folder, "missing.jsonl", adaptor=None).exit_code == 0
    (folder / "secret.jsonl").write_bytes(b"")
    (folder / "secret.jsonl").chmod(0)
    finished = command_line("report", folder, folder / "secret.jsonl", adaptor=None)
    assert finished.exit_code == 0
    reasons = {line.partition("secret.jsonl ")[2] for line in finished.lines}
    assert reasons == {"has no session in it" if os.geteuid() == 0 else "cannot be read: Permission denied"}
