"""Files of a session on Windows: private, and open to be replaced and removed."""

from __future__ import annotations

import os
import sys
import threading

import pytest

if sys.platform != "win32":
    pytest.skip("needs Windows: the twins of other systems have tests of their own", allow_module_level=True)

from adaptor_runtime.adaptors._messages import journal as journal_module
from adaptor_runtime.adaptors._messages.journal import Journal
from adaptor_runtime.ipc._files import lifeline, session_directory
from adaptor_runtime.ipc._files.access_windows import judge, own_account, private_attributes
from adaptor_runtime.ipc._files.private_file import create_private, locked, read_private, replace

ME, OTHER, USERS = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002", "S-1-5-32-545"
SYSTEM, ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"


def write(path, content):
    with open(create_private(str(path)), "wb") as file:
        file.write(content)
    return str(path)


def test_a_private_file_can_be_read_by_its_user(tmp_path):
    path = write(tmp_path / "file", b"secret")
    assert read_private(path, 100) == b"secret"
    assert own_account().startswith("S-1-5-")
    assert private_attributes().descriptor
    with pytest.raises(FileExistsError):
        create_private(path)


@pytest.mark.parametrize(
    ("owner", "allowed", "found"),
    [
        (ME, [ME, SYSTEM, ADMINISTRATORS], ("", [])),
        (ADMINISTRATORS, [ME, "S-1-3-0", "S-1-3-4"], ("", [])),
        (OTHER, [ME], (OTHER, [])),
        (ME, [ME, USERS], ("", [USERS])),
        (ME, None, ("", ["everybody"])),
        (ME, [], ("", [])),
    ],
)
def test_an_access_list_is_judged(owner, allowed, found):
    assert judge(ME, owner, allowed) == found


def test_a_file_is_replaced_beside_readers(tmp_path):
    path = write(tmp_path / "file", b"0")
    ended = threading.Event()

    def read():
        while not ended.wait(0.001):  # a reader that never lets go of the file keeps everybody from it
            seen.append(read_private(path, 100))

    seen = []
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(100):
            replace(write(tmp_path / "new", b"%d" % number), path)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    assert read_private(path, 100) == b"99"
    assert all(content.isdigit() for content in seen)


def test_a_lock_that_is_held_is_waited_for_without_long_pauses(tmp_path):
    path = write(tmp_path / "file", b"content")
    order = []
    entered = threading.Event()

    def second():
        entered.wait()
        with locked(path, 100):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with locked(path, 100) as content:
        assert content == b"content"
        entered.set()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert os.listdir(tmp_path) == ["file"]


def test_a_session_directory_with_open_files_is_removed():
    directory = session_directory.create()
    lifeline.hold(os.path.join(directory.path, "ready.lock"))
    journal = Journal(os.path.join(directory.path, "journal.jsonl"), kept=False)
    journal.note("begin")
    journal.close()
    session_directory.remove(directory)
    assert not os.path.exists(directory.path)


def test_a_full_journal_turns_over_and_has_plain_line_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "LIMIT", 1000)
    journal = Journal(tmp_path / "journal.jsonl")
    for number in range(30):
        journal.note("number", number=number)
    assert sorted(os.listdir(tmp_path)) == ["journal.jsonl", "journal.jsonl.1"]
    for name in os.listdir(tmp_path):
        content = (tmp_path / name).read_bytes()
        assert len(content) <= 1000
        assert b"\r" not in content
