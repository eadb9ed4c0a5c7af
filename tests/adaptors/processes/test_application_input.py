from __future__ import annotations

import os
import threading

import pytest
from adaptor_runtime.adaptors.processes import ApplicationFailedError
from adaptor_runtime.adaptors.processes._application_input import ApplicationInput
from patience import SECONDS
from program_ends import SAYS_KILLED

pytestmark = pytest.mark.faults("Processes and output")

ECHO = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line); sys.stdout.buffer.flush()"


def test_an_application_reads_the_lines_in_the_order_of_writing(python, sink):
    process = python(ECHO)
    for command in ("load scene", "render 1", ""):
        process.write_line(command)
    process.wait()
    assert sink.stdout == b"load scene\nrender 1\n\n"


def test_a_line_longer_than_a_pipe_arrives_whole(python, sink):
    process = python("import sys; print(len(sys.stdin.readline()))")
    process.write_line("x" * 1_000_000)
    process.wait()
    assert sink.stdout == b"1000001\n"


def test_a_line_is_written_in_the_encoding_of_the_application(python, sink):
    process = python("import sys; print(sys.stdin.buffer.readline().hex())", encoding="latin-1")
    process.write_line("é")
    process.wait()
    assert sink.stdout == b"e90a\n"


def test_a_line_that_is_not_a_text_is_rejected(python):
    with pytest.raises(TypeError, match="write str"):
        python(ECHO).write_line(5)


@pytest.mark.parametrize("line", ["a\nb", "a\r"])
def test_a_line_with_a_line_break_is_rejected(python, line):
    with pytest.raises(ValueError, match="one line at a time"):
        python(ECHO).write_line(line)


def test_writing_to_an_application_that_has_ended_says_how_it_ended(python):
    process = python("raise SystemExit(3)")
    process.wait()
    with pytest.raises(ApplicationFailedError, match=r"no longer reads input: it exited with 3$"):
        process.write_line("render 1")


def test_writing_to_an_application_that_is_ending_says_how_it_ended(python):
    process = python("import os; os.close(0); raise SystemExit(3)")
    with pytest.raises(ApplicationFailedError, match=r"it exited with 3$"):
        while True:
            process.write_line("x" * 65536)


def test_the_end_of_an_application_ends_a_write_that_it_does_not_read(python):
    errors = []
    process = python("import time; time.sleep(1000)")

    def write():
        try:
            process.write_line("x" * 10_000_000)
        except ApplicationFailedError as error:
            errors.append(str(error))

    writer = threading.Thread(target=write)
    writer.start()
    process.terminate(0)
    writer.join(SECONDS)
    assert SAYS_KILLED in errors[0]


def test_closing_during_a_write_lets_the_write_end_first():
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader, os.fdopen(write_end, "wb", buffering=0) as pipe:
        application_input = ApplicationInput(pipe)
        writer = threading.Thread(target=application_input.write, args=(b"x" * 10_000_000,))
        writer.start()
        first = reader.read(1)
        application_input.close()
        assert len(first + reader.read()) == 10_000_000
        writer.join()
        assert pipe.closed
    with pytest.raises(BrokenPipeError):
        application_input.write(b"x")
