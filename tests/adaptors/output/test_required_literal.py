from __future__ import annotations

import re

import pytest
from adaptor_runtime.adaptors.output import _required_literal
from adaptor_runtime.adaptors.output._required_literal import required_literals
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("Error", {"Error"}),
        (".*Error.*", {"Error"}),
        (r"^Fra:(\d+) Mem:", {" Mem:"}),
        (r"ALF_PROGRESS ([0-9]+)%", {"ALF_PROGRESS "}),
        (r"\[ERROR\]", {"[ERROR]"}),
        ("Error|Warning", {"Error", "Warning"}),
        ("(?:Error|Warning): (.*)", {"Error", "Warning"}),
        ("(Error: .*)", {"Error: "}),
        ("(?P<name>licence)?lost", {"lost"}),
        ("colou?r", {"colo"}),
        ("(?:abc)+", {"abc"}),
        ("(?:abc)*", None),
        ("(?:abc|)", None),
        ("a|[bc]", None),
        (r"\d+%", {"%"}),
        (r"\d+", None),
        ("", None),
        ("(?!Error)", None),
        ("(?=Error)x", {"x"}),
        ("(?i:error)", None),
        ("(?x) spaced # out", {"spaced"}),
        ("a\nb", None),
    ],
)
def test_a_pattern_requires_text(pattern, texts):
    assert required_literals(re.compile(pattern)) == texts


def test_a_changed_parser_costs_only_time(monkeypatch):
    monkeypatch.setattr(_required_literal, "_parser", None)
    assert required_literals(re.compile("Error")) is None


ATOMS = st.sampled_from(["a", "b", "ab", ".", "[ab]", r"\.", "^", "$", r"\b", "(?:ab)", "(?:a|b)", "(?:ab|b)"])
PARTS = st.builds(
    "".join, st.tuples(ATOMS.filter(lambda atom: atom not in "^$\\b"), st.sampled_from(["", "?", "*", "+", "{2}"]))
)
PATTERNS = st.lists(st.lists(PARTS | ATOMS, max_size=4).map("".join), min_size=1, max_size=3).map("|".join)


@given(PATTERNS, st.text("ab.", max_size=12))
def test_a_line_that_matches_contains_the_required_text(pattern, line):
    regex = re.compile(pattern)
    texts = required_literals(regex)
    if texts is not None and regex.search(line):
        assert any(text in line for text in texts)
