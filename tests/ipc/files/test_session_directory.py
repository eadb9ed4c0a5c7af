from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from adaptor_runtime.ipc._files import session_directory
from adaptor_runtime_client._transport import listen

pytestmark = pytest.mark.faults("Between processes")


@pytest.fixture
def temp_directory(tmp_path, monkeypatch):
    def use(path):
        path.mkdir(parents=True, exist_ok=True)
        monkeypatch.setattr(tempfile, "tempdir", str(path))
        return path

    return use


def test_a_session_directory_is_private_and_cannot_be_foreseen(tmp_path, temp_directory):
    temp_directory(tmp_path)
    first, second = session_directory.create(), session_directory.create()
    assert first.path != second.path
    assert Path(first.path).parent == tmp_path
    assert os.name != "posix" or stat.S_IMODE(Path(first.path).stat().st_mode) == 0o700
    session_directory.remove(first)
    session_directory.remove(second)


def test_a_short_path_also_holds_the_sockets():
    directory = session_directory.create()
    assert directory.socket_directory == directory.path
    listen(directory.socket("daemon")).close()
    session_directory.remove(directory)
    assert not Path(directory.path).exists()


@pytest.mark.posix("the path of a socket is limited; a pipe has none")
def test_a_path_too_long_for_a_socket_gets_a_short_directory_beside(tmp_path, temp_directory):
    temp_directory(tmp_path / ("long" * 25))
    directory = session_directory.create()
    assert directory.socket_directory != directory.path
    assert stat.S_IMODE(Path(directory.socket_directory).stat().st_mode) == 0o700
    assert len(os.fsencode(directory.socket("application"))) <= 100
    listen(directory.socket("application")).close()
    (Path(directory.path) / "journal").write_text("{}\n", encoding="utf-8")
    session_directory.remove(directory)
    assert not Path(directory.path).exists()
    assert not Path(directory.socket_directory).exists()


def test_removing_twice_is_no_error(tmp_path, temp_directory):
    temp_directory(tmp_path)
    directory = session_directory.create()
    session_directory.remove(directory)
    session_directory.remove(directory)


def test_no_other_directory_is_ever_removed(tmp_path):
    with pytest.raises(ValueError, match="not a session directory"):
        session_directory.remove(session_directory.SessionDirectory(str(tmp_path), str(tmp_path)))
    assert tmp_path.exists()
