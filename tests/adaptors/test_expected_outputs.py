from __future__ import annotations

import os
import threading
import time
import types
from pathlib import Path

import pytest
from adaptor_runtime.adaptors import _expected_outputs
from adaptor_runtime.adaptors._expected_outputs import ExpectedOutputs
from adaptor_runtime.ipc._own_process.plain_call import NotCalledError


class Pauses:
    """Stands in for waiting: does something instead, once."""

    def __init__(self, instead=lambda: None, *, over=False):
        self.seconds = []
        self._instead = instead
        self._over = over

    def __call__(self, seconds):
        self.seconds.append(seconds)
        instead, self._instead = self._instead, lambda: None
        instead()
        return self._over


def settled(path, text="old"):
    """Write a file whose time of change is in the past."""
    path.write_text(text)
    os.utime(path, (1_000_000_000.5, 1_000_000_000.5))
    return path


def expect(*paths):
    outputs = ExpectedOutputs(paths)
    pauses = Pauses()
    outputs.remember(pauses)
    assert pauses.seconds == []
    return lambda patience=0.0, pause=None: outputs.wait(patience, pause or Pauses())


def test_files_that_the_task_writes_are_fine(tmp_path):
    old = settled(tmp_path / "old.exr")
    problems = expect(tmp_path / "new.exr", str(old), tmp_path / "folder")
    (tmp_path / "new.exr").write_text("picture")
    old.write_text("new")  # of the same size
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "1.exr").write_text("")
    assert problems() == []


def test_what_is_missing_empty_or_old_is_named(tmp_path):
    old, truncated = settled(tmp_path / "old.exr"), settled(tmp_path / "truncated.exr")
    problems = expect(tmp_path / "missing.exr", tmp_path / "empty.exr", old, truncated, tmp_path / "folder")
    (tmp_path / "empty.exr").touch()
    truncated.write_text("")
    (tmp_path / "folder").mkdir()
    assert problems() == [
        f"{tmp_path / 'missing.exr'} is missing",
        f"{tmp_path / 'empty.exr'} is empty",
        f"{old} is old: the task did not write it",
        f"{truncated} is empty",
        f"{tmp_path / 'folder'} is an empty folder",
    ]


def test_a_file_may_have_any_time_if_it_is_another_one(tmp_path):
    old, copied = settled(tmp_path / "old.exr"), settled(tmp_path / "copied.exr")
    problems = expect(old, copied, tmp_path / "new.exr")
    settled(tmp_path / "new.exr")  # the clock of the file server is years behind
    settled(tmp_path / "other", "new").replace(old)  # written elsewhere, and moved here with its time
    settled(copied, "longer")
    assert problems() == []


def at(monkeypatch, moment):
    """Make the clock show this moment, however long ago it was."""
    clock = types.SimpleNamespace(time=lambda: moment, monotonic=time.monotonic)
    monkeypatch.setattr(_expected_outputs, "time", clock)


def test_a_file_that_was_just_written_cannot_be_mistaken_for_the_new_one(tmp_path, monkeypatch):
    file = tmp_path / "a.exr"
    file.write_text("old")
    at(monkeypatch, file.stat().st_mtime)
    outputs, pauses = ExpectedOutputs([file]), Pauses()
    outputs.remember(pauses)
    (seconds,) = pauses.seconds
    assert 0 < seconds <= 0.02
    time.sleep(seconds)  # what is tested: the time of the file system goes on
    file.write_text("new")
    assert outputs.wait(0.0, Pauses()) == []


def test_where_times_are_whole_seconds_it_may_take_two(tmp_path, monkeypatch):
    file = tmp_path / "a.exr"
    file.write_text("old")
    now = int(time.time())
    os.utime(file, (now, now))
    at(monkeypatch, now)
    pauses = Pauses()
    ExpectedOutputs([file]).remember(pauses)
    assert 0 < pauses.seconds[0] <= 2


def test_a_file_that_arrives_late_is_waited_for(tmp_path):
    problems = expect(tmp_path / "a.exr")
    late = Pauses(lambda: (tmp_path / "a.exr").write_text("picture"))
    assert problems(30.0, late) == []
    assert len(late.seconds) == 1


def test_the_wait_is_bounded_and_ends_with_a_cancel(tmp_path):
    problems = expect(tmp_path / "a.exr")
    event = threading.Event()
    began = time.monotonic()
    assert problems(0.2, event.wait) == [f"{tmp_path / 'a.exr'} is missing"]
    assert 0.2 <= time.monotonic() - began < 30
    canceled = Pauses(over=True)
    assert problems(30.0, canceled) == [f"{tmp_path / 'a.exr'} is missing"]
    assert len(canceled.seconds) == 1


def test_each_folder_is_opened_before_a_file_in_it_is_missing(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(_expected_outputs, "_ask", asked.append)
    ExpectedOutputs([tmp_path / "a" / "1.exr", tmp_path / "a" / "2.exr", tmp_path / "b.exr"]).wait(0.0, Pauses())
    assert sorted(asked) == [str(tmp_path), str(tmp_path / "a")]


def test_a_relative_path_belongs_to_the_directory_of_the_adaptor(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problems = expect("a.exr", Path("b.exr"))
    (tmp_path / "b.exr").write_text("picture")
    monkeypatch.chdir("/")
    assert problems() == [f"{tmp_path / 'a.exr'} is missing"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("x" * 300, "File name too long", marks=pytest.mark.posix("no file has such a name there")),
        ("a\0/b", "embedded null"),
    ],
)
def test_a_file_that_no_system_call_takes_is_said(name, said):
    (problem,) = expect(f"/tmp/{name}")()
    assert "cannot be read" in problem
    assert said in problem


def test_a_file_that_is_written_again_with_its_size_and_time_is_new(tmp_path):
    file = settled(tmp_path / "a.exr")
    problems = expect(file)
    assert problems() == [f"{file} is old: the task did not write it"]
    time.sleep(0.02)  # what is tested: the time of the file system goes on
    settled(file, "new")
    assert problems() == []


@pytest.mark.posix("there is no FIFO")
def test_what_is_no_file_or_folder_is_no_output(tmp_path):
    problems = expect(tmp_path / "pipe", os.devnull)
    os.mkfifo(tmp_path / "pipe")
    assert problems() == [f"{tmp_path / 'pipe'} is no file or folder", f"{os.devnull} is no file or folder"]


def test_what_would_be_no_output_is_not_skipped(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.exr").touch()
    outputs = ExpectedOutputs(())
    assert not any(outputs.accept(path) for path in (tmp_path / "folder", tmp_path / "empty.exr", os.devnull))
    assert outputs.accept(settled(tmp_path / "a.exr"))


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize("path", ["", ".", b"", Path()])
def test_an_empty_path_is_rejected_by_the_name_of_the_hook(path):
    with pytest.raises(ValueError, match=r"^expected_outputs has .*, which is the current directory; write the path"):
        ExpectedOutputs([path])
    with pytest.raises(ValueError, match=r"^skip_existing returned .*, which is the current directory"):
        ExpectedOutputs(()).accept(path)


def test_the_hook_may_be_a_generator_but_no_coroutine(tmp_path):
    def generator(run_data):
        yield run_data

    async def coroutine(run_data):
        return [run_data]

    outputs = ExpectedOutputs.returned_by(generator, tmp_path / "a.exr")
    assert outputs.wait(0.0, Pauses()) == [f"{tmp_path / 'a.exr'} is missing"]
    with pytest.raises(NotCalledError, match="expected_outputs returned a coroutine and did nothing"):
        ExpectedOutputs.returned_by(coroutine, tmp_path)


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("/a.exr", "returned a single path; write a list"),
        (Path("/a.exr"), "returned a single path; write a list"),
        (None, "returned None; write a list of paths, which may be empty"),
        (5, "returned 5; write a list"),
        ([5], "has 5; each output must be a str or a path"),
    ],
)
def test_what_is_no_list_of_paths_is_rejected(returned, said):
    with pytest.raises(TypeError, match=said):
        ExpectedOutputs(returned)
