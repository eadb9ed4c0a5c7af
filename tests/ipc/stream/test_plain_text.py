from __future__ import annotations

import pytest
from adaptor_runtime.ipc._stream.plain_text import (
    cut_long_lines,
    on_one_line,
    plain_text,
    unfinished_tail,
    visible_text,
)
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.faults("Processes and output")

ESCAPES = [
    b"\x1b[31m",
    b"\x1b[0;1;38;5;196m",
    b"\x1b[38:2::1:2:3m",
    b"\x1b[K",
    b"\x1b[2J",
    b"\x1b[?25l",
    b"\x1b[1 q",
    b"\x1b[10A",
    b"\x1b]0;a title\x07",
    b"\x1b]0;\xc3\xa9\x1b\\",
    b"\x1b]8;;http://a.b/c\x1b\\",
    b"\x1bP1$r0m\x1b\\",
    b"\x1b_hidden\x1b\\",
    b"\x1b(B",
    b"\x1b7",
    b"\x1bM",
    b"\x1b=",
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_escape_sequences_are_left_out(escape):
    assert plain_text(escape + b"Error: " + escape + escape + b"no disk\n") == b"Error: no disk\n"


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_piece_of_an_escape_sequence_is_kept_back(escape):
    for length in range(1, len(escape)):
        assert unfinished_tail(b"at " + escape[:length]) == 3
    assert unfinished_tail(escape) == len(escape)


@pytest.mark.parametrize("character", ["é", "€", "😀"])
def test_a_piece_of_a_character_is_kept_back(character):
    data = character.encode()
    for length in range(1, len(data)):
        assert unfinished_tail(b"at " + data[:length]) == 3
        assert unfinished_tail(data + data[:length]) == len(data)
    assert unfinished_tail(data) == len(data)


def test_bytes_that_are_no_character_are_not_held_back():
    assert unfinished_tail(b"caf\xe9 ") == 5
    assert unfinished_tail(b"\xff") == 1
    assert unfinished_tail(b"") == 0


def test_an_unfinished_escape_sequence_hides_no_text():
    assert plain_text(b"\x1b]0;Error: no disk\nnext\n") == b"\x1b]0;Error: no disk\nnext\n"
    assert visible_text(b"\x1b]0;Error: no disk\n", 60_000) == b"\\x1b]0;Error: no disk\n"


@pytest.mark.parametrize("number", [*range(8), 11, 12, *range(14, 27), *range(28, 32), 127])
def test_other_control_characters_are_matched_as_they_are_and_shown_as_text(number):
    line = b"a" + bytes([number]) + b"b\n"
    assert plain_text(line) == line
    assert visible_text(line, 60_000) == b"a\\x%02xb\n" % number


@pytest.mark.parametrize("character", ["\x80", "\x9b", "\x9f", "\u202a", "\u202e", "\u2066", "\u2069"])
def test_what_moves_a_cursor_or_turns_text_around_is_shown_as_text_and_stays_off_a_line(character):
    line = f"a{character}b\n".encode()
    assert plain_text(line) == line
    assert visible_text(line, 60_000) == f"a{ascii(character)[1:-1]}b\n".encode()
    assert on_one_line(f"a{character}b") == "a b"


def test_control_characters_shown_as_text_are_longer_and_cut():
    assert visible_text(b"\0" * 5 + b"\nb\n", 8) == b"\\x00\\x00\n\\x00\\x00\n\\x00\nb\n"


def test_tabs_and_the_ends_of_unicode_stay():
    text = "a\tb\u2028c\x85d\n".encode()
    assert plain_text(text) == text
    assert visible_text(text, 60_000) is text


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (b"|\b/\b-\b\\\b done\n", b" done\n"),
        (b"N\bNA\bAM\bME\bE\n", b"NAME\n"),
        ("5%\b\b6é\b€\b%\n".encode(), b"6%\n"),
        (b"a\n\b\b\bb\n", b"a\nb\n"),
        (b"x" * 30_000 + b"\b" * 40_000 + b"y\n", b"y\n"),
    ],
)
def test_a_backspace_deletes_a_character(written, seen):
    assert plain_text(written) == seen


@pytest.mark.parametrize("errors", ["backslashreplace", "replace"])
def test_bytes_that_are_not_utf_8_appear_as_requested(errors):
    assert plain_text(b"caf\xe9\n", errors) == b"caf\xe9\n".decode(errors=errors).encode()


def test_byte_order_marks_at_the_beginning_of_a_line_are_left_out():
    assert plain_text("\ufeffone\n\ufeff\ufefftwo\na\ufeffb\n".encode()) == "one\ntwo\na\ufeffb\n".encode()


def test_a_character_is_not_cut():
    assert cut_long_lines("aéééé\n".encode(), 4) == "aé\néé\né\n".encode()
    assert cut_long_lines("a😀😀\n".encode(), 6) == "a😀\n😀\n".encode()


@given(st.lists(st.sampled_from([*ESCAPES, b"a", b"\b", b"\x00", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf", b"\t", b"\n"])))
def test_plain_text_is_unchanged(parts):
    plain = plain_text(b"".join(parts))
    assert plain.isascii() or plain.decode()
    assert not any(byte < 32 and byte not in b"\t\n" for byte in visible_text(plain, 60_000))
    if not plain.startswith(b"\xef\xbb\xbf"):
        assert plain_text(plain).count(b"a") == plain.count(b"a")
