"""The command that writes a report of finished sessions."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import click

from . import _options as options
from ._command import Command
from ._invocation import CONTEXT
from ._journal import is_running
from ._printed_lines import print_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...statemachine import SessionHistory
    from .._report.page import ReportedSession


@click.command(
    cls=Command,
    epilog="Example: report session.jsonl -o report.html\nreport journals -o farm.html",
    context_settings=CONTEXT,
)
@click.argument("journals", metavar="JOURNALS", nargs=-1, required=True, type=click.Path(readable=False))
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    default="report.html",
    show_default=True,
    help="File to write; - is standard output.",
)
@options.session("Show only this session of the journal: 1 is the oldest one. Default: all.")
def report(journals: tuple[str, ...], output: str, session: int | None) -> None:
    """Write a page about the sessions in journals.

    JOURNALS are journals, or folders of journals. The page is one file that needs nothing else: of one session it shows
    the path, a timeline, what each task took, and what went wrong; of several also a table with a row for each.
    """
    from adaptor_runtime_client import __version__

    from ...ipc._errors import BadInputError
    from .._report.page import page

    paths = list(_paths(journals))
    if not paths:
        raise BadInputError(f"there is no journal in {', '.join(journals)}")
    if output != "-" and any(_is_same(path, output) for path in paths):
        raise BadInputError(f"{output} is a journal: the report would replace it; choose another --output")
    sessions, unread = _read(paths, session)
    if not sessions:
        raise BadInputError(unread[0])
    _write(output, page(sessions, unread=unread, release=__version__).encode("utf-8"))
    print_lines(*unread, err=True)


def _paths(given: Sequence[str]) -> Iterator[str]:
    """Yield the paths of the journals, the oldest of a folder first."""
    from .._messages.journal_reading import journals_in

    for path in given:
        yield from reversed(journals_in(path)) if os.path.isdir(path) else (path,)


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


def _read(paths: Sequence[str], number: int | None) -> tuple[list[ReportedSession], list[str]]:
    """Return the sessions of all journals, or of each the one with a number, and why some could not be read."""
    import attrs

    from ...ipc._errors import BadInputError

    sessions: list[ReportedSession] = []
    unread: list[str] = []
    for path in paths:
        try:
            sessions += _sessions_of(path, number)
        except BadInputError as error:
            unread.append(str(error))
    shown = _without_copies(sessions)
    if len(shown) < len(sessions):
        copies = len(sessions) - len(shown)
        unread.append(f"each session is shown once: of the {len(sessions)} in the journals, {copies} are copies")
    return [attrs.evolve(session, number=at) for at, session in enumerate(shown, 1)], unread


def _without_copies(sessions: Sequence[ReportedSession]) -> list[ReportedSession]:
    """Return each session once, from the journal that has most of it. A session is a process, and when it began."""
    found: dict[object, ReportedSession] = {}
    for session in sessions:
        history = session.history
        who = (history.host, history.boot, history.pid, history.start_time, history.began)
        key = who if history.pid is not None and history.began is not None else id(session)
        if key not in found or len(found[key].history.records) < len(history.records):
            found[key] = session
    return list(found.values())


def _sessions_of(path: str, number: int | None) -> list[ReportedSession]:
    """Return the sessions of a journal, or only the one with a number."""
    from ...ipc._errors import BadInputError
    from .._messages.journal_reading import read_sessions
    from .._report.page import ReportedSession

    content = read_sessions(path)
    count = len(content.sessions)
    if not count:
        raise BadInputError(f"the journal {path} has no session in it")
    return [
        ReportedSession(
            history,
            path,
            each,
            content.unreadable,
            _is_running(history),
            place=f", session {each} of {count}" if count > 1 else "",
            ends_early=content.ends_early and each == count,
        )
        for each, history in content.numbered(number)
    ]


def _is_running(history: SessionHistory) -> bool | None:
    """Return whether the process of a session is there; None if it is on another machine, where nobody can look."""
    from ...ipc._files.host import this_host

    return is_running(history) if history.boot and history.boot == this_host().boot else None


def _write(output: str, content: bytes) -> None:
    """Write the page in one move, so that a reader sees the former page or the new one; a pipe or a device gets it."""
    from ...ipc._errors import BadInputError
    from ...ipc._files.private_file import usable_path

    if output == "-":
        click.echo(content, nl=False)
        return
    path = usable_path(output)
    is_replaceable = not os.path.exists(path) or os.path.isfile(path)
    is_link = is_replaceable and os.path.islink(path)  # it stays one
    target = usable_path(os.path.realpath(path)) if is_link else path
    unfinished = f"{target}.{os.getpid()}.part" if is_replaceable else target
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
        if is_replaceable:
            os.replace(unfinished, target)
    except OSError as error:
        if is_replaceable:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
        raise BadInputError(f"the report {output} cannot be written: {error.strerror}") from None
