"""The output of applications on Windows, through pipes of our own."""

from __future__ import annotations

import os
import sys
import tempfile
import threading

import psutil
import pytest
from adaptor_runtime.adaptors import LoggingSubprocess

pytestmark = [
    pytest.mark.windows("on POSIX, tests/adaptors/processes does this with shells"),
    pytest.mark.timeout(300),
]


class Sink:
    def __init__(self):
        self.seen = b""
        self.changed = threading.Condition()

    def __call__(self, name, block):
        with self.changed:
            self.seen += block
            self.changed.notify_all()

    def wait_for(self, text):
        with self.changed:
            assert self.changed.wait_for(lambda: text in self.seen, 60), self.seen


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def start(sink):
    started = []

    def start(program, **options):
        process = LoggingSubprocess(args=[sys.executable, "-c", program], emit_output=sink, **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate(0)


def test_a_flush_does_not_wait_for_a_silent_application(start, sink):
    process = start("print('ready', flush=True); import time; time.sleep(600)")
    sink.wait_for(b"ready\n")
    assert process.flush_output(10)


def test_a_flush_delivers_what_was_written_before(start, sink):
    process = start(
        "import sys\n"
        "for line in sys.stdin:\n"
        "    sys.stdout.write('answer ' + line); sys.stdout.flush()\n"
        "    open(line.strip(), 'w').close()\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        for number in range(100):
            file = os.path.join(folder, str(number))
            process.write_line(file)
            while not os.path.exists(file):
                pass
            assert process.flush_output(10)
            assert f"answer {file}".encode() in sink.seen.replace(b"\r", b"")


def test_all_output_is_delivered_before_the_end_is_known(start, sink):
    process = start("import sys\nfor n in range(20000): print('line', n)\nprint('error', file=sys.stderr)")
    assert process.wait() == 0
    lines = sink.seen.split(b"\n")
    assert lines.count(b"error") == 1
    assert [line for line in lines if line.startswith(b"line")] == [b"line %d" % n for n in range(20000)]


def test_a_python_program_writes_and_reads_utf8_whatever_the_code_page(start, sink):
    process = start("print(ascii(input()), '\u00e4\u20ac')")
    process.write_line("\u00fc\u4e2d")
    assert process.wait() == 0
    assert sink.seen.splitlines() == [b"'\\xfc\\u4e2d' " + "\u00e4\u20ac".encode()]


def test_a_variable_of_the_author_decides_what_a_python_program_writes(start, sink):
    variables = {**os.environ, "PYTHONIOENCODING": "cp850"}
    process = start("print('\u00e4')", environment=variables, encoding="cp850")
    assert process.wait() == 0
    assert sink.seen == "\u00e4\n".encode()


@pytest.mark.parametrize(("encoding", "written"), [("cp850", b"\x84"), ("cp1252", b"\xe4"), ("utf-8", b"\xc3\xa4")])
def test_the_code_page_of_a_program_is_an_option(start, sink, encoding, written):
    process = start(f"import sys; sys.stdout.buffer.write({written!r} + b'\\r\\n')", encoding=encoding)
    assert process.wait() == 0
    assert sink.seen == "\u00e4\n".encode()


def test_an_application_that_closes_its_output_is_not_over(start, sink):
    process = start("import os, sys\nprint('bye', flush=True)\nos.close(1)\nos.close(2)\nsys.stdin.read()\n")
    sink.wait_for(b"bye\n")
    assert process.is_running
    assert process.wait() == 0


def test_ten_applications_leave_no_pipe_open(start, sink):
    start("pass").wait()
    before = psutil.Process().num_handles()
    for _ in range(10):
        start("print('hello')").wait()
    assert psutil.Process().num_handles() < before + 30
