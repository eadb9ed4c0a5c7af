"""Real applications, mostly shells and small Python programs, and what they have written."""

from __future__ import annotations

import sys
import threading

import pytest
from adaptor_runtime.adaptors.processes import LoggingSubprocess, _registry
from patience import SECONDS
from small_shell import shell_command


class Sink:
    """Takes the blocks of an application."""

    def __init__(self):
        self.blocks = []
        self._arrived = threading.Condition()

    def __call__(self, name, block):
        with self._arrived:
            self.blocks.append((name, block))
            self._arrived.notify_all()

    def wait_for(self, text):
        """Wait until the standard output has `text` in it."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: text in self.stdout, SECONDS)

    @property
    def stdout(self):
        return self.of("stdout")

    def of(self, stream):
        return b"".join(block for name, block in self.blocks if name == stream)


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def output(sink):
    """The sink, as the one that a session gives to its applications."""
    _registry.set_output(sink)
    yield sink
    _registry.set_output(None)


@pytest.fixture
def start(sink):
    """Start an application that writes to the sink; it is ended with the test."""
    started = []

    def start(args, **options):
        options.setdefault("emit_output", sink)
        started.append(LoggingSubprocess(args=args, **options))
        return started[-1]

    yield start
    for process in started:
        process.terminate(grace_time_s=0)


@pytest.fixture
def shell(start):
    return lambda script, **options: start(shell_command(script), **options)


@pytest.fixture
def python(start):
    return lambda code, **options: start([sys.executable, "-S", "-c", code], **options)
