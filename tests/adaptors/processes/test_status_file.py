"""An application that writes what it does to a file: the lines are read like its output."""

from __future__ import annotations

import os
import re
import sys

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.processes import _file_changes, _file_changes_portable, _status_file
from patience import SECONDS
from recorded_output import collect

pytestmark = pytest.mark.faults("Processes and output")


@pytest.fixture(params=["events", "looks"], autouse=True)
def changes(request, monkeypatch):
    """With what the system tells of changes, and without."""
    if request.param == "looks":
        monkeypatch.setattr(_status_file, "FileChanges", _file_changes_portable.FileChanges)
        monkeypatch.setattr(_status_file, "LOOK_SECONDS", 0.02)
    return request.param


@pytest.fixture
def log(tmp_path):
    return tmp_path / "logs" / "app.log"


@pytest.fixture
def follow(shell, log):
    """Start a shell that obeys lines, and whose status file is `log`."""
    log.parent.mkdir()
    return lambda **options: shell('while read -r line; do eval "$line"; done', status_file=log, **options)


def test_lines_arrive_while_the_application_runs_and_meet_its_handler(follow, sink, log):
    calls = []
    process = follow(stdout_handler=collect(r"^frame \d+", calls))
    for number in range(1, 4):
        process.write_line(f"echo frame {number} >> {log}")
        sink.wait_for(b"frame %d\n" % number)
    assert process.wait() == 0
    assert calls == ["frame 1", "frame 2", "frame 3"]


def test_a_file_and_a_folder_may_come_late(shell, sink, log):
    process = shell('while read -r line; do eval "$line"; done', status_file=log)
    process.write_line(f"mkdir {log.parent}; echo begun > {log}")
    sink.wait_for(b"begun\n")
    process.wait()


def test_what_is_written_last_is_read_before_the_end(follow, sink, log):
    process = follow()
    process.write_line(f"seq 100000 > {log}; printf unfinished >> {log}; exit 3")
    assert process.wait() == 3
    assert sink.stdout == b"".join(b"%d\n" % number for number in range(1, 100_001)) + b"unfinished\n"
    assert process.last_lines[-1] == "unfinished"


def test_a_file_that_is_there_is_read_from_its_end(shell, sink, tmp_path):
    log = tmp_path / "app.log"
    log.write_text("old\n")
    shell(f"echo new >> {log}", status_file=log).wait()
    assert sink.stdout == b"new\n"


@pytest.mark.parametrize("new", ["a longer text than before", "short", "same"])
def test_a_file_that_is_written_anew_is_read_from_its_beginning(shell, sink, tmp_path, new):
    log = tmp_path / "app.log"
    log.write_text("old text\n")
    shell(f"printf '{new if new != 'same' else 'new text'}\\n' > {log}", status_file=log).wait()
    assert sink.stdout.decode() == (new if new != "same" else "new text") + "\n"


def test_a_line_that_is_written_again_and_again_in_its_place_is_matched_each_time(follow, sink, log):
    calls = []
    process = follow(stdout_handler=collect(r"^\d+%$", calls))
    for percent in (10, 20, 30):
        process.write_line(f"printf {percent}%% > {log}")
        sink.wait_for(b"%d%%\n" % percent)
    process.wait()
    assert calls == ["10%", "20%", "30%"]


def test_a_file_that_is_moved_away_is_read_to_its_end_and_then_the_new_one(follow, sink, log):
    process = follow()
    process.write_line(f"echo 1 > {log}")
    sink.wait_for(b"1\n")
    for number in range(2, 20, 2):
        process.write_line(f"printf {number} >> {log}; mv {log} {log}.{number}; echo {number + 1} > {log}")
        sink.wait_for(b"%d\n" % (number + 1))
    process.write_line(f"rm {log}; echo last > {log}")
    sink.wait_for(b"last\n")
    process.wait()
    assert sink.stdout.split() == [*(b"%d" % number for number in range(1, 20)), b"last"]


@pytest.mark.not_wine(
    "a deleted file keeps its folder until its last handle is closed; on Windows its name goes at once"
)
def test_a_folder_that_is_made_again_is_watched_again(follow, sink, log):
    process = follow()
    process.write_line(f"echo 1 > {log}")
    sink.wait_for(b"1\n")
    process.write_line(f"rm -r {log.parent}; mkdir {log.parent}; echo 2 > {log}")
    sink.wait_for(b"2\n")
    process.write_line(f"echo 3 >> {log}")
    sink.wait_for(b"3\n")
    process.wait()


def test_a_flush_reads_what_was_written_before_it(follow, sink, log):
    process = follow()
    for number in range(50):
        process.write_line(f"echo {number} >> {log}; echo written {number}")
        sink.wait_for(b"written %d\n" % number)
        assert process.flush_output(30)
        assert b"\n%d\n" % number in b"\n" + sink.stdout


def test_it_has_the_encoding_of_the_application(python, sink, log, tmp_path):
    log.parent.mkdir()
    code = f"open({str(log)!r}, 'w', encoding='utf-16').write('caf\\xe9\\n')"
    python(code, status_file=log, encoding="utf-16").wait()
    assert sink.stdout.decode() == "café\n"


def test_a_relative_path_is_in_the_startup_directory(shell, sink, tmp_path):
    shell("echo here > app.log", status_file="app.log", startup_directory=tmp_path).wait()
    assert sink.stdout == b"here\n"


def test_a_callback_that_raises_fails_as_it_does_for_output(follow, sink, log):
    def fail(match):
        raise ValueError(match[0])

    handler = RegexHandler([RegexCallback([re.compile("^Error.*")], fail)])
    process = follow(stdout_handler=handler, end_on_callback_error=True)
    process.write_line(f"echo Error 7 > {log}")
    assert process.wait_ended(SECONDS)
    assert str(process.callback_error) == "Error 7"


def test_what_is_no_file_is_a_warning_once(shell, tmp_path, caplog):
    import logging

    shell("echo 1; echo 2", status_file=tmp_path, logger=logging.getLogger("application")).wait()
    assert [record.message for record in caplog.records if "status file" in record.message] == [
        f"the status file {tmp_path} cannot be read: it is not a regular file"
    ]


@pytest.mark.parametrize(("path", "error"), [(3, TypeError), ("", ValueError), (b"a.log", TypeError)])
def test_what_is_no_path_is_rejected(shell, path, error):
    with pytest.raises(error, match="status file"):
        shell("true", status_file=path)


@pytest.mark.posix("looks at descriptors in /dev")
def test_no_descriptor_stays_open(shell, tmp_path, start):
    log = tmp_path / "app.log"
    log.write_text("old\n")
    shell("true", status_file=log).wait()
    before = os.listdir("/dev/fd")
    shell(f"mv {log} {log}.1; echo new > {log}", status_file=log).wait()
    with pytest.raises(FileNotFoundError):
        start(["/no/such/program"], status_file=log)
    assert len(os.listdir("/dev/fd")) == len(before)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_on_linux_a_change_is_an_event(log):
    log.parent.mkdir()
    watched = _file_changes.FileChanges(str(log))
    assert watched.descriptor is not None
    watched.close()
