from __future__ import annotations

import os
import subprocess
import sys

import pytest
from adaptor_runtime.ipc._own_pipe import open_pipe
from patience import SECONDS

pytestmark = pytest.mark.faults("Inherited state")

CLOSING = """
import os, threading
from adaptor_runtime.ipc._own_pipe import open_pipe

read_end, write_end = open_pipe()
threading.Thread(target=read_end.read, args=(10,), daemon=True).start()
os.closerange(3, 1000)
print("closed", flush=True)
os._exit(0)
"""


def test_what_was_written_is_read_up_to_the_end():
    read_end, write_end = open_pipe()
    os.write(write_end, b"some words")
    assert read_end.read(4) == b"some"
    os.close(write_end)
    assert [read_end.read(10), read_end.read(10)] == [b" words", b""]
    read_end.close()


def test_code_that_closes_all_descriptors_does_not_wait_for_a_read():
    command = [sys.executable, "-c", CLOSING]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (0, "closed\n"), done


@pytest.mark.posix("a read end that has a number")
def test_nothing_is_read_from_a_file_that_has_got_its_number(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"the author's")
    read_end, write_end = open_pipe()
    file = os.open(path, os.O_RDONLY)
    os.dup2(file, read_end._own.number)
    assert read_end.read(10) == b""
    assert os.read(file, 20) == b"the author's"
    os.close(read_end._own.number)
    os.close(file)
    os.close(write_end)
