"""Drawings of the class, of a live adaptor and of a finished session."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from adaptor_runtime.statemachine import (
    APPLICATION_TRANSITIONS,
    TRANSITIONS,
    AdaptorState,
    ApplicationState,
    Lifecycle,
    Trigger,
    draw,
)
from adaptor_runtime.statemachine._svg_places import PLACES

SVG = "{http://www.w3.org/2000/svg}"
ARROWS = {(row.trigger.value, source.value, row.target.value) for row in TRANSITIONS for source in row.sources}


@pytest.fixture
def canceled():
    lifecycle = Lifecycle()
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


@pytest.mark.parametrize(
    ("machine", "states", "rows"),
    [("adaptor", AdaptorState, TRANSITIONS), ("application", ApplicationState, APPLICATION_TRANSITIONS)],
)
def test_each_state_and_each_arrow_of_a_table_has_a_place_in_the_svg(machine, states, rows):
    assert set(PLACES[machine].states) == set(states)
    assert set(PLACES[machine].ways) == {(row.trigger, source) for row in rows for source in row.sources}


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
        "canceled": ["now"],
        "failed": [],
        "stopped": [],
        "cleaned": ["final"],
    }
    taken = [text for looks, text, _ in svg_elements(drawing, "arrow") if "taken" in looks]
    assert taken == ["start (1x)", "run (2x)", "finish (2x)", "cancel (1x)"]


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
    assert re.findall(r": (\w+) \((\d+)x\)", drawing) == [
        ("start", "1"),
        ("run", "2"),
        ("finish", "2"),
        ("cancel", "1"),
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


def test_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match="'asleep'"):
        draw("text", state="asleep")
