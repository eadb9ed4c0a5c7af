"""Files of a session on Windows: private, and open to be replaced and removed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

if sys.platform != "win32":
    pytest.skip("needs Windows: the twins of other systems have tests of their own", allow_module_level=True)

import msvcrt

from adaptor_runtime.adaptors._messages import journal as journal_module
from adaptor_runtime.adaptors._messages.journal import Journal
from adaptor_runtime.ipc import _access_windows as access_windows
from adaptor_runtime.ipc._access_windows import accounts, judge, own_account, private_attributes
from adaptor_runtime.ipc._errors import BadInputError
from adaptor_runtime.ipc._files import (
    connection_file,
    lifeline,
    private_file_windows,
    session_directory,
)
from adaptor_runtime.ipc._files.guarded_directory import GuardedDirectory
from adaptor_runtime.ipc._files.private_file import (
    append_to,
    create_private,
    locked,
    read_private,
    remove_file,
    replace,
    replace_content,
    usable_path,
)
from adaptor_runtime.ipc._files.working_directory import WorkingDirectory

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


def described(text):
    """Return a security descriptor from its text: https://learn.microsoft.com/windows/win32/secauthz."""
    descriptor = ctypes.c_void_p()
    convert = ctypes.WinDLL("advapi32").ConvertStringSecurityDescriptorToSecurityDescriptorW
    convert.argtypes = (ctypes.c_wchar_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p)
    assert convert(text, 1, ctypes.byref(descriptor), None)
    return descriptor  # a test may forget to free it


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"O:{ME}D:P(A;;FA;;;{ME})(A;;FA;;;SY)(A;;FA;;;BA)", (ME, [ME, SYSTEM, ADMINISTRATORS])),
        (f"O:{OTHER}D:P(A;;FA;;;{OTHER})", (OTHER, [OTHER])),
        (f"O:{ME}D:(A;ID;FR;;;BU)(D;;FA;;;{OTHER})", (ME, [USERS])),
        (f"O:{ME}D:(A;;FR;;;WD)", (ME, ["S-1-1-0"])),
        (f"O:{ME}", (ME, None)),
        (f"O:{ME}D:", (ME, [])),
    ],
)
def test_the_access_list_of_a_file_is_read(text, found):
    assert accounts(described(text)) == found


def test_a_connection_file_of_another_user_is_rejected(tmp_path, monkeypatch):
    path = write(tmp_path / "connection.json", b"{}")
    monkeypatch.setattr(access_windows, "accounts", lambda _: (OTHER, [OTHER]))
    with pytest.raises(BadInputError, match=f"belongs to another user .{OTHER}"):
        connection_file.read(path)
    monkeypatch.setattr(access_windows, "accounts", lambda _: (own_account(), [own_account(), USERS]))
    with pytest.raises(BadInputError, match=f"open to other users .{USERS}"):
        connection_file.read(path)


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


def test_who_has_waited_for_a_lock_whose_file_was_removed_holds_the_one_that_is_there(tmp_path):
    path = write(tmp_path / "file", b"content")
    waiting = threading.Event()
    found = []

    def second():
        waiting.set()
        with locked(path, 100):
            found.append(os.path.exists(f"{path}.lock"))

    thread = threading.Thread(target=second)
    with locked(path, 100):
        thread.start()
        waiting.wait()
        time.sleep(0.2)  # it has the file open now; there is no event for that
        os.rename(f"{path}.lock", tmp_path / "removed")  # what a removal does at once on Windows 10
    thread.join()
    assert found == [True]
    assert sorted(os.listdir(tmp_path)) == ["file", "removed"]


@pytest.mark.parametrize("text", [b"new", b"longer than what was there"])
def test_the_text_of_a_file_that_another_program_has_open_is_replaced(tmp_path, text):
    path = write(tmp_path / "file", b"what was there")
    source = write(tmp_path / "source", text)
    with open(path, "rb"):  # which lets nobody remove it, as most programs do
        replace_content(source, path)
        assert read_private(path, 100).rstrip(b" ") == text


def test_a_file_that_another_program_shares_with_nobody_for_a_moment_is_read(tmp_path):
    path = write(tmp_path / "file", b"content")
    other = private_file_windows._open(path, private_file_windows._READ, 3, 0, os.O_RDONLY, share=0)
    closing = threading.Timer(0.2, os.close, [other])
    closing.start()
    assert read_private(path, 100) == b"content"
    closing.join()


def test_a_file_that_another_program_has_open_for_a_moment_is_removed(tmp_path):
    path = write(tmp_path / "file", b"content")
    other = open(path, "rb")  # noqa: SIM115  a thread closes it
    with pytest.raises(PermissionError):
        os.unlink(path)
    closing = threading.Timer(0.2, other.close)
    closing.start()
    remove_file(path)
    assert not os.path.exists(path)
    closing.join()


@pytest.mark.not_wine("a removed file that is open somewhere can be opened again, until it is closed")
@pytest.mark.parametrize("use", [create_private, append_to])
def test_the_place_of_a_removed_file_that_is_still_open_is_waited_for(tmp_path, use):
    path = write(tmp_path / "file", b"content")
    descriptor = private_file_windows._open(path, private_file_windows._READ, 3, 0, os.O_RDONLY)
    os.unlink(path)
    closing = threading.Timer(0.2, os.close, [descriptor])  # where the system keeps the name until then
    closing.start()
    os.close(use(path))
    assert (tmp_path / "file").read_bytes() == b""
    closing.join()


def test_what_is_refused_because_a_removed_file_has_still_its_name_is_tried_again(tmp_path, monkeypatch):
    system, asked = private_file_windows._kernel, []

    def refuse_twice(*arguments):
        asked.append(arguments)
        return system.CreateFileW(*arguments) if len(asked) > 2 else private_file_windows._INVALID

    monkeypatch.setattr(private_file_windows, "_kernel", SimpleNamespace(CreateFileW=refuse_twice))
    status = SimpleNamespace(RtlGetLastNtStatus=lambda: private_file_windows._DELETE_PENDING)
    monkeypatch.setattr(private_file_windows, "_native", status)
    write(tmp_path / "file", b"content")
    assert len(asked) == 3


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


def strangers_of(path):
    """Return who else may use a file or a folder."""
    how = (private_file_windows._READ_CONTROL, private_file_windows._OPEN_EXISTING, private_file_windows._BACKUP)
    descriptor = private_file_windows._open(str(path), *how, os.O_RDONLY)
    try:
        return access_windows.strangers(msvcrt.get_osfhandle(descriptor))
    finally:
        os.close(descriptor)


def test_nobody_else_may_enter_a_session_directory():
    directory = session_directory.create()
    assert strangers_of(directory.path) == ("", [])
    session_directory.remove(directory)


@pytest.mark.not_wine("a new file is open to everybody, whatever the access list of its folder hands down")
def test_what_is_made_in_a_session_directory_is_private_as_well():
    directory = session_directory.create()
    file = os.path.join(directory.path, "application.key")
    with open(file, "x"):
        pass
    assert strangers_of(file) == ("", [])
    session_directory.remove(directory)


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


WAITS = """
import sys
from adaptor_runtime.ipc._files.guarded_directory import GuardedDirectory
directory = GuardedDirectory()
print(directory.path, flush=True)
sys.stdin.read()
"""


def test_the_directory_of_a_killed_process_is_removed_by_the_next_one_and_that_of_a_living_one_stays(temporary):
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WAITS], **options) as lives:
        living = lives.stdout.readline().strip()
        with subprocess.Popen([sys.executable, "-c", WAITS], **options) as killed:
            left = killed.stdout.readline().strip()
            killed.kill()
        assert os.path.isdir(left)
        own = GuardedDirectory()
        assert {os.path.join(temporary, name) for name in os.listdir(temporary)} == {living, own.path}
        own.remove()
        lives.stdin.close()
    assert os.listdir(temporary) == []


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TEMP", str(folder))
    monkeypatch.setenv("TMP", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def test_a_working_directory_that_cannot_be_removed_is_gone_when_it_is_emptied(tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    assert not WorkingDirectory(str(work)).is_gone()
    (work / "file").touch()
    directory = WorkingDirectory(str(work))
    monkeypatch.chdir(work)
    assert not directory.is_gone()
    (work / "file").unlink()
    assert directory.is_gone()
    directory.remove_rest()
    assert not work.exists()


def test_a_path_of_any_length_is_used(tmp_path):
    folder = tmp_path
    while len(str(folder)) < 300:
        folder /= "a folder with a rather long name"
        os.mkdir(usable_path(str(folder)))
    path = str(folder / "connection.json")
    made = connection_file.ConnectionInfo("pipe", "key", os.getpid(), 1.0, "0", "directory")
    assert connection_file.claim(path, made) is None
    connection_file.write(path, made._replace(message="changed"))
    assert connection_file.read(path).message == "changed"
    assert connection_file.remove(path, made)
    assert os.listdir(usable_path(str(folder))) == []


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        (r"C:\short", r"C:\short"),
        ("C:/" + 300 * "n", "\\\\?\\C:\\" + 300 * "n"),
        (r"\\server\share" + "\\" + 300 * "n", r"\\?\UNC\server\share" + "\\" + 300 * "n"),
        ("\\\\?\\C:\\" + 300 * "n", "\\\\?\\C:\\" + 300 * "n"),
    ],
)
def test_a_long_path_is_marked_as_one(path, usable):
    assert usable_path(path) == usable
