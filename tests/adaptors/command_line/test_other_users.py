"""Another user of the machine finds a daemon and can do nothing with it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults("Secrets")

SOMEBODY_ELSE = 65534
SECRET = "a word that nobody else may see"

# Becomes the other user after the imports, whose files that user may not be able to read.
STRANGER = f"""
import os, socket, sys
path, secret, pid = sys.argv[1:]
os.setgroups([])
os.setgid({SOMEBODY_ELSE})
os.setuid({SOMEBODY_ELSE})

def tried(name, attempt):
    try:
        attempt()
    except PermissionError:
        print(name, "denied", flush=True)
    else:
        print(name, "done", flush=True)

directory = os.path.dirname(path)
tried("connect", lambda: socket.socket(socket.AF_UNIX).connect(path))
tried("list", lambda: os.listdir(directory))
tried("squat", lambda: socket.socket(socket.AF_UNIX).bind(path + "2"))
tried("link", lambda: os.symlink("/etc/passwd", os.path.join(directory, "planted")))
tried("remove", lambda: os.unlink(path))
tried("read", lambda: open(secret).read())
tried("signal", lambda: os.kill(int(pid), 15))
"""


@pytest.mark.posix("a process that becomes another user")
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_cannot_reach_the_socket_the_session_directory_the_connection_file_or_the_process(command_line):
    assert command_line.start({"word": SECRET}).exit_code == 0
    # The test's own folders above the private places are opened, so that only those keep the other user out.
    temporary = Path(tempfile.gettempdir())
    below = [path for path in command_line.directory.parents if temporary in path.parents]
    opened = [*below, command_line.directory, Path(command_line.temporary)]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in opened}
    try:
        for path, mode in modes.items():
            path.chmod(mode | 0o001)
        socket = json.loads(command_line.connection_file.read_text())["socket"]
        done = subprocess.run(
            [sys.executable, "-c", STRANGER, socket, str(command_line.connection_file), str(command_line.daemon.pid)],
            capture_output=True,
            check=True,
            cwd="/",
            text=True,
        )
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    names = ["connect", "list", "squat", "link", "remove", "read", "signal"]
    assert done.stdout.splitlines() == [f"{name} denied" for name in names]
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0


def test_data_appears_in_neither_arguments_nor_environment_of_the_daemon(command_line):
    # Given by file: what is typed into a command line is there by the caller's own choice.
    data = command_line.directory / "init.json"
    data.write_text(json.dumps({"word": SECRET}))
    assert command_line.start(f"file://{data}").exit_code == 0
    daemon = command_line.daemon
    for process in [daemon, *daemon.children(recursive=True)]:
        assert not any(SECRET in word for word in process.cmdline())
        assert SECRET not in str(process.environ())
    if os.name == "posix":
        for path in Path(json.loads(command_line.connection_file.read_text())["session_directory"]).rglob("*"):
            assert path.lstat().st_uid == os.geteuid()
    assert command_line.stop().exit_code == 0
