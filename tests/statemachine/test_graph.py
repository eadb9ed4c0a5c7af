"""Drawings of the class, of a live adaptor and of a finished session."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from adaptor_runtime.statemachine import (
    APPLICATION_TRANSITIONS,
    TRANSITIONS,
    AdaptorState,
    ApplicationState,
    IllegalCallError,
    Lifecycle,
    Record,
    Trigger,
    draw,
)
from adaptor_runtime.statemachine._svg_upright import UPRIGHT
from adaptor_runtime.statemachine._svg_wide import WIDE

DRAWINGS = Path(__file__).parent / "drawings"
FORMATS = ["mermaid", "dot", "text", "svg"]
SVG = "{http://www.w3.org/2000/svg}"
ARROWS = {(row.trigger.value, source.value, row.target.value) for row in TRANSITIONS for source in row.sources}


@pytest.fixture
def canceled():
    """Return the records of a session in which the clock moves by two seconds whenever it is read."""
    clock = itertools.count(0.0, 2.0)
    lifecycle = Lifecycle(clock=lambda: next(clock))
    for trigger in (Trigger.START, Trigger.RUN, Trigger.RUN):
        lifecycle.settle(lifecycle.begin(trigger))
    lifecycle.cancel(cause="SIGTERM")
    return lifecycle.history


def text_arrows(drawing):
    """Read a text drawing back."""
    state = None
    for line in drawing.splitlines():
        if found := re.match(r"[>+ ] (\w+)", line):
            state = found[1]
        elif found := re.match(r" +(\w+) +-> (\w+)", line):
            yield found[1], state, found[2]


def test_mermaid_draws_exactly_the_arrows_of_the_table():
    drawing = draw("mermaid")
    arrows = re.findall(r"^    (\w+) --> (\w+) : (\w+)", drawing, re.MULTILINE)
    assert {(trigger, source, target) for source, target, trigger in arrows} == ARROWS
    assert len(arrows) == len(ARROWS)
    assert "[*] --> idle" in drawing
    assert "cleaned --> [*]" in drawing


def test_dot_draws_exactly_the_arrows_of_the_table():
    drawing = draw("dot")
    arrows = re.findall(r'^    (\w+) -> (\w+) \[label="(\w+)', drawing, re.MULTILINE)
    assert {(trigger, source, target) for source, target, trigger in arrows} == ARROWS
    assert len(arrows) == len(ARROWS)
    assert drawing.startswith("digraph lifecycle {\n")
    assert drawing.endswith("}\n")


def test_text_draws_exactly_the_arrows_of_the_table():
    arrows = list(text_arrows(draw("text")))
    assert set(arrows) == ARROWS
    assert len(arrows) == len(ARROWS)


def svg_elements(drawing, kind):
    """List the classes and the texts of the states or of the arrows of a picture."""
    picture = ET.fromstring(drawing)
    found = []
    for group in picture.iter(f"{SVG}g"):
        looks = group.get("class").split()
        if looks[0] == kind:
            found.append((looks[1:], group.find(f"{SVG}text").text, group))
    return found


def test_svg_draws_each_arrow_of_the_table_in_its_own_place():
    arrows = svg_elements(draw("svg"), "arrow")
    assert Counter(text for _, text, _ in arrows) == Counter(trigger for trigger, _, _ in ARROWS)
    ways = {group.find(f"{SVG}path").get("d") for _, _, group in arrows}
    assert len(ways) == len(ARROWS)


@pytest.mark.parametrize("layout", [WIDE, UPRIGHT], ids=["wide", "upright"])
@pytest.mark.parametrize(
    ("machine", "states", "rows"),
    [("adaptor", AdaptorState, TRANSITIONS), ("application", ApplicationState, APPLICATION_TRANSITIONS)],
)
def test_each_state_and_each_arrow_of_a_table_has_a_place_in_the_svg(layout, machine, states, rows):
    assert set(layout.places[machine].states) == set(states)
    assert set(layout.places[machine].ways) == {(row.trigger, source) for row in rows for source in row.sources}


def test_svg_needs_nothing_from_elsewhere_and_says_when_stop_and_cleanup_are_possible():
    drawing = draw("svg")
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    assert "stop: only while stop is owed" in drawing
    assert "cleanup: only while no stop is owed" in drawing


def test_svg_marks_the_current_state_the_path_and_how_often_an_arrow_was_taken(canceled):
    drawing = draw("svg", history=canceled)
    states = {text: looks for looks, text, _ in svg_elements(drawing, "state")}
    assert states == {
        "idle": ["past"],
        "started": ["past"],
        "running": ["past"],
        "canceled": ["now", "end-canceled"],
        "failed": [],
        "stopped": [],
        "cleaned": ["final"],
    }
    taken = [list(group.itertext()) for looks, _, group in svg_elements(drawing, "arrow") if "taken" in looks]
    assert taken == [["start", "1x, 2.00 s"], ["run", "2x"], ["finish", "2x, 8.00 s"], ["cancel", "1x"]]


@pytest.mark.parametrize("name", ["svg", "text"])
def test_a_drawing_says_what_the_end_of_a_hook_triggers(name):
    drawing = draw(name)
    assert "start: on_start returned" in drawing
    assert "fail: on_start raised or abandoned, on_run abandoned, on_stop raised or abandoned" in drawing
    assert "cleanup: on_cleanup ended" in drawing


@pytest.mark.parametrize("name", ["mermaid", "dot", "text"])
def test_conditions_are_written_at_their_arrows(name):
    drawing = draw(name)
    assert drawing.count("[stop owed]") == 3
    assert drawing.count("[no stop owed]") == 4


def test_a_drawing_of_the_class_marks_nothing():
    assert "class" not in draw("mermaid")
    assert "fillcolor=" not in draw("dot").replace('fillcolor="white"', "")
    assert not re.search(r"^[>+]|now|path|x\)", draw("text"), re.MULTILINE)


@pytest.mark.parametrize("state", AdaptorState)
def test_the_current_state_is_marked_and_no_other(state):
    assert re.findall(r"class (\w+) current", draw("mermaid", state=state.value)) == [state.value]
    assert re.findall(r"(\w+) \[.*penwidth=3\];", draw("dot", state=state.value)) == [state.value]
    assert re.findall(r"^> (\w+)  \(now\)", draw("text", state=state.value), re.MULTILINE) == [state.value]


def test_the_path_taken_is_marked_in_mermaid(canceled):
    drawing = draw("mermaid", history=canceled)
    assert re.findall(r"class (\w+) passed", drawing) == ["idle", "started", "running"]
    assert re.findall(r"class (\w+) current", drawing) == ["canceled"]
    assert re.findall(r"^    \w+ --> \w+ : (\w+) \((\d+x.*)\)", drawing, re.MULTILINE) == [
        ("start", "1x, 2.00 s"),
        ("run", "2x"),
        ("finish", "2x, 8.00 s"),
        ("cancel", "1x"),
    ]
    assert "started --> canceled : cancel (1x)" in drawing


def test_the_path_taken_is_marked_in_dot(canceled):
    drawing = draw("dot", history=canceled)
    assert re.findall(r'(\w+) -> (\w+) \[label="[^"]*", color="#1565c0", penwidth=2\]', drawing) == [
        ("idle", "started"),
        ("started", "running"),
        ("running", "started"),
        ("started", "canceled"),
    ]


def test_the_path_taken_is_marked_in_text(canceled):
    drawing = draw("text", history=canceled)
    assert re.findall(r"^\+ (\w+)", drawing, re.MULTILINE) == ["idle", "started", "running"]
    assert "cancel  -> canceled (1x)" in drawing
    assert drawing.endswith(
        "\npath: idle -> started -> running -> started -> running -> started -> canceled\n",
    )


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("text", "+ started  3x, 10.0 s"),
        ("mermaid", 'state "started (3x, 10.0 s)" as started'),
        ("dot", 'started [label="started\\n3x, 10.0 s"'),
        ("svg", '>started</text><text class="amount" x="330" y="242">3x, 10.0 s</text>'),
    ],
)
def test_each_state_has_how_often_and_how_long_the_session_was_in_it(canceled, name, drawn):
    assert drawn in draw(name, history=canceled)


@pytest.mark.parametrize("name", FORMATS)
def test_why_a_session_was_canceled_is_written_below_it(canceled, name):
    assert "canceled while started: SIGTERM" in draw(name, history=canceled)


@pytest.mark.parametrize("name", FORMATS)
def test_refused_calls_are_written_with_their_count_and_reason(name):
    lifecycle = Lifecycle()
    lifecycle.cancel(cause="SIGTERM")
    for _ in range(3):
        with pytest.raises(IllegalCallError):
            lifecycle.begin(Trigger.RUN)
    drawing = draw(name, history=lifecycle.history)
    assert "refused run in canceled 3x: no further run is possible in this session" in drawing
    assert name != "svg" or ">3 refused</text>" in drawing


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_hook_raised_is_written_and_its_arrow_says_how_often_it_failed(name):
    lifecycle = Lifecycle()
    lifecycle.settle(lifecycle.begin(Trigger.START))
    for _ in range(2):
        lifecycle.settle(lifecycle.begin(Trigger.RUN), error="RuntimeError: no license")
    drawing = draw(name, history=lifecycle.history)
    assert "on_run raised 2x: RuntimeError: no license" in drawing
    assert (">2 failed</tspan>" if name == "svg" else ", 2 failed") in drawing


@pytest.mark.parametrize(("name", "sign"), [("mermaid", "#"), ("dot", "&#")])
def test_a_cause_keeps_its_characters_as_codes_of_the_format(name, sign):
    lifecycle = Lifecycle()
    lifecycle.cancel(cause="a/b; c")
    assert f"a{sign}47;b{sign}59; c" in draw(name, history=lifecycle.history)


def test_a_backslash_in_a_cause_begins_no_escape_sequence_of_graphviz():
    lifecycle = Lifecycle()
    lifecycle.cancel(cause=r"C:\new\line")
    assert r'label="canceled while idle: C:\\new\\line\l"' in draw("dot", history=lifecycle.history)


@pytest.mark.parametrize(("upright", "width"), [(False, "960"), (True, "480")])
def test_a_picture_has_a_size_of_its_own_that_is_no_larger_than_its_page(upright, width):
    picture = ET.fromstring(draw("svg", upright=upright))
    assert picture.get("viewBox") == f"0 0 {picture.get('width')} {picture.get('height')}"
    assert picture.get("width") == width
    assert picture.get("style") == "max-width: 100%; height: auto"


@pytest.mark.parametrize("name", FORMATS)
def test_no_cause_can_break_a_drawing(name):
    lifecycle = Lifecycle()
    lifecycle.cancel(cause='a"]; </text>&<script>\0\ud800\n    end note\n' + "long " * 100)
    drawing = draw(name, history=lifecycle.history)
    told = [line for line in drawing.splitlines() if "canceled while idle" in line]
    assert len(told) == 1
    assert "<script>" not in drawing or name == "text"
    drawing.encode("utf-8")
    if name == "svg":
        ET.fromstring(drawing)


@pytest.mark.parametrize("name", FORMATS)
def test_a_drawing_of_the_latest_records_says_that_earlier_ones_are_missing(canceled, name):
    missing = "earlier records are missing"
    assert missing not in draw(name, history=canceled)
    assert missing in draw(name, history=canceled[2:])


@pytest.mark.parametrize("name", FORMATS)
def test_of_very_many_incidents_a_drawing_tells_the_first_ones_and_how_many_more_there_are(name):
    lifecycle = Lifecycle()
    lifecycle.settle(lifecycle.begin(Trigger.START))
    for number in range(12):
        lifecycle.settle(lifecycle.begin(Trigger.RUN), error=f"OSError: {number}")
    drawing = draw(name, history=lifecycle.history)
    assert [number for number in range(12) if f"on_run raised: OSError: {number}" in drawing] == list(range(8))
    assert drawing.count("and 4 more") == 1


@pytest.mark.parametrize(
    ("file", "name", "upright"),
    [
        ("session.svg", "svg", False),
        ("session-upright.svg", "svg", True),
        ("session.mmd", "mermaid", False),
        ("session.dot", "dot", False),
        ("session.txt", "text", False),
    ],
)
def test_the_drawing_of_a_session_is_as_it_was(file, name, upright):
    with (DRAWINGS / "session.jsonl").open(encoding="utf-8") as journal:
        history = [Record.from_dict(json.loads(line)) for line in journal]
    renew = f"adaptor-runtime graph --journal session.jsonl --format {name} {'--upright ' * upright}>{file}"
    assert draw(name, history=history, upright=upright) == (DRAWINGS / file).read_text("utf-8"), renew


def test_a_given_state_counts_more_than_the_end_of_the_history(canceled):
    assert "> cleaned  (now)" in draw("text", state="cleaned", history=canceled)


def test_the_path_of_a_long_session_stays_on_a_readable_line():
    lifecycle = Lifecycle()
    lifecycle.settle(lifecycle.begin(Trigger.START))
    for _ in range(400):
        lifecycle.settle(lifecycle.begin(Trigger.RUN))
    last = draw("text", history=lifecycle.history).splitlines()[-1]
    assert last.startswith("path: ... -> ")
    assert len(last) < 300


@pytest.mark.parametrize("name", ["mermaid", "dot", "text"])
def test_a_drawing_can_be_printed_on_any_terminal(name, canceled):
    assert draw(name, history=canceled).isascii()


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="cannot be drawn as 'png': choose mermaid, dot, text"):
        draw("png")


@pytest.mark.parametrize("name", ["mermaid", "dot", "text", "svg"])
@pytest.mark.parametrize("given", [None, "resting"])
def test_a_state_of_a_later_release_is_named_in_a_drawing(name, given):
    later = [
        Record(1, "transition", "start", "idle", "started"),
        Record(2, "transition", "rest", "started", "resting"),
        Record(3, "refused", "run\x1b[31m", "resting", "resting"),
    ]
    drawn = draw(name, state=given, history=later)
    assert "it was in resting, which this release does not know" in drawn
    assert "\x1b" not in drawn
    assert "(now)" not in drawn


def test_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match="'asleep'"):
        draw("text", state="asleep")
