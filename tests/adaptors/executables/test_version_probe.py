"""How a program is asked for its version, and when it is not asked again."""

from __future__ import annotations

import json
import os
import signal
import stat
import time

import pytest
from adaptor_runtime.adaptors.executables import _version_cache
from adaptor_runtime.adaptors.executables._errors import NoVersionError
from adaptor_runtime.adaptors.executables._version_probe import VersionProbe
from adaptor_runtime.adaptors.processes import _registry as registry
from adaptor_runtime.ipc._processes.process_tree import group_alive
from platforms import LINK
from private_files import is_private, write_for_others
from program_ends import CRASH, SAYS_CRASHED

PATTERN = r"^Paint (\d+\.\d+(?:\.\d+)?)|^brush (\d+)"
SHOWN = f"the pattern is {PATTERN!r}"


def probe(timeout=20.0, arguments=("--version",), pattern=PATTERN):
    return VersionProbe(arguments, pattern, timeout)


def complaint(path, **options):
    with pytest.raises(NoVersionError) as caught:
        probe(**options).version_of(path)
    return str(caught.value)


# The answer


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("echo 'Paint 4.2.1'", "4.2.1"),
        ("echo 'Paint 4.2.1' >&2", "4.2.1"),
        ("echo 'Paint 4.2.1'; exit 1", "4.2.1"),
        ("echo loading; echo 'Paint 4.2.1'; echo 'Paint 9.9'", "4.2.1"),
        ("echo brush 12", "12"),
        ("printf '\\033[1mPaint 4.2.1\\033[0m'", "4.2.1"),
        ("printf 'Paint 4.2.1\\r\\n'", "4.2.1"),
        ("cat; echo Paint 4.2", "4.2"),  # its input is empty
        ("seq 500000; echo Paint 4.2", None),
    ],
)
def test_the_version_is_the_first_match_in_a_line_of_either_output(program, script, version):
    path = program("paint", script)
    if version is None:
        assert "did not print a version" in complaint(path)
    else:
        assert probe().version_of(path) == version


def test_without_a_group_the_match_is_the_version_and_one_without_a_number_is_none(program):
    path = program("paint", "echo version unknown; echo version 7")
    assert probe(pattern=r"(?<=version )\w+").version_of(path) == "7"


def test_the_program_gets_the_arguments(program):
    assert probe(arguments=("Paint", "4.2")).version_of(program("paint", "echo $1 $2")) == "4.2"


def test_a_program_that_does_not_answer_is_ended_with_its_children(program, tmp_path):
    path = program("paint", f"echo $$ >{tmp_path}/pid; echo waiting; sleep 300 & trap '' TERM; wait; sleep 300")
    begun = time.monotonic()
    said = complaint(path, timeout=2)
    assert said == f"did not print a version (was still running after 2 seconds; it printed 'waiting'; {SHOWN})"
    assert time.monotonic() - begun < 90
    assert not group_alive(int((tmp_path / "pid").read_text()))
    assert registry.is_empty()


def test_a_program_that_prints_its_version_and_stays_is_ended_too(program, tmp_path):
    path = program("paint", f"echo $$ >{tmp_path}/pid; echo Paint 4.2; exec sleep 300")
    assert probe(timeout=2).version_of(path) == "4.2"
    assert not group_alive(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (CRASH, f"did not print a version ({SAYS_CRASHED}; it printed nothing)"),
        (
            "echo Painter 4; echo a; echo ' '; echo b; echo c",
            f"did not print a version (exited with 0; it printed 'Painter 4', 'a', 'b', …; {SHOWN})",
        ),
        ("echo no license; exit 2", f"did not print a version (exited with 2; it printed 'no license'; {SHOWN})"),
    ],
)
def test_the_complaint_says_how_it_ended_what_it_printed_and_the_pattern(program, script, said):
    assert complaint(program("paint", script)) == said


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (CRASH, SAYS_CRASHED),
        pytest.param(
            "exit 134", "exited with 134 (in a shell: SIGABRT)", marks=pytest.mark.posix("numbers of signals")
        ),
    ],
)
def test_a_program_that_crashes_after_its_version_is_not_used(program, end, how):
    path = program("paint", f"echo Paint 4.2; {end}")
    for _ in range(2):  # it is not remembered, either
        assert complaint(path) == f"printed the version 4.2, but then {how}"


def test_a_program_that_cannot_be_started_is_told(program, tmp_path):
    path = tmp_path / "paint.exe"
    path.write_bytes(b"\x7fELF, but damaged")
    path.chmod(0o755)
    assert "cannot be executed" in complaint(str(path))
    assert complaint(str(tmp_path / "missing")).startswith("cannot be examined: ")


def test_its_output_is_not_that_of_the_session(program, capfd):
    probe().version_of(program("paint", "4.2"))
    assert "Paint" not in "".join(capfd.readouterr())


@pytest.mark.posix("a process starts with the signals blocked that its parent has blocked")
def test_a_program_gets_no_blocked_signal(program):
    status = "sed -n 's/^SigBlk:.*[1-9a-f].*/blocked/p' /proc/$$/status"
    path = program("paint", f'test -z "$({status})" && echo Paint 4.2')
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
    try:
        assert probe().version_of(path) == "4.2"
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


# The cache


def next_session():
    _version_cache.forget()


def test_a_program_is_asked_once_per_file_by_all_sessions(program):
    path = program("paint", "4.2")
    for _ in range(2):
        assert [probe().version_of(path) for _ in range(2)] == ["4.2", "4.2"]
        next_session()
    assert program.starts == ["paint"]


def test_a_program_is_asked_again_when_its_file_changes(program):
    path = program("paint", "4.2")
    assert probe().version_of(path) == "4.2"
    program("paint", "4.2.1")
    assert probe().version_of(path) == "4.2.1"
    status = os.stat(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1000))
    probe().version_of(path)
    assert len(program.starts) == 3


@LINK
def test_a_link_that_leads_to_another_file_is_asked_again(program, tmp_path):
    for version in ("4.2", "4.3"):
        path = program(f"{version}/paint", version)
        link = tmp_path / os.path.basename(path)
        link.unlink(missing_ok=True)
        link.symlink_to(path)
        os.utime(link, (1, 1))  # the files differ in nothing but their content
        assert probe().version_of(str(link)) == version


@pytest.mark.posix("the script of a shell knows by which name it was called")
def test_one_file_may_be_several_programs(program, tmp_path):
    program("all", 'case "$0" in */paint) echo Paint 4.2;; *) echo brush 7;; esac')
    for name, version in (("paint", "4.2"), ("brush", "7")):
        (tmp_path / name).symlink_to(tmp_path / "all")
        assert probe().version_of(str(tmp_path / name)) == version


def test_another_question_is_another_answer(program):
    path = program("paint", "echo Paint 4.2 build 77")
    assert probe().version_of(path) == "4.2"
    assert probe(pattern=r"build (\d+)").version_of(path) == "77"
    assert probe(arguments=("-v",), pattern=r"\d+$").version_of(path) == "77"


def test_a_program_that_did_not_tell_its_version_is_asked_again(program):
    path = program("paint", "exit 1")
    for _ in range(2):
        complaint(path)
    assert len(program.starts) == 2


def test_a_version_is_kept_for_a_day(program, monkeypatch):
    path = program("paint", "4.2")
    probe().version_of(path)
    next_session()
    now = time.time()
    monkeypatch.setattr(_version_cache.time, "time", lambda: now + _version_cache.KEPT_SECONDS + 60)
    probe().version_of(path)
    assert len(program.starts) == 2


def test_the_file_is_private_and_nothing_is_left_beside_it(program, cache):
    probe().version_of(program("paint", "4.2"))
    assert [path.name for path in cache.iterdir()] == ["versions.json"]
    assert is_private(cache / "versions.json")


@pytest.mark.posix("a mode")
def test_the_folder_of_the_cache_is_private(program, cache):
    probe().version_of(program("paint", "4.2"))
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


DAMAGED = [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"x": [1, 2], "y": ["4"], "z": "4"}', b"0" * 2_000_000]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_cache_is_ignored_and_replaced(program, cache, content):
    path = program("paint", "4.2")
    probe().version_of(path)
    next_session()
    (cache / "versions.json").write_bytes(content)
    assert probe().version_of(path) == "4.2"
    assert [version for version, _ in json.loads((cache / "versions.json").read_text()).values()] == ["4.2"]


def test_a_file_that_is_open_to_others_is_not_believed(program, cache):
    path = program("paint", "4.2")
    probe().version_of(path)
    next_session()
    file = cache / "versions.json"
    write_for_others(file, file.read_bytes().replace(b'"4.2"', b'"6.6"'))
    assert probe().version_of(path) == "4.2"


def no_folder(cache):
    cache.parent.mkdir(parents=True)
    cache.write_text("a file in its place")


def link_in_its_place(cache):
    cache.mkdir(parents=True)
    (cache / "versions.json").symlink_to(cache / "elsewhere")


def folder_in_its_place(cache):
    (cache / "versions.json").mkdir(parents=True)


@pytest.mark.parametrize("spoil", [no_folder, pytest.param(link_in_its_place, marks=LINK), folder_in_its_place])
def test_a_cache_that_cannot_be_used_is_ignored(program, cache, spoil):
    spoil(cache)
    path = program("paint", "4.2")
    assert [probe().version_of(path) for _ in range(2)] == ["4.2", "4.2"]
    assert len(program.starts) == 1
    assert not list(cache.parent.rglob("versions.json.*"))
    assert not (cache / "elsewhere").exists()


def test_without_a_home_there_is_no_file(program, monkeypatch, tmp_path):
    for name, value in {"XDG_CACHE_HOME": "relative", "LOCALAPPDATA": "relative", "HOME": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert probe().version_of(program("paint", "4.2")) == "4.2"
    assert not list(tmp_path.rglob("versions.json"))


def test_the_file_keeps_a_limited_number_of_versions(program, cache):
    probe().version_of(program("paint", "4.2"))
    file = cache / "versions.json"
    file.write_text(json.dumps({str(number): ["1", time.time() - 10 + number / 1000] for number in range(900)}))
    probe().version_of(program("brush", "4.2"))
    kept = json.loads(file.read_text())
    assert (len(kept), "899" in kept, "0" in kept) == (500, True, False)
