"""Whatever is in a journal, it is shown, listed, drawn, and reported, or rejected in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from adaptor_runtime.adaptors._messages.journal_reading import read_sessions
from adaptor_runtime.adaptors._messages.journal_tail import LeftSession
from adaptor_runtime.adaptors._report.page import ReportedSession, page
from adaptor_runtime.adaptors.command_line._journal import is_running
from adaptor_runtime.adaptors.command_line._journal_table import list_lines, session_data, session_lines
from adaptor_runtime.ipc._errors import BadInputError
from adaptor_runtime.ipc._files.host import this_host
from adaptor_runtime.statemachine import draw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.faults("Bad input")

LINES = (Path(__file__).parent / "journals" / "everything.jsonl").read_text().replace("a-boot", this_host().boot)
ENTRIES = [json.loads(line) for line in LINES.splitlines()]
STRANGE = [0, -1, 1e-300, 1e18, -1e18, 2**62, -(2**62), 2**64, float("inf"), float("nan"), 5e9, -1e11, 0.5]
NUMBERS = st.sampled_from(STRANGE)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.integers(), st.floats(), st.text(st.characters()))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)
WORDS = st.sampled_from(sorted({value for entry in ENTRIES for value in entry.values() if isinstance(value, str)}))
NAMES = sorted({name for entry in ENTRIES for name in entry})
CHANGES = st.dictionaries(st.sampled_from(NAMES), VALUES | WORDS, max_size=3)


@st.composite
def lines(draw_from):
    """Return the lines of a journal: entries, some of them changed, doubled, out of order, or no entries at all."""
    found = []
    for entry in draw_from(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=60)):
        changed = {**entry, **(draw_from(CHANGES) if draw_from(st.booleans()) else {})}
        for name in draw_from(st.sets(st.sampled_from(NAMES), max_size=1)):
            changed.pop(name, None)
        found.append(json.dumps(changed).encode())
    for _ in range(draw_from(st.integers(0, 2))):
        found.insert(draw_from(st.integers(0, len(found))), draw_from(st.binary(max_size=40)))
    return b"\n".join(found)[: draw_from(st.sampled_from([None, -1, -20]))]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=lines())
def test_whatever_is_in_a_journal_it_is_shown_drawn_and_reported_or_rejected_in_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    LeftSession.of(str(path))
    try:
        read = read_sessions(path)
    except BadInputError as error:
        assert "\n" not in str(error)
        return
    running = [(str(path), session, is_running(session)) for session in read.sessions]
    list(list_lines(running))
    for number, (_, session, runs) in enumerate(running, 1):
        list(session_lines(session, is_running=runs))
        json.loads(json.dumps(session_data(session, is_running=runs), allow_nan=False))
        for form in ("mermaid", "dot", "text", "svg"):
            draw(form, history=session.records).encode("utf-8")
        if number <= 2:
            page([ReportedSession(session, str(path), 1, is_running=runs)], release="1").encode("utf-8")
