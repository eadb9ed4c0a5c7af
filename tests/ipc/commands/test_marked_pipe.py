from __future__ import annotations

import os
import threading

import pytest
from adaptor_runtime.ipc._commands.marked_pipe import MarkedPipe


@pytest.fixture
def pipe():
    pipe = MarkedPipe()
    yield pipe
    pipe.close()


def test_everything_written_before_the_end_is_read_and_nothing_after_it(pipe):
    os.write(pipe.write_end, b"before\n\0almost")
    pipe.end()
    os.write(pipe.write_end, b"after\n")
    assert b"".join(pipe.blocks()) == b"before\n\0almost"


def test_reading_continues_until_the_end_mark(pipe):
    blocks = pipe.blocks()
    os.write(pipe.write_end, b"one")
    assert next(blocks) == b"one"
    ending = threading.Thread(target=pipe.end)
    ending.start()
    assert b"".join(blocks) == b""
    ending.join()


def test_more_than_a_pipe_holds_arrives_whole(pipe):
    data = os.urandom(1_000_000)

    def write():
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(pipe.write_end, rest) :]
        pipe.end()

    writing = threading.Thread(target=write)
    writing.start()
    assert b"".join(pipe.blocks()) == data
    writing.join()


def test_it_can_be_ended_again_and_late():
    pipe = MarkedPipe()
    pipe.end()
    pipe.end()
    assert b"".join(pipe.blocks()) == b""
    pipe.close()
    pipe.end()
