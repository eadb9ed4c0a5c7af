"""The events of a foreground session are printed in order, and a reader that does not read holds up what may wait."""

from __future__ import annotations

import os
import re
import threading

import pytest
from adaptor_runtime.ipc._stream import print_queue
from adaptor_runtime.ipc._stream.print_queue import PrintQueue
from adaptor_runtime.ipc._stream.printer import Printer
from adaptor_runtime_client._messages import Log, Output
from patience import SECONDS

pytestmark = pytest.mark.faults("The view")

BLOCK = (b"x" * 99 + b"\n") * 700  # more than a pipe holds


class Reader:
    """The other end of the pipe that the queue prints to."""

    def __init__(self):
        self.descriptor, self.write_end = os.pipe()

    def read(self, size):
        data = b""
        while len(data) < size:
            data += os.read(self.descriptor, size - len(data))
        return data

    def close(self):
        os.close(self.descriptor)


@pytest.fixture
def reader():
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture
def printed(reader):
    return PrintQueue(Printer(reader.write_end))


def in_thread(function, *arguments):
    done = threading.Event()
    threading.Thread(target=lambda: (function(*arguments), done.set()), daemon=True).start()
    return done


def emit_last(printed, monkeypatch):
    """Emit more than the reader takes, and the last line on another thread, which has to wait for it."""
    monkeypatch.setattr(print_queue, "LIMIT", 1)
    for _ in range(3):
        printed.emit(Output("print"), BLOCK)
    emitted = in_thread(printed.emit, Output("print"), b"last\n")
    assert not emitted.wait(0.1)
    return emitted


def test_events_are_printed_in_order_and_the_end_waits_for_them(printed, reader):
    for number in range(1000):
        printed.emit(Log("INFO", str(number), {}))
    finished = in_thread(printed.finish)
    lines = "".join(f"INFO: {number}\n" for number in range(1000)).encode()
    assert reader.read(len(lines)) == lines
    assert finished.wait(SECONDS)


def test_the_thread_of_the_session_never_waits_for_the_reader(printed, monkeypatch):
    monkeypatch.setattr(print_queue, "LIMIT", 1)
    for _ in range(100):
        printed.emit(Output("print"), BLOCK)


def test_another_thread_waits_until_the_reader_has_made_room(printed, reader, monkeypatch):
    emitted = emit_last(printed, monkeypatch)
    assert reader.read(3 * len(BLOCK) + 5) == 3 * BLOCK + b"last\n"
    assert emitted.wait(SECONDS)


def test_no_thread_waits_once_the_session_ends_and_nothing_is_lost_below_the_limit(printed, reader, monkeypatch):
    emitted = emit_last(printed, monkeypatch)
    printed.hurry()
    assert emitted.wait(SECONDS)
    assert in_thread(printed.emit, Output("print"), b"more\n").wait(SECONDS)
    assert reader.read(3 * len(BLOCK) + 10) == 3 * BLOCK + b"last\nmore\n"
    assert printed.finish() is True


def test_output_beyond_the_last_limit_is_lost_and_reported(printed, reader, monkeypatch):
    monkeypatch.setattr(print_queue, "LAST_LIMIT", 3 * len(BLOCK))
    printed.hurry()

    def emit():
        for _ in range(20):
            printed.emit(Output("print"), BLOCK)

    assert in_thread(emit).wait(SECONDS)
    reader.read(len(BLOCK))  # the first is never lost
    printed.emit(Log("INFO", "the end", {}))
    text = b""
    while b"INFO: the end\n" not in text:
        text += os.read(reader.descriptor, 1 << 20)
    lost = int(re.search(rb"ERROR: output was lost because nobody read it count=(\d+)", text)[1])
    assert len(BLOCK) + text.count(b"x" * 99 + b"\n") * 100 == (20 - lost) * len(BLOCK)


def test_a_reader_that_takes_nothing_is_given_up_by_an_end_that_has_no_patience(printed):
    for _ in range(3):
        printed.emit(Output("print"), BLOCK)
    assert printed.finish(0.05) is False


def test_a_reader_that_sleeps_gets_everything_from_an_end_that_is_patient(printed, reader):
    for _ in range(3):
        printed.emit(Output("print"), BLOCK)
    finished = in_thread(printed.finish)
    assert not finished.wait(0.2)
    assert reader.read(3 * len(BLOCK)) == 3 * BLOCK
    assert finished.wait(SECONDS)
