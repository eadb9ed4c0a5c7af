"""What the report says of a session, without a browser."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import attrs
import pytest
import reported_session
from adaptor_runtime.adaptors._report import charts, page, table, words
from adaptor_runtime.adaptors._report.timeline import WIDTH, Timeline
from adaptor_runtime.adaptors._report.verdict import Verdict
from adaptor_runtime.statemachine import Phase, PhaseOutcome, SessionHistory


@pytest.fixture(scope="module")
def session():
    return reported_session.rendered()


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def elements(path):
    return Elements(path.read_text("utf-8")).found


def test_the_page_has_the_machine_the_versions_and_what_the_session_took(session, written):
    text = written(session).read_text("utf-8")
    for fact in ("Renderer", "farm-07", "Linux 6.1", "4711", "2.0", "3.11.7", "2027-01-15 08:00:00 UTC", "SIGTERM"):
        assert fact in text
    assert "Written by adaptor-runtime 1.2.3" in text


def test_failures_have_the_last_lines_of_their_application(session, written):
    text = " ".join(written(session).read_text("utf-8").split())
    assert "<b>task-3</b> failed after 5.00 s: LicenseError: no license for blender" in text
    assert "License server farm-lic:2080 is full</pre>" in text
    when = r", \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: "
    assert re.search(
        rf"<b>run</b> was refused in state canceled \(task task-late\){when}no further run is possible", text
    )
    assert re.search(rf"<b>blender</b> was restarted{when}exit code 11", text)


def test_the_page_needs_nothing_else_and_links_nowhere(session, written):
    found = elements(written(session, session))
    assert not [tag for tag, _ in found if tag in {"link", "iframe", "object", "embed", "base", "form"}]
    for _, attributes in found:
        assert attributes.get("src", "data:").startswith("data:image/svg+xml;base64,") or "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


def test_the_policy_allows_only_the_script_and_the_style_of_the_page(session, written):
    (policy,) = [attributes["content"] for _, attributes in elements(written(session)) if "http-equiv" in attributes]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_picture_of_markup_is_a_picture_with_nothing_that_runs(written):
    images = [attributes for tag, attributes in elements(written(reported_session.hostile())) if tag == "img"]
    picture = ET.fromstring(base64.b64decode(images[0]["src"].partition(",")[2]))
    kinds = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert kinds <= {"svg", "title", "style", "rect", "defs", "marker", "path", "g", "text", "tspan"}


def test_a_page_of_several_sessions_has_a_row_for_each_and_its_details(session, written):
    broken = attrs.evolve(session, state="running", host="farm-08")
    text = written(session, broken, unread=["the journal x.jsonl cannot be read"]).read_text("utf-8")
    assert re.findall(r'<a href="#session-(\d)">(.*?)</a>', text) == [("2", "2 Renderer"), ("1", "1 Renderer")]
    assert text.count("<details id=") == 2
    assert "farm-08" in text
    assert "the journal x.jsonl cannot be read" in text


def test_of_several_sessions_the_failed_ones_are_first_and_the_cause_is_beside_the_end(written):
    good = reported_session.rendered(tasks=1, fails=(), cancel=False)
    failed = attrs.evolve(good, cause_state="failed", cause="no license")
    text = written(good, reported_session.rendered(), failed).read_text("utf-8")
    table = text[: text.index("</table>")]
    assert re.findall(r'<a href="#session-(\d)">', table) == ["3", "2", "1"]
    assert '<td class="cause"><div title="no license">no license</div></td>' in table
    assert re.search(r">ended</th><th[^>]*>cause</th>", table)


def test_the_legend_has_only_what_occurs(written):
    text = written(reported_session.rendered(tasks=1, fails=(), cancel=False)).read_text("utf-8")
    legend = text[text.index('<p class="legend">') :].partition("</p>")[0]
    assert re.findall(r'<i class="([\w-]+)">', legend) == [
        "succeeded", "application-loading", "application-ready", "application-busy", "application-closed",
    ]  # fmt: skip


def test_the_bar_of_a_slow_task_looks_as_the_task_ended_and_charts_name_their_ends(session, written):
    text = written(session).read_text("utf-8")
    looks = dict(re.findall(r'<li><span title="[^"]*">(.*?)</span> <meter class="(\w+)"', text))
    assert (looks["task-3"], looks["task-7"]) == ("failed", "succeeded")
    assert text.count('<p class="ends"><span>task-1</span><span>task-12</span></p>') == 3


def test_a_refusal_does_not_repeat_the_cause_of_the_session(session, written):
    cause = "the license server does not answer"
    refusal = attrs.evolve(session.refusals[0], cause=f"the session has failed: {cause}")
    text = written(attrs.evolve(session, cause=cause, refusals=(refusal,))).read_text("utf-8")
    assert re.search(r"\(task task-late\), [\d :-]+ UTC: the session has failed: \N{HORIZONTAL ELLIPSIS}</li>", text)


def test_a_page_of_very_many_sessions_has_only_their_rows(written, monkeypatch):
    monkeypatch.setattr(page, "DETAILED", 2)
    text = written(*[SessionHistory(adaptor="Renderer")] * 3).read_text("utf-8")
    assert text.count("<tr>") == 4
    assert "<details" not in text
    assert "too many sessions" in text


def test_a_session_of_which_nothing_is_known_is_shown(written):
    text = written(SessionHistory()).read_text("utf-8")
    assert "broke off in state idle, or is not over" in text


BROKEN = {"state": "running", "ended": reported_session.BEGAN + 21.5}


@pytest.mark.parametrize("count", [1, 2], ids=["one session", "several sessions"])
def test_the_page_says_that_a_journal_breaks_off_and_when_its_last_entry_was_written(session, written, count):
    task = Phase("on_run", "task-4", reported_session.BEGAN + 20, 1.5)
    broken = attrs.evolve(session, **BROKEN, phases=(*session.phases[:4], task))
    text = " ".join(written(*[broken] * count, is_running=False).read_text("utf-8").split())
    note = "breaks off in on_run of task-4. Its last entry is of 2027-01-15 08:00:21 UTC, 1.50 s after on_run began."
    assert text.count(f"The journal {note}") == count
    assert text.count("<small>last entry: 2027-01-15 08:00:21 UTC</small>") == (count if count > 1 else 0)


def test_the_page_of_a_session_between_two_phases_says_when_its_last_entry_was_written(session, written):
    broken = attrs.evolve(session, **BROKEN)
    assert "breaks off. Its last entry is of 2027-01-15 08:00:21 UTC." in written(broken).read_text("utf-8")
    text = written(broken, is_running=True).read_text("utf-8")
    assert "does not have its end yet. Its last entry is of 2027-01-15 08:00:21 UTC." in text
    assert "Its last entry is of" not in written(session).read_text("utf-8")


@pytest.mark.parametrize("count", [1, 2], ids=["one session", "several sessions"])
def test_the_page_says_that_a_journal_ends_early_and_how_many_entries_are_missing(session, written, count):
    text = written(*[attrs.evolve(session, lost_entries=7)] * count, ends_early=True).read_text("utf-8")
    assert text.count("The journal ends early: its last entry was cut off, as by a full disk.") == count
    assert text.count("<small>the journal ends early</small>") == (count if count > 1 else 0)
    assert text.count("and are missing: 7.") == count
    assert "ends early" not in written(session).read_text("utf-8")


def test_data_is_shown_only_if_the_journal_has_it(session, written):
    assert "Init data" not in written(session).read_text("utf-8")
    text = written(attrs.evolve(session, init_data={"scene": "a.blend"})).read_text("utf-8")
    assert "&#34;scene&#34;: &#34;a.blend&#34;" in text


def test_control_characters_and_halves_of_characters_are_replaced(session, written):
    strange = "a\x00\x1b[31m\ud800\u202eb\r\nc"
    text = written(attrs.evolve(session, host=strange)).read_text("utf-8")
    assert "a\ufffd\ufffd[31m\ufffd\ufffdb\nc" in text


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"tasks": 2, "fails": (), "cancel": False}, Verdict("completed", "good")),
        ({"tasks": 2, "fails": (1,), "cancel": False}, Verdict("completed, 1 failed", "warning")),
        ({"tasks": 2}, Verdict("canceled", "warning")),
    ],
    ids=str,
)
def test_the_verdict_is_how_the_session_ended(change, verdict):
    assert Verdict.of(reported_session.rendered(**change)) == verdict


def test_a_session_that_broke_off_says_where():
    session = SessionHistory(state="running", phases=(Phase("on_run", "task-1"),))
    said = [Verdict.of(session, is_running=is_running).text for is_running in (None, False, True)]
    assert said == ["broke off in on_run, or is not over", "broke off in on_run", "running, in on_run"]


def test_the_timeline_has_a_strip_for_phases_tasks_each_application_and_events(session):
    timeline = Timeline.of(session)
    assert [strip.name for strip in timeline.strips] == ["phases", "tasks", "blender", "events"]
    assert [bar.look for bar in timeline.strips[0].bars] == ["succeeded"] * 3
    assert [bar.look for bar in timeline.strips[1].bars].index("failed") == 2
    assert timeline.strips[2].bars[0].title == "loading, 4.20 s"
    assert sorted(bar.look for bar in timeline.strips[3].bars) == ["canceled", "failed", "restart"]
    assert (timeline.marks[0], timeline.marks[-1]) == ("0", "50.1 s")


@pytest.mark.parametrize("began", [-1e18, 0.0, 1e18])
@pytest.mark.parametrize("seconds", [0.0, 1e-9, 10.0, 1e12])
def test_no_bar_leaves_its_strip_whatever_the_clocks_said(began, seconds):
    phases = tuple(
        Phase("on_run", f"task-{at}", at, length)
        for at in (-1e15, 0.0, 5.0, 1e15, None)
        for length in (0.0, 1e15, None)
    )
    timeline = Timeline.of(SessionHistory(began=began, ended=began + seconds, phases=phases))
    for bar in timeline.strips[0].bars:
        assert 0 <= bar.left <= bar.left + bar.width <= WIDTH + 0.01
        assert bar.width > 1


def test_a_chart_has_a_column_for_each_task_whose_value_is_known(session):
    time, processor, memory = charts.of_tasks(session.tasks)
    assert [time.name, processor.name, memory.name] == ["Time", "Processor time", "Peak memory"]
    assert len(time.columns) == len(session.tasks)
    assert max(column.height for column in memory.columns) == charts.HEIGHT
    assert (time.most, time.median) == ("5.00 s", "4.00 s")


def test_a_chart_of_very_many_tasks_has_the_greatest_value_of_several_in_a_row():
    tasks = [Phase("on_run", f"task-{number}", seconds=float(number % 7)) for number in range(1000)]
    (time,) = charts.of_tasks(tasks)
    assert len(time.columns) == 250
    assert time.columns[0].title == "task-0 to task-3: at most 3.00 s"
    assert max(column.height for column in time.columns) == charts.HEIGHT
    assert time.columns[-1].left + time.columns[-1].width <= WIDTH


def test_very_many_bars_of_a_strip_are_joined_and_a_failure_is_not_covered():
    outcomes = {500: PhaseOutcome.FAILED}
    phases = [
        Phase("on_run", f"task-{at}", float(at), 1.0, outcomes.get(at, PhaseOutcome.SUCCEEDED)) for at in range(5000)
    ]
    phases.append(Phase("on_run", "task-long", 5000.0, 5000.0, PhaseOutcome.SUCCEEDED))
    (strip,) = Timeline.of(SessionHistory(began=0.0, ended=10_000.0, phases=tuple(phases))).strips
    assert len(strip.bars) < 300
    assert strip.bars[0].title == "task-0: succeeded, 1.00 s; and 39 more succeeded"
    assert strip.bars[-1].title == "task-500: failed, 1.00 s"
    assert [bar.width for bar in strip.bars if "task-long" in bar.title] == [500.0]
    assert all(0 <= bar.left <= bar.left + bar.width <= WIDTH + 0.01 for bar in strip.bars)


def test_the_data_of_a_table_has_each_text_once_in_the_order_of_the_values():
    phases = [Phase("on_run", f"b-{seconds}", seconds=seconds) for seconds in (100.0, 9.0, None, 100.0)]
    data = table.of_phases(phases).data(lambda value, kind: f"{kind} {value}")
    assert data["texts"][3] == ["duration None", "duration 9.0", "duration 100.0"]
    assert [row[3] for row in data["rows"]] == [2, 1, 0, 2]
    assert data["texts"][0] == ["text on_run"]


def test_very_many_failures_are_counted_and_the_first_ones_shown(written):
    failed = [Phase("on_run", f"task-{number}", outcome=PhaseOutcome.FAILED) for number in range(300)]
    text = written(SessionHistory(phases=tuple(failed))).read_text("utf-8")
    assert text.count('<li class="failed">') == page.MOST
    assert f"<li>and {300 - page.MOST} more</li>" in text


def test_there_is_no_chart_of_what_is_not_known():
    tasks = [Phase("on_run", "task-1", seconds=0.0, outcome=PhaseOutcome.SUCCEEDED)]
    assert [chart.name for chart in charts.of_tasks(tasks)] == ["Time"]


@pytest.mark.parametrize("seconds", [None, 1e300, -1e300, float("nan"), float("inf")])
def test_a_time_that_no_clock_shows_is_unknown(seconds):
    assert words.moment(seconds) is None
