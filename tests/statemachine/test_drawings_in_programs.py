"""The texts for Graphviz and Mermaid, drawn by the real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import browser
import pytest
from adaptor_runtime.statemachine import (
    APPLICATION_TRANSITIONS,
    TRANSITIONS,
    AdaptorState,
    ApplicationState,
    Record,
    draw,
)

pytestmark = [pytest.mark.applications, pytest.mark.xdist_group("browser")]

DRAWINGS = Path(__file__).parent / "drawings"
ARROWS = sum(len(row.sources) for row in (*TRANSITIONS, *APPLICATION_TRANSITIONS))
STATES = {*map(str, AdaptorState), *map(str, ApplicationState)}
HOSTILE = """a"]; </text>&<b>\\n #35; %% [*] --> end note \N{SNOWMAN} {x} `y` ${z} 'q' | ::: <<fork>> -- """
TOLD = [
    'canceled while running: SIGTERM from <the scheduler> & its "worker"',
    "on_run raised: RuntimeError: no license",
    "refused run in canceled 2x: no further run is possible in this session",
    "lost while busy: exit code 11",
]


def session():
    with (DRAWINGS / "session.jsonl").open(encoding="utf-8") as journal:
        return [Record.from_dict(json.loads(line)) for line in journal]


def hostile():
    """Return the records of a session in which each free text means something in one of the languages."""
    lost = Record(1, "transition", "lose", "busy", "lost", HOSTILE, machine="application", application=HOSTILE)
    refused = lost._replace(sequence=2, kind="refused", trigger="ask", source="lost")
    failed = Record(4, "transition", "finish", "running", "started", HOSTILE, "on_run", 1.0, "raised", HOSTILE)
    return [failed, Record(5, "transition", "cancel", "started", "canceled", HOSTILE), lost, refused]


@pytest.fixture
def graphviz():
    """Draw a text with Graphviz; return the texts of the drawing and how many arrows it has."""
    program = shutil.which("dot")
    if program is None:
        browser.missing("Graphviz is not installed; on Debian and Ubuntu: apt-get install graphviz")

    def drawn(text):
        done = subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        groups = [group.get("class") for group in ET.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}g")]
        texts = [element.text for element in ET.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}text")]
        return texts, groups.count("edge")

    return drawn


@pytest.fixture
def mermaid(opened, tmp_path):
    """Draw a text with Mermaid in a browser; return the texts of the drawing and how many arrows it has."""
    script = os.environ.get("MERMAID", "")
    if not os.path.isfile(script):
        browser.missing("MERMAID names no mermaid.min.js, which `npm pack mermaid` has in package/dist")
    path = tmp_path / "mermaid.html"
    source = Path(script).resolve().as_uri()
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8"><script src="{source}"></script>', encoding="utf-8")
    opened.open(path)

    def drawn(text):
        texts, arrows = opened.value(
            "(async () => { mermaid.initialize({ startOnLoad: false });"
            f" const drawn = await mermaid.render('drawing', {json.dumps(text)});"
            " document.body.innerHTML = drawn.svg;"
            " const all = (what) => [...document.querySelectorAll(what)];"
            " return [all('foreignObject, text').map((each) => each.innerText ?? each.textContent),"
            " all('path.transition:not(.note-edge)').length]; })()"
        )
        return [" ".join(text.split()) for text in texts], arrows

    return drawn


@pytest.fixture(params=["dot", "mermaid"])
def drawn(request):
    """Draw records with a real program."""
    program = request.getfixturevalue({"dot": "graphviz", "mermaid": "mermaid"}[request.param])
    return lambda **look: program(draw(request.param, **look))


def test_a_real_program_draws_each_state_and_each_arrow(drawn):
    texts, arrows = drawn(application=True)
    assert set(texts) >= STATES
    assert arrows in {ARROWS, ARROWS + 3}  # Mermaid also draws the beginnings and the end


def test_a_real_program_shows_what_went_wrong_in_a_session_and_in_its_application(drawn):
    texts, _ = drawn(history=session())
    shown = " ".join(texts)
    assert [told for told in TOLD if told not in shown] == []


def test_no_text_of_anybody_breaks_the_drawing_of_a_real_program(drawn):
    texts, arrows = drawn(history=hostile())
    assert arrows in {ARROWS, ARROWS + 3}
    shown = " ".join(texts)
    for told in ("canceled while started: ", "on_run raised: ", "lost while busy: ", "refused ask in lost: "):
        assert told + " ".join(HOSTILE.split()) in shown
