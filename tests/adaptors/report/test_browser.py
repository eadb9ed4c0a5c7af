"""The report in a real browser: nothing that is in a journal becomes a part of the page."""

from __future__ import annotations

import attrs
import pytest
import reported_session
from adaptor_runtime.adaptors._report import table
from reported_session import MARKUP

pytestmark = [pytest.mark.applications, pytest.mark.xdist_group("browser")]

COUNTS = """({
    scripts: document.scripts.length,
    images: document.images.length,
    styles: document.querySelectorAll("style").length,
    handlers: document.querySelectorAll("[onerror]").length,
    title: document.title,
})"""
NOT_SHOWN = ["SessionHistory.boot", "SessionHistory.state", "SessionHistory.cause_state"]
"""The fields that are not shown, or whose value is one of a table."""

ROWS = "[...document.querySelector('.searched').querySelectorAll('tbody tr')]"
SEARCH = "(() => {{ const input = document.querySelector('input'); input.value = {!r};\
 input.dispatchEvent(new Event('input')); }})()"
SHAPE = "(({naturalWidth, naturalHeight}) => naturalWidth / naturalHeight)(document.querySelector('img.lifecycle'))"


@pytest.mark.parametrize("rows", [0, 200], ids=["from data", "written"])
@pytest.mark.parametrize("count", [1, 3], ids=["one session", "several sessions"])
def test_markup_in_any_field_of_a_journal_is_shown_as_text(opened, written, monkeypatch, count, rows):
    monkeypatch.setattr(table, "WRITTEN", rows)
    sessions = [reported_session.hostile(number) for number in range(1, count + 1)]
    opened.open(written(*sessions, unread=[f"unread: {MARKUP}"], journal=f"journal: {MARKUP}"))
    counts = opened.value(COUNTS)
    assert counts.pop("title").startswith("SessionHistory.adaptor: " if count == 1 else "3 sessions")
    scripts = 1 if rows else 1 + 2 * count
    assert counts == {"scripts": scripts, "images": count, "styles": 1, "handlers": 0}
    text = opened.value("document.body.textContent")
    assert text.count("<script>injected()</script>") > 20
    assert [name for name in reported_session.texts() if f"{name}: " not in text] == NOT_SHOWN
    assert "{{7*7}}" in text
    assert opened.problems == []
    assert opened.value("typeof injected") == "undefined"


def test_the_policy_of_the_page_stops_what_the_template_would_let_through(opened, written):
    path = written(reported_session.rendered())
    path.write_text(path.read_text("utf-8").replace("<main>", "<main><script>window.injected = 1</script>"), "utf-8")
    opened.open(path)
    assert opened.value("typeof injected") == "undefined"
    assert "Content Security Policy" in str(opened.problems)


def test_the_page_reaches_for_nothing_and_its_picture_is_drawn(opened, written):
    opened.open(written(reported_session.rendered()))
    assert opened.problems == []
    assert opened.value("document.querySelector('img.lifecycle').naturalWidth") > 0
    assert opened.value("document.querySelectorAll('.timeline rect').length") > 20


@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_screen_in_light_and_in_dark(opened, written, tmp_path, width, scheme):
    opened.open(
        written(reported_session.rendered(), reported_session.rendered(cancel=False)), width=width, scheme=scheme
    )
    opened.value("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert opened.value("document.documentElement.scrollWidth") <= width
    ground = opened.value("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    assert (opened.value(SHAPE) < 0.7) == (width == 390)
    opened.picture(tmp_path / "report.png")
    assert (tmp_path / "report.png").stat().st_size > 10_000


@pytest.mark.parametrize("width", [360, 1100])
def test_names_that_are_far_too_long_widen_neither_the_page_nor_its_printed_tables(opened, written, width):
    name = "a" * 300
    session = reported_session.rendered()
    task = attrs.evolve(session.tasks[0], task_id=name, cause=name, data={name: name})
    session = attrs.evolve(
        session, adaptor=name, host=name, cause=name, versions={name: name}, phases=(task,), init_data={name: name}
    )
    for histories in ([session], [session, session]):
        opened.open(written(*histories, journal=name), width=width)
        opened.value("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert opened.value("document.documentElement.scrollWidth") <= width
    opened.ask("Emulation.setEmulatedMedia", media="print")
    wide = "[...document.querySelectorAll('.wide')].map((each) => each.scrollWidth - each.clientWidth)"
    assert width < 1000 or max(opened.value(wide)) <= 1
    opened.ask("Emulation.setEmulatedMedia", media="")


@pytest.fixture(params=["written", "paged"])
def few(request, monkeypatch):
    """Let a table of 17 rows be a short one, and a long one of which only some are written."""
    monkeypatch.setattr(table, "WRITTEN", {"written": 200, "paged": 5}[request.param])


@pytest.mark.usefixtures("few")
def test_a_search_leaves_the_rows_that_have_all_its_words(opened, written):
    opened.open(written(reported_session.rendered()))
    assert opened.value(f"{ROWS}.length") == 15
    opened.value(SEARCH.format("LicenseError failed"))
    assert opened.value(f"{ROWS}.map((row) => row.cells[1].textContent)") == ["task-3"]
    assert opened.value("document.querySelector('output').textContent") == "1 of 15"
    opened.value(SEARCH.format(""))
    assert opened.value(f"{ROWS}.length") == 15


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("column", "shown"), [(1, "task"), (2, "began"), (3, "took"), (5, "peak memory")])
def test_a_table_is_sorted_by_a_click_on_its_heading(opened, written, column, shown):
    opened.open(written(reported_session.rendered(fails=())))
    cells = f"{ROWS}.map((row) => row.cells[{column}].textContent)"
    click = f"document.querySelectorAll('.searched th button')[{column}].click()"
    before = opened.value(cells)
    numbers = {text: float(text.split()[0]) for text in before if " s" in text or "MB" in text}
    opened.value(click)
    assert opened.value(f"document.querySelectorAll('.searched th')[{column}].textContent") == shown
    assert opened.value(cells) == sorted(before, key=numbers.__getitem__ if numbers else None)
    opened.value(click)
    assert opened.value(cells) == sorted(before, key=numbers.__getitem__ if numbers else None, reverse=True)


def test_a_long_table_is_shown_page_by_page(opened, written):
    opened.open(written(reported_session.rendered(tasks=500)))
    tasks = f"{ROWS}.map((row) => row.cells[1].textContent)"
    place, turn = "document.querySelector('.rest span').textContent", "document.querySelector('.rest .{}').click()"
    assert opened.value(place) == "Rows 1 to 200 of 503."
    opened.value(turn.format("next"))
    assert opened.value(tasks) == [f"task-{number}" for number in range(200, 400)]
    opened.value(turn.format("next"))
    assert opened.value(place) == "Rows 401 to 503 of 503."
    assert opened.value("document.querySelector('.rest .next').disabled") is True
    opened.value(SEARCH.format("task-499"))
    assert opened.value(tasks) == ["task-499"]
    assert opened.value(place) == "Rows 1 to 1 of 1."
    opened.value(SEARCH.format("nothing has this"))
    assert (opened.value(tasks), opened.value(place)) == ([], "No row has these words.")


def test_without_scripts_a_long_table_has_its_first_rows_and_what_went_wrong_is_shown(opened, written):
    opened.open(written(reported_session.rendered(tasks=500, fails=(499,))), scripts=False)
    assert opened.value("document.querySelector('.searched tbody').rows.length") == 200
    text = opened.value("document.body.innerText")
    assert "Rows 1 to 200 of 503. A browser that runs scripts shows all of them." in text
    assert "task-499 failed after 5.00 s: LicenseError: no license for blender" in text
    assert '{"texts"' not in text


def test_a_page_of_thousands_of_tasks_is_small_for_a_browser_and_on_disk(opened, written):
    path = written(reported_session.rendered(tasks=5000))
    assert path.stat().st_size < 700_000
    opened.open(path)
    assert opened.problems == []
    assert opened.value("document.querySelectorAll('*').length") < 8000


def test_a_link_to_a_session_opens_its_details(opened, written):
    opened.open(written(reported_session.rendered(), reported_session.rendered()))
    assert opened.value("document.getElementById('session-2').open") is False
    opened.value("document.querySelectorAll('tbody a')[1].click(); new Promise((done) => setTimeout(done))")
    assert opened.value("document.getElementById('session-2').open") is True


def test_without_scripts_the_page_shows_the_same(opened, written):
    path = written(reported_session.rendered())
    opened.open(path)
    text = opened.value("document.querySelector('table').innerText")
    opened.open(path, scripts=False)
    assert opened.value("document.querySelector('table').innerText") == text
    assert opened.value("document.querySelector('.search').offsetHeight") == 0


def test_the_page_is_printed_whole(opened, written):
    opened.open(written(reported_session.rendered(tasks=60), reported_session.rendered()), scheme="dark")
    assert opened.printed().count(b"/Type /Page\n") >= 4
