"""The page: the template, filled with sessions. All text in it is escaped, and it may load or run nothing foreign."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, Callable

import attrs
import jinja2
from markupsafe import Markup

from ...statemachine import draw
from . import charts, table, words
from .timeline import LOOKS, Timeline
from .verdict import BAD, GOOD, PLAIN, WARNING, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...statemachine import Phase, SessionHistory

DETAILED = 100
"""How many sessions a page shows in detail. With more of them it has one row for each, or no browser could show it."""

SLOWEST = 8
"""How many of the slowest tasks are shown by themselves."""

MOST = 50
"""How many failures, and how many of any other thing that went wrong, are shown by themselves."""

_WORST_FIRST = (BAD, WARNING, PLAIN, GOOD)
_SHORTEST_REPEATED = 20
"""A shorter text that is in another one is no repetition of it."""

_FILTERS = {"moment": "moment", "duration": "duration", "size": "size", "data": "json"}
"""What shows the values of a kind of column; those of any other kind are shown as they are."""

_FOLDER = os.path.dirname(os.path.abspath(__file__))


@attrs.frozen
class ReportedSession:
    """A session on the page.

    Attributes:
        history: What its journal tells.
        journal: The path of the journal.
        number: Its number on the page, from 1.
        unreadable: The lines of the journal that cannot be read.
        is_running: Whether its process is there; None if nobody knows.
        place: Where in the journal it is, if that has several sessions.
        ends_early: Whether the last entry of the journal was cut off.
    """

    history: SessionHistory
    journal: str
    number: int
    unreadable: tuple[str, ...] = ()
    is_running: bool | None = None
    place: str = ""
    ends_early: bool = False

    @property
    def verdict(self) -> Verdict:
        """How it ended."""
        return Verdict.of(self.history, is_running=self.is_running)

    @property
    def timeline(self) -> Timeline:
        """When everything happened."""
        return Timeline.of(self.history)

    @property
    def slowest(self) -> list[Phase]:
        """The slowest tasks, the slowest one first."""
        timed = [task for task in self.history.tasks if task.seconds is not None]
        return sorted(timed, key=lambda task: -(task.seconds or 0.0))[:SLOWEST]

    @property
    def phases(self) -> table.Table:
        """Its phases and tasks."""
        return table.of_phases(self.history.phases)

    @property
    def processes(self) -> table.Table:
        """The processes of its applications."""
        return table.of_processes(self.history.processes)

    @property
    def charts(self) -> list[charts.Chart]:
        """What each task took."""
        return charts.of_tasks(self.history.tasks)


def page(sessions: Sequence[ReportedSession], *, unread: Sequence[str] = (), release: str) -> str:
    """Return the page as HTML.

    Args:
        sessions: The sessions, in the order of the page.
        unread: Why the journals that could not be read are not on the page.
        release: The release of the runtime that writes the page.
    """
    template = _template()
    style, script = _own("style.css"), _own("script.js")
    return template.render(
        sessions=sessions,
        worst_first=sorted(sessions, key=lambda session: _WORST_FIRST.index(session.verdict.look)),
        detailed=sessions if len(sessions) <= DETAILED else (),
        unread=unread,
        release=release,
        style=style,
        script=script,
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        picture=_picture,
        most=MOST,
        shown=lambda value, kind: _shown(value, template.environment.filters.get(_FILTERS.get(kind, ""))),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=words.duration_text, size=words.size_text, moment=words.moment, json=_json, file=os.path.basename
    )
    environment.filters.update(without=_without, look=LOOKS.__getitem__)
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment.get_template("page.html")


def _finalized(value: Any) -> Any:
    """Return what the template shows of a value: text of anybody's without what deceives or breaks a page."""
    if value is None:
        return "\N{EN DASH}"
    return words.harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _shown(value: Any, form: Callable[[Any], Any] | None) -> str:
    """Return what a person sees of a value in a table."""
    return str(_finalized(value if value is None or form is None else form(value)))


def _own(name: str) -> Markup:
    """Return the text of a file of ours, which is not escaped."""
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return Markup(file.read())  # noqa: S704  nothing of anybody's is in it


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _picture(history: SessionHistory, *, upright: bool) -> str:
    """Return the path of a session as the address of an image: a browser runs nothing that is in an image."""
    drawing = draw("svg", state=history.state, history=history.records, upright=upright)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode('utf-8')).decode('ascii')}"


def _without(text: str, cause: str | None) -> str:
    """Return text without the cause of the session, which the page says once, above."""
    if cause is None or len(cause) < _SHORTEST_REPEATED:
        return text
    return text.replace(cause, "\N{HORIZONTAL ELLIPSIS}")


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
