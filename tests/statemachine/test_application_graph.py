"""Drawings of the life of an application, inside the lifecycle."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from adaptor_runtime.statemachine import (
    APPLICATION_TRANSITIONS,
    ApplicationLife,
    ApplicationState,
    ApplicationTrigger,
    Lifecycle,
    Record,
    Trigger,
    draw,
)

SVG = "{http://www.w3.org/2000/svg}"
FORMATS = ["mermaid", "dot", "text", "svg"]
ARROWS = sorted(
    (row.trigger.value, source.value, row.target.value) for row in APPLICATION_TRANSITIONS for source in row.sources
)
LAUNCH, READY, ASK, LOSE, CLOSE = ApplicationTrigger


def moved(name, *triggers):
    life = ApplicationLife(name)
    for trigger in triggers:
        life.move(trigger)
    return still(life.history)


def still(history):
    """Return records as if no time had passed."""
    return [record._replace(time=0.0, seconds=None) for record in history]


@pytest.fixture
def session():
    """Return the records of a session whose application was lost in a task, launched again, and closed."""
    lifecycle = Lifecycle()
    for trigger in (Trigger.START, Trigger.RUN):
        lifecycle.settle(lifecycle.begin(trigger))
    return still(lifecycle.history), moved("blender", LAUNCH, READY, ASK, LOSE, LAUNCH, READY, CLOSE)


def frames(name, drawing):
    """Return the frames of applications in a drawing, each as its title, its arrows, and its current state."""
    return {"mermaid": in_mermaid, "dot": in_dot, "text": in_text, "svg": in_svg}[name](drawing)


def in_mermaid(drawing):
    for title, key, body in re.findall(
        r'^    state "([^"]*)" as (\w+) \{\n(.*?)^    }$', drawing, re.MULTILINE | re.DOTALL
    ):
        assert f"        [*] --> {key}_absent\n" in body
        found = re.findall(rf"^        {key}_(\w+) --> {key}_(\w+) : (\w+)", body, re.MULTILINE)
        arrows = [(trigger, source, target) for source, target, trigger in found]
        yield title, arrows, re.findall(rf"^    class {key}_(\w+) current", drawing, re.MULTILINE)


def in_dot(drawing):
    for key, title, body in re.findall(
        r'^    subgraph cluster_(\w+) \{\n +label="(.*?)";(.*?)^    }$', drawing, re.MULTILINE | re.DOTALL
    ):
        found = re.findall(rf'{key}_(\w+) -> {key}_(\w+) \[label="(\w+)', body)
        arrows = [(trigger, source, target) for source, target, trigger in found]
        yield title, arrows, re.findall(rf'{key}_(\w+) \[label="\1[^"]*", .*penwidth=3\]', body)


def in_text(drawing):
    for title, body in re.findall(r"^    (\w.*):\n((?:    .*\n)+)", drawing, re.MULTILINE):
        state, arrows = None, []
        for line in body.splitlines():
            if found := re.match(r"    [>+ ] (\w+)", line):
                state = found[1]
            elif found := re.match(r" +(\w+) +-> (\w+)", line):
                arrows.append((found[1], state, found[2]))
        yield title, arrows, re.findall(r"> (\w+)  \(now\)", body)


def in_svg(drawing):
    targets = {(row.trigger, source): row.target for row in APPLICATION_TRANSITIONS for source in row.sources}
    for frame in ET.fromstring(drawing).iter(f"{SVG}g"):
        if frame.get("class") != "frame":
            continue
        looks = [(group.get("class").split(), group.find(f"{SVG}text").text) for group in frame.findall(f"{SVG}g")]
        triggers = sorted(text.split()[0] for look, text in looks if look[0] == "arrow")
        assert triggers == sorted(trigger for trigger, _, _ in ARROWS)
        assert [text for look, text in looks if look[0] == "state"] == list(ApplicationState)
        arrows = [(*pair, target) for pair, target in targets.items()]
        yield frame.find(f"{SVG}text").text, arrows, [text for look, text in looks if "now" in look]


@pytest.mark.parametrize("name", FORMATS)
def test_a_drawing_of_the_class_has_an_application_only_if_that_is_asked(name):
    assert list(frames(name, draw(name))) == []
    ((title, arrows, current),) = frames(name, draw(name, application=True))
    assert title == "an application, from on_start to on_stop"
    assert sorted(map(tuple, arrows)) == ARROWS
    assert current == []


@pytest.mark.parametrize("name", FORMATS)
def test_the_life_of_an_application_is_drawn_with_its_current_state(name, session):
    ((title, arrows, current),) = frames(name, draw(name, history=[*session[0], *session[1]]))
    assert (title, current) == ("the application blender, from on_start to on_stop", ["closed"])
    assert sorted(map(tuple, arrows)) == ARROWS


@pytest.mark.parametrize("name", FORMATS)
def test_records_of_an_application_change_nothing_of_the_adaptor_s_drawing(name, session):
    both = draw(name, history=[*session[1], *session[0]]).splitlines()
    missing = [line for line in draw(name, history=session[0]).splitlines() if line not in both]
    assert all(re.search(r' viewBox=|^<rect .*class="ground"', line) for line in missing), missing


@pytest.mark.parametrize("name", FORMATS)
def test_the_path_of_an_application_is_marked_with_counts(name, session):
    drawing = draw(name, history=[*session[0], *session[1]])
    counted = {
        "mermaid": "application_1_absent --> application_1_loading : launch (1x)",
        "dot": 'application_1_loading -> application_1_ready [label="ready (2x)", color="#1565c0", penwidth=2]',
        "text": "path of the application blender: absent -> loading -> ready -> busy -> lost -> loading -> ready",
        "svg": '>lose<tspan class="amount" x="758" dy="14">1x</tspan><',
    }
    assert counted[name] in drawing


@pytest.mark.parametrize("name", FORMATS)
def test_each_application_has_a_frame_of_its_own(name):
    history = [*moved("blender", LAUNCH), *moved("maya", LAUNCH, READY)]
    drawn = [(title, current) for title, _, current in frames(name, draw(name, history=history, application=True))]
    assert drawn == [
        ("the application blender, from on_start to on_stop", ["loading"]),
        ("the application maya, from on_start to on_stop", ["ready"]),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_what_went_wrong_with_an_application_is_told_in_its_frame(name):
    lost = [Record(1, "transition", "lose", "busy", "lost", "exit code 11", machine="application", application="a")]
    refused = [lost[0]._replace(sequence=2, kind="refused", trigger="ask", source="lost", cause="it is gone")] * 2
    drawing = draw(name, history=[*lost, *refused, Record(1, "transition", "start", "idle", "started")])
    first, second = "lost while busy: exit code 11", "refused ask in lost 2x: it is gone"
    margin = " " * 12
    expected = {
        "mermaid": f"note right of application_1_lost\n{margin}{first}\n{margin}{second}\n        end note\n    }}\n",
        "dot": f'label="{first}\\l{second}\\l"];\n    }}\n',
        "text": f"the application a: {first}\nthe application a: {second}\n",
        "svg": f'x="24" y="324">{first}</text>\n<text class="told refused" x="24" y="342">{second}</text>',
    }
    assert expected[name] in drawing


@pytest.mark.parametrize("name", FORMATS)
def test_a_name_cannot_break_a_drawing(name):
    drawing = draw(name, history=moved('a"]; <b>&\n}' + "\N{SNOWMAN}" * 100, LAUNCH))
    assert [title for title, _, _ in frames(name, drawing)] == [
        f"the application a??? ?b?{'?' * 32}, from on_start to on_stop",
    ]


@pytest.mark.parametrize(("upright", "longest"), [(False, 920), (True, 440)])
def test_what_is_written_in_a_frame_stays_inside_it(upright, longest):
    lost = Record(1, "transition", "lose", "busy", "lost", "M" * 150, machine="application", application="blender")
    drawing = draw("svg", history=[lost], upright=upright)
    lines = re.findall(r'<text class="told failed"[^>]*>([^<]*)</text>', drawing)
    assert len(lines) > 1
    assert max(map(len, lines)) * 8 <= longest
