"""The command that draws the lifecycle, and the path that a session took."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from . import _options as options
from ._command import Command
from ._invocation import CONTEXT
from ._printed_lines import print_lines, print_text

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command(cls=Command, epilog="Example: graph --format mermaid --journal session.jsonl", context_settings=CONTEXT)
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "text", "svg"]),
    default="mermaid",
    show_default=True,
    help="Output format; svg needs no other program.",
)
@click.option("--application", is_flag=True, help="Also draw the life of an application.")
@click.option("--upright", is_flag=True, help="Draw the svg for a narrow screen, such as a phone's.")
@options.connection_file("Draw the session of this live daemon, its state, and the path it took.")
@options.journal("Draw the finished session that this journal records.")
@options.session("Draw this session of the journal: 1 is the oldest one. Default: the last one.")
def graph(
    form: str,
    connection_file: str | None,
    journal: str | None,
    session: int | None,
    *,
    application: bool,
    upright: bool,
) -> None:
    """Draw the lifecycle, or the path that a session took.

    By default, draw the lifecycle of every adaptor. For a session, also draw the life of each application that it
    guarded, how often and how long it was in each state, why it ended, and which calls were refused.
    """
    from ...statemachine import Record, draw

    if connection_file and journal:
        raise click.UsageError("--connection-file and --journal exclude each other.")
    if session is not None and not journal:
        raise click.UsageError("--session needs --journal PATH.")
    drawn = partial(draw, form, application=application, upright=upright)
    if connection_file:
        from ...ipc._commands.frontend import snapshot

        now = snapshot(connection_file)
        history = [Record.from_dict(record) for record in (*now.history, *now.applications)]
        print_text(drawn(state=now.state, history=history))
    elif journal:
        _draw_journal(journal, session, drawn)
    else:
        print_text(drawn())


def _draw_journal(journal: str, number: int | None, drawn: Callable[..., str]) -> None:
    from .._messages.journal_reading import read_sessions
    from ._journal import tell_unreadable

    content = read_sessions(journal)
    sessions = content.numbered(number) if content.sessions or number else []
    print_text(drawn(history=sessions[-1][1].records if sessions else ()))
    if number is None and len(content.sessions) > 1:
        which = f"{journal} has {len(content.sessions)} sessions, and this is the last one"
        print_lines(f"{which}; --session NUMBER draws another", err=True)
    if not content.sessions:
        print_lines("nothing has been written to this journal yet", err=True)
    tell_unreadable(content)
