from __future__ import annotations

import io
import sys

import pytest
from adaptor_runtime_client._console import complain, flush, say


class Closed(io.StringIO):
    """A stream that somebody has closed."""

    def __init__(self):
        super().__init__()
        self.close()


class Broken:
    """What an application may have put in place of a stream."""

    def write(self, text):
        raise RuntimeError("no window")

    def flush(self):
        raise RuntimeError("no window")


def test_lines_go_where_they_belong(capsys):
    say("done")
    complain("not done")
    assert capsys.readouterr() == ("done\n", "not done\n")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_text_that_the_stream_cannot_write_is_escaped(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, newline="\n"))
    say("file \udcff")
    assert raw.getvalue() == b"file \\udcff\n"


@pytest.mark.parametrize("stream", [None, Closed(), Broken()])
def test_no_stream_can_make_it_fail(monkeypatch, stream):
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    say("done")
    complain("not done")
    flush()


def test_output_leaves_the_process_even_if_a_stream_is_broken(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "__stdout__", Broken())
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, "utf-8", newline="\n"))
    print("done", file=sys.stderr)
    flush()
    assert raw.getvalue() == b"done\n"
