"""What a command shows on a console of Windows, and that NUL is none."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.windows("tests/adaptors/command_line/test_terminal.py does this with a pseudo terminal")

HAVE_A_TERM = {**os.environ, "TERM": "xterm"}  # as in a shell that comes from POSIX

ADAPTOR = """
from adaptor_runtime import Adaptor, SemanticVersion

class Mine(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        print("rendered")
"""

ON_A_CONSOLE = """
import ctypes, os, subprocess, sys
from ctypes import wintypes
import msvcrt
from adaptor_runtime.ipc._stream.terminal import is_capable, size

kernel = ctypes.WinDLL("kernel32")
console = os.open("CONOUT$", os.O_RDWR)
columns, lines = size(console)
print(is_capable(console), columns > 0, lines > 0, flush=True)
command = [sys.executable, "-m", "adaptor_runtime", "--adaptor", "mine:Mine", *sys.argv[1:]]
print(subprocess.run(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console).returncode)
length = columns * lines
text = ctypes.create_unicode_buffer(length)
kernel.ReadConsoleOutputCharacterW(
    wintypes.HANDLE(msvcrt.get_osfhandle(console)), text, length, wintypes._COORD(0, 0), ctypes.byref(wintypes.DWORD())
)
print(text.value)
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(ADAPTOR)
    return tmp_path


def test_nul_is_no_terminal_and_a_command_ends_although_it_is_its_output(mine):
    words = ["--adaptor", "mine:Mine", "run"]
    finished = subprocess.run(
        [sys.executable, "-m", "adaptor_runtime", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=mine,
        env=HAVE_A_TERM,
        timeout=90,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, b"")


def test_a_run_on_a_console_shows_its_lines_and_ends(mine):
    finished = subprocess.run(
        [sys.executable, "-c", ON_A_CONSOLE, "run"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=mine,
        env=HAVE_A_TERM,
        creationflags=subprocess.CREATE_NO_WINDOW,
        timeout=90,
        check=False,
        encoding="utf-8",
    )
    first, exit_code, *shown = finished.stdout.splitlines()
    assert (first, exit_code) == ("True True True", "0"), finished.stdout
    assert any("rendered" in line for line in shown)
