from __future__ import annotations

import pytest
from adaptor_runtime.ipc._stream.output_lines import (
    BUFFER_SECONDS,
    REDRAW_SECONDS,
    SILENCE_SECONDS,
    OutputLines,
    visible,
)
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.faults("Processes and output")


class Stream:
    """A stream at a time that the test tells; what is shown and what is matched of it."""

    def __init__(self, **options):
        self.now = 0.0
        self.lines = OutputLines(clock=lambda: self.now, **options)
        self.pieces = []

    def feed(self, *chunks, every=0.0):
        """Feed; after each chunk comes a silence of so many seconds."""
        for chunk in chunks:
            self.pieces += self.lines.feed(chunk)
            self.wait(every)
        return self

    def wait(self, seconds):
        end = self.now + seconds
        while self.lines.due is not None and self.lines.due <= end:
            self.now = self.lines.due
            self.pieces += self.lines.pause()
        self.now = end
        return self

    def finish(self):
        self.pieces += self.lines.finish()
        return self

    @property
    def shown(self):
        return b"".join(piece.shown for piece in self.pieces)

    @property
    def matched(self):
        return b"".join(piece.matched for piece in self.pieces)

    @property
    def blocks(self):
        return [piece.shown for piece in self.pieces]


def split(chunks, **options):
    return Stream(**options).feed(*chunks).finish().blocks


def test_a_block_holds_whole_lines():
    assert split([b"one\ntw", b"o\nthree\nfo", b"ur"]) == [b"one\n", b"two\nthree\n", b"four\n"]


def test_whole_lines_are_shown_and_matched_as_one_object():
    (piece,) = OutputLines().feed(b"one\ntwo\n")
    assert piece.shown is piece.matched


def test_nothing_written_is_nothing():
    assert split([]) == []
    assert split([b""]) == []


def test_an_empty_line_is_a_line():
    assert split([b"\n", b"\n\n"]) == [b"\n", b"\n\n"]


@pytest.mark.parametrize(
    "chunks",
    [
        [b"a\r\n\r\nb\r\n"],
        [b"a\r", b"\n\r", b"\nb\r", b"\n"],
        [b"a", b"\r", b"", b"\n\r\nb\r\n"],
        [b"a\r\r\n\r\r\nb\n"],
    ],
)
def test_a_return_and_a_newline_are_one_end_of_line(chunks):
    stream = Stream().feed(*chunks, every=0.01).finish()
    assert stream.shown == stream.matched == b"a\n\nb\n"
    assert Stream().feed(*chunks, every=10).finish().shown == b"a\n\nb\n"


def test_nothing_else_ends_a_line():
    line = "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i\n".encode()
    assert split([line]) == [line]
    assert visible(line) == "a\\x0bb\\x0cc\\x1cd\\x1de\\x1ef\x85g\u2028h\u2029i\n".encode()


def test_bytes_that_are_not_utf_8_are_shown():
    assert split([b"caf\xe9\nna\xc3\xafve\n"]) == ["caf\\xe9\nnaïve\n".encode()]
    assert split([b"caf\xe9\n"], errors="replace") == ["caf\ufffd\n".encode()]


def test_output_that_is_not_valid_cannot_be_refused():
    with pytest.raises(ValueError, match="would lose output"):
        OutputLines(errors="strict")
    with pytest.raises(LookupError):
        OutputLines(errors="no such")


def test_a_character_may_arrive_in_two_pieces():
    assert split([b"na\xc3", b"\xafve\n"]) == ["naïve\n".encode()]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_byte_order_marks_belong_to_no_line(encoding, size):
    data = "é 😀\r\nb\r\n".encode(encoding)
    if encoding.endswith(("le", "be")):
        data = "\ufeff".encode(encoding) + data
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(split(chunks, encoding=encoding)) == "é 😀\nb\n".encode()
    assert Stream(encoding=encoding).feed(data + data).finish().shown == "é 😀\nb\né 😀\nb\n".encode()


def test_another_encoding_is_translated():
    assert b"".join(split([b"caf\xe9\n"], encoding="latin-1")) == "café\n".encode()
    assert b"".join(split([b"\x83\n"], encoding="ascii")) == b"\\x83\n"
    assert b"".join(split([b"a\n\0\xd8"], encoding="utf-16-le")) == "\u0a61\\x00\\xd8\n".encode()


def test_a_long_line_is_cut_before_its_end_arrives():
    lines = Stream(longest_line=10).feed(b"x" * 25)
    assert lines.shown == b"x" * 10 + b"\n" + b"x" * 10 + b"\n"
    assert lines.feed(b"\n").blocks[-1] == b"xxxxx\n"


def test_a_line_of_just_the_greatest_length_is_not_cut():
    block = b"x" * 10 + b"\n" + b"y" * 10 + b"\n"
    assert split([block], longest_line=10) == [block]


def test_escaped_bytes_count_with_their_shown_length():
    assert max(map(len, b"".join(split([b"\xff" * 25], longest_line=10)).split(b"\n"))) <= 10


# A line without end.


def test_a_line_without_end_is_shown_after_a_silence():
    stream = Stream().feed(b"ready\nPassword: ", every=SILENCE_SECONDS / 2)
    assert stream.shown == b"ready\n"
    assert stream.wait(SILENCE_SECONDS).shown == b"ready\nPassword: \n"
    assert stream.lines.due is None


def test_where_a_full_buffer_ends_a_line_has_more_time_to_go_on():
    stream = Stream().feed(b"x" * 79 + b"\n" + b"y" * 4017, every=BUFFER_SECONDS / 2)
    assert stream.feed(b"z\n").shown.count(b"\n") == 2
    assert Stream().feed(b"\n" * 5000 + b"Password: ", every=BUFFER_SECONDS).shown.endswith(b"\nPassword: \n")


def test_a_full_buffer_may_arrive_in_pieces():
    stream = Stream().feed(b"x" * 3000, b"y" * 2000, b"z" * 10, every=SILENCE_SECONDS / 2)
    assert stream.wait(BUFFER_SECONDS / 2).shown == b""
    prompt = Stream().feed(b"x" * 3999 + b"\n", b"y" * 999 + b"\n", b"Password: ", every=SILENCE_SECONDS / 2)
    assert prompt.wait(SILENCE_SECONDS).shown.endswith(b"\nPassword: \n")


def test_the_rest_of_a_line_is_shown_separately_and_matched_as_a_whole():
    stream = Stream().feed(b"Loading", b" scene", b"... done\nnext\n", every=1)
    assert stream.blocks == [b"Loading\n", b" scene\n", b"... done\n", b"next\n"]
    assert [piece.matched for piece in stream.pieces] == [
        b"Loading\n",
        b"Loading scene\n",
        b"Loading scene... done\n",
        b"next\n",
    ]
    assert [piece.goes_on for piece in stream.pieces] == [False, True, True, False]
    assert [piece.is_part for piece in stream.pieces] == [True, True, False, False]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"  \n"])
def test_the_end_of_a_line_that_has_been_shown_is_no_line(end):
    assert Stream().feed(b"Password: ", end + b"next\n", every=1).shown == b"Password: \nnext\n"


@pytest.mark.parametrize("end", [b"\r", b"\r\r"])
def test_the_halves_of_an_end_of_line_may_be_far_apart(end):
    stream = Stream().feed(b"Password: ", end, b"\n", b"next\r", b"\n", every=5).finish()
    assert stream.shown == b"Password: \nnext\n"


@pytest.mark.parametrize("text", ["na\u00efve", "a\U0001f600b", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07red"])
def test_a_silence_breaks_no_character_and_no_escape_sequence(text):
    data = text.encode()
    for at in range(1, len(data)):
        stream = Stream().feed(data[:at], data[at:] + b"\n", every=5)
        plain = text.replace("\x1b[31m", "").replace("\x1b[0m", "").replace("\x1b]0;title\x07", "").encode()
        assert stream.shown.replace(b"\n", b"") == plain
        assert stream.pieces[-1].matched == plain + b"\n" or stream.matched == plain + b"\n"


def test_blanks_alone_are_not_shown_before_the_end_of_the_line():
    stream = Stream().feed(b"  ", every=10)
    assert stream.pieces == []
    assert stream.lines.due is None
    assert stream.feed(b"x\n").shown == b"  x\n"


def test_slow_dots_are_shown_in_ever_longer_rows():
    stream = Stream().feed(*[b"."] * 100, every=1.0).finish()
    assert stream.shown.replace(b"\n", b"") == b"." * 100
    assert stream.shown.count(b"\n") < 10


def test_half_a_message_to_a_scheduler_is_kept_through_a_silence():
    stream = Stream().feed(b"openjd_progress: 5", b"0\n", every=10)
    assert stream.blocks == [b"openjd_progress: 50\n"]


def test_the_rest_of_a_line_cannot_forge_a_message():
    stream = Stream().feed(b"it said ", b"openjd_progress: 50\n", every=10)
    assert stream.shown == b"it said \n openjd_progress: 50\n"
    assert stream.pieces[-1].matched == b"it said openjd_progress: 50\n"


def test_the_shown_part_of_a_line_is_bounded():
    stream = Stream(longest_line=10)
    for _ in range(100):
        stream.feed(b"abc", every=5)
    assert max(len(piece.matched) for piece in stream.pieces) <= 11


# A line that is drawn anew.


def test_a_first_state_is_shown_at_once():
    assert Stream().feed(b"50%\r").shown == b"50%\n"


@pytest.mark.parametrize("form", [b"%d%%\r", b"\r%d%%", b"\r\x1b[K%d%%", b"%d%%\x1b[0G\r"])
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_each_state_is_matched_and_few_are_shown(form, size):
    data = b"".join(form % number for number in range(2001)) + b"\nnext\n"
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    stream = Stream().feed(*chunks, every=10 / len(chunks)).finish()
    shown = stream.shown.split()
    assert shown[-2:] == [b"2000%", b"next"]
    assert len(shown) <= 14
    assert {*(b"%d%%" % number for number in range(2001)), b"next"} <= set(stream.matched.split())


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r        \r\n", b"\r", b""])
def test_the_last_state_is_shown(end):
    assert Stream().feed(b"1%\r2%\r3%" + end).finish().shown.split() == [b"1%", b"3%"]


def test_a_state_that_stays_is_shown_after_a_while():
    stream = Stream().feed(b"1%\r2%\r3%")
    assert stream.wait(REDRAW_SECONDS).shown == b"1%\n3%\n"
    assert Stream().feed(b"1%\r2%\r3%\r").wait(REDRAW_SECONDS).shown == b"1%\n3%\n"


def test_a_state_is_shown_once():
    stream = Stream().feed(b"1%\r", b"2%\r", b"3%\r", every=5).feed(b"\r\nnext\n").finish()
    assert stream.shown == b"1%\n2%\n3%\nnext\n"


def test_a_message_after_a_progress_bar_is_a_line():
    assert Stream().feed(b"1%\r2%\r" + b" " * 70 + b"\rWarning: dark\r\n3%\r\n").shown == b"1%\nWarning: dark\n3%\n"


# However it is read.


@given(st.lists(st.binary(max_size=40)), st.integers(4, 30))
def test_however_it_is_read_the_lines_are_the_same(chunks, longest):
    chunks = [chunk.replace(b"\r", b"\n") for chunk in chunks]
    whole = Stream(longest_line=10_000).feed(b"".join(chunks)).finish()
    stream = Stream(longest_line=10_000).feed(*chunks).finish()
    assert stream.shown == whole.shown == stream.matched
    assert all(block.endswith(b"\n") for block in stream.blocks)
    pieces = Stream(longest_line=longest).feed(*chunks, every=0.3).finish()
    pieces.shown.decode()
    assert max(map(len, pieces.shown.split(b"\n"))) <= longest + 1


@given(
    st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"\r\n", b" ", b"\xc3", b"\xa9", b"\x1b[", b"m", b"openjd_"]))
)
def test_each_whole_line_is_matched_at_any_pace(chunks):
    stream = Stream().feed(*chunks, every=0.3).finish()
    at_once = Stream().feed(b"".join(chunks)).finish()
    assert stream.lines.show() == []
    for line in at_once.shown.split(b"\n"):
        assert line.strip() in stream.matched
