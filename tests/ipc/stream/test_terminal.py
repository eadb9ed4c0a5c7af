from __future__ import annotations

import os

import pytest
from adaptor_runtime.ipc._stream.terminal import is_capable, terminal_size


@pytest.mark.parametrize("path", [os.devnull, __file__])
def test_the_null_device_and_a_file_are_no_terminals(path):
    descriptor = os.open(path, os.O_RDONLY)
    assert not is_capable(descriptor)
    assert terminal_size(descriptor) == (0, 0)
    os.close(descriptor)
    assert not is_capable(descriptor)
    assert terminal_size(descriptor) == (0, 0)


@pytest.mark.posix("a terminal that a test can make")
def test_a_terminal_has_a_size(monkeypatch):
    import fcntl
    import pty
    import struct
    import termios

    ours, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    monkeypatch.setenv("TERM", "xterm")
    assert is_capable(terminal)
    assert terminal_size(terminal) == (100, 24)
    os.close(terminal)
    os.close(ours)
