from __future__ import annotations

import pytest
from adaptor_runtime.adaptors.output import OutputLines
from adaptor_runtime.adaptors.output._output_lines import cut_long_lines
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.faults("Processes and output")


def split(chunks, **options):
    lines = OutputLines(**options)
    return [*filter(None, map(lines.feed, chunks)), lines.finish()]


def test_a_block_holds_whole_lines():
    assert split([b"one\ntw", b"o\nthree\nfo", b"ur"]) == [b"one\n", b"two\nthree\n", b"four\n"]


def test_nothing_written_is_nothing():
    assert split([]) == [b""]
    assert split([b""]) == [b""]


def test_an_empty_line_is_a_line():
    assert split([b"\n", b"\n\n"]) == [b"\n", b"\n\n", b""]


@pytest.mark.parametrize("chunks", [[b"a\r\nb\r\n"], [b"a\r", b"\nb\r", b"\n"], [b"a", b"\r", b"", b"\n", b"b\r\n"]])
def test_a_return_and_a_newline_are_one_end_of_line(chunks):
    assert b"".join(split(chunks)) == b"a\nb\n"


def test_a_return_ends_a_line_at_once():
    assert OutputLines().feed(b"50%\r") == b"50%\n"


def test_nothing_else_ends_a_line():
    line = "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\n".encode()
    assert split([line]) == [line, b""]


def test_bytes_that_are_not_utf_8_are_shown():
    assert split([b"caf\xe9\nna\xc3\xafve\n"]) == ["caf\\xe9\nnaïve\n".encode(), b""]


def test_a_character_may_arrive_in_two_pieces():
    assert split([b"na\xc3", b"\xafve\n"]) == ["naïve\n".encode(), b""]


def test_another_encoding_is_translated():
    assert b"".join(split(["é\nb".encode("utf-16")], encoding="utf-16")) == "é\nb\n".encode()
    assert b"".join(split([b"caf\xe9\n"], encoding="latin-1")) == "café\n".encode()
    assert b"".join(split([b"\x83\n"], encoding="ascii")) == b"\\x83\n"


def test_a_long_line_is_cut_before_its_end_has_come():
    lines = OutputLines(longest_line=10)
    assert lines.feed(b"x" * 25) == b"x" * 10 + b"\n" + b"x" * 10 + b"\n"
    assert lines.feed(b"\n") == b"xxxxx\n"


def test_a_line_of_just_the_greatest_length_is_not_cut():
    assert split([b"x" * 10 + b"\n" + b"y" * 10 + b"\n"], longest_line=10) == [
        b"x" * 10 + b"\n" + b"y" * 10 + b"\n",
        b"",
    ]


def test_a_character_is_not_cut():
    assert cut_long_lines("aéééé\n".encode(), 4) == "aé\néé\né\n".encode()
    assert cut_long_lines("a😀😀\n".encode(), 6) == "a😀\n😀\n".encode()


def test_bytes_shown_count_as_what_is_shown():
    assert max(map(len, b"".join(split([b"\xff" * 25], longest_line=10)).split(b"\n"))) <= 10


@given(st.lists(st.binary(max_size=40)), st.integers(4, 30))
def test_however_it_is_read_the_text_is_the_same(chunks, longest):
    whole = b"".join(chunks)
    text = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", "backslashreplace")
    blocks = split(chunks, longest_line=1000)
    assert all(block.endswith(b"\n") for block in blocks if block)
    assert b"".join(blocks).decode() == (text if not text or text.endswith("\n") else text + "\n")
    pieces = b"".join(split(chunks, longest_line=longest))
    pieces.decode()
    assert max(map(len, pieces.split(b"\n"))) <= longest
