from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import PurePosixPath

import pytest
from adaptor_runtime_client import Action


@pytest.mark.parametrize("args", [None, {}, {"frame": 1, "text": "é 🎬 \udcff\u2028", "deep": [{"a": None}]}])
def test_the_text_of_an_action_is_json_from_which_it_can_be_read(args):
    action = Action("render", args)
    assert json.loads(str(action)) == {"name": "render", "args": args}
    assert Action.from_json_string(str(action)) == action
    assert Action.from_bytes(str(action).encode()) == action


def test_the_text_of_an_action_is_one_line_of_ascii():
    assert str(Action("render", {"text": "é\n"})) == '{"name": "render", "args": {"text": "\\u00e9\\n"}}'


def test_an_action_needs_no_args():
    assert Action("close") == Action("close", None)
    assert Action.from_json_string('{"name": "close"}') == Action("close")


def test_an_action_cannot_be_changed():
    with pytest.raises(AttributeError):
        Action("close").name = "open"


def test_values_with_a_text_of_their_own_are_written_as_text():
    assert str(Action("open", {"path": PurePosixPath("/a")})) == '{"name": "open", "args": {"path": "/a"}}'
    assert '"2026-01-02"' in str(Action("open", {"day": dt.date(2026, 1, 2)}))


def test_a_dataclass_is_written_as_its_fields():
    @dataclasses.dataclass
    class Size:
        width: int
        height: int

    assert '"args": {"size": {"width": 1, "height": 2}}' in str(Action("resize", {"size": Size(1, 2)}))


@pytest.mark.parametrize("value", [{1}, frozenset(), (each for each in "ab"), {}.keys(), object(), len, b"a", int])
def test_values_that_json_cannot_express_are_refused_without_a_word_of_them(value):
    with pytest.raises(TypeError, match=f"which has no {type(value).__name__}: make it a list or a text$"):
        str(Action("open", {"path": [value]}))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"args": {}}', '{"name": 1}', "[" * 100_000, None])
def test_text_that_is_not_an_action_returns_none_with_a_line_on_stderr(text, capsys):
    assert Action.from_json_string(text) is None
    assert capsys.readouterr().err.startswith("ERROR: ")


@pytest.mark.parametrize("data", [b"\xff", b"\x00", b"{}"])
def test_bytes_that_are_not_an_action_return_none_with_a_line_on_stderr(data, capsys):
    assert Action.from_bytes(data) is None
    assert len(capsys.readouterr().err.splitlines()) == 1
