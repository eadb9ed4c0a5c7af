"""The commands that read journals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import _options as options
from ._command import Command, Commands, require_command
from ._invocation import CONTEXT, CommandLine
from ._printed_lines import print_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...statemachine import SessionHistory
    from .._messages.journal_reading import JournalContent

LATEST = 50
"""How many journals ``journal list`` shows by default."""


@click.group(
    cls=Commands, invoke_without_command=True, context_settings=CONTEXT, epilog="Example: journal show session.jsonl"
)
@click.pass_context
def journal(context: click.Context) -> None:
    """Show what happened in a session, from its journal."""
    require_command(context)


@journal.command(cls=Command, epilog="Example: journal show session.jsonl", context_settings=CONTEXT)
@options.output_format()
@options.session("Show only this session: 1 is the oldest one. Default: all.")
@click.argument("file")
def show(form: str, session: int | None, file: str) -> None:
    """Show the phases and tasks of the session in FILE.

    For each: when it began, how long it took, what it used, and how it ended. Then what was refused, restarted, and
    received, and how the session ended, or in which phase it broke off.
    """
    from .._messages.journal_reading import read_sessions
    from ._journal_table import session_lines

    content = read_sessions(file)
    shown = content.numbered(session)
    if form == "json":
        _print_json(_data(content, shown))
        return
    for at, (number, history) in enumerate(shown):
        title = [f"session {number} of {len(content.sessions)}:"] if len(content.sessions) > 1 else []
        lines = session_lines(history, is_running=is_running(history))
        print_lines(*([""] if at else []), *title, *lines)
    if not content.sessions:
        print_lines("nothing has been written to this journal yet")
    tell_unreadable(content)


@journal.command("list", cls=Command, epilog="Example: journal list", context_settings=CONTEXT)
@options.output_format()
@click.option(
    "--latest",
    metavar="COUNT",
    type=click.IntRange(min=1),
    default=LATEST,
    show_default=True,
    help="How many journals to list, the newest first.",
)
@click.argument("folder", required=False)
@click.pass_obj
def list_journals(line: CommandLine, form: str, latest: int, folder: str | None) -> None:
    """List the sessions whose journals are in FOLDER.

    By default, FOLDER is the one that journal_directory names in the configuration.
    """
    from ...ipc._errors import BadInputError
    from .._messages.journal_reading import journals_in, read_sessions
    from ._journal_table import list_lines

    found: list[tuple[str, JournalContent]] = []
    for path in journals_in(folder or _configured_folder(line))[:latest]:
        try:
            found.append((path, read_sessions(path)))
        except BadInputError as error:
            print_lines(str(error), err=True)
    if form == "json":
        _print_json({"journals": [_data(content, content.numbered()) for _, content in found]})
        return
    sessions = [(path, session) for path, content in found for session in reversed(content.sessions)]
    print_lines(*list_lines([(path, session, is_running(session)) for path, session in sessions]))


def _configured_folder(line: CommandLine) -> str:
    from ...ipc._errors import BadInputError
    from ..configuration._effective import EffectiveConfiguration

    configuration = EffectiveConfiguration.of(line.target.load_if_named())
    folder: str | None = configuration.runtime.merged().journal_directory
    if folder is None:
        raise BadInputError(
            "no folder of journals is configured: name a FOLDER, or set journal_directory; see show-config"
        )
    return folder


def is_running(session: SessionHistory) -> bool:
    """Return whether the process of a session that has not ended is there."""
    from ...ipc._files.host import this_host
    from ...ipc._processes.process_identity import start_time

    if session.is_complete or session.pid is None or not session.boot or session.boot != this_host().boot:
        return False
    return start_time(session.pid) == session.start_time


def tell_unreadable(content: JournalContent) -> None:
    """Say on standard error what of a journal cannot be read: its end, or lines of it."""
    if content.ends_early:
        print_lines("the journal ends early: its last entry was cut off, as by a full disk", err=True)
    if content.unreadable:
        first, count = content.unreadable[0], len(content.unreadable)
        rest = "" if count == 1 else f", and {count - 1} more"
        print_lines(f"cannot be read, because it was cut off or damaged: {first}{rest}", err=True)


def _data(content: JournalContent, shown: Sequence[tuple[int, SessionHistory]]) -> dict[str, object]:
    from ._journal_table import session_data

    return {
        "journal": content.path,
        "unreadable": content.unreadable,
        "ends_early": content.ends_early,
        "sessions": [
            {"number": number, **session_data(session, is_running=is_running(session))} for number, session in shown
        ],
    }


def _print_json(data: object) -> None:
    import json

    click.echo(json.dumps(data))
