from __future__ import annotations

import io
import logging
import os

from adaptor_runtime.adaptors.processes import StreamLogger
from patience import SECONDS

LOGGER = logging.getLogger("tests.stream")


def run(stream, **options):
    reader = StreamLogger(stream=stream, loggers=[LOGGER], **options)
    reader.start()
    reader.join(SECONDS)
    assert not reader.is_alive()


def test_each_line_is_logged_without_its_end(caplog):
    caplog.set_level(logging.INFO)
    run(io.StringIO("one\ntwo\r\n100%s"))
    assert [record.getMessage() for record in caplog.records] == ["one", "two", "100%s"]


def test_the_level_may_be_chosen(caplog):
    run(io.StringIO("one\n"), level=logging.ERROR, name="reader")
    assert caplog.record_tuples == [("tests.stream", logging.ERROR, "one")]


def test_a_stream_that_was_closed_is_a_warning(caplog):
    stream = io.StringIO("one\n")
    stream.close()
    run(stream)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_pipe_is_read_to_its_end(caplog):
    caplog.set_level(logging.INFO)
    reading_end, writing_end = os.pipe()
    os.write(writing_end, b"one\ntwo")
    os.close(writing_end)
    with os.fdopen(reading_end) as stream:
        run(stream)
    assert [record.getMessage() for record in caplog.records] == ["one", "two"]
