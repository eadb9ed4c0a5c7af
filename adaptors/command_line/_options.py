"""The options that several commands share."""

from __future__ import annotations

import math
from typing import Any, Callable

import attrs
import click

from .._deadlines import Deadlines

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DATA_HELP = "a mapping as JSON or YAML, or file:// and the path of a file that holds one"
"""How to write data on the command line: the end of the help text of each such option."""

DAEMON = "Connection file of the daemon. Default: the file that OPENJD_ADAPTOR_SOCKET names."
"""The help text of ``--connection-file`` for commands that talk to a daemon."""


def init_data() -> Decorator:
    """Add ``--init-data``."""
    return click.option("--init-data", default="", metavar="DATA", help=f"Session data: {DATA_HELP}.")


def run_data() -> Decorator:
    """Add ``--run-data``."""
    return click.option("--run-data", default="", metavar="DATA", help=f"Task data: {DATA_HELP}.")


def run_data_of_tasks() -> Decorator:
    """Add a repeatable ``--run-data``: one value per task, passed as a tuple."""
    text = f"Task data: {DATA_HELP}. Repeatable: one task per value, run in order."
    return click.option("--run-data", metavar="DATA", multiple=True, help=text)


def path_mapping_rules() -> Decorator:
    """Add ``--path-mapping-rules``."""
    return click.option("--path-mapping-rules", default="", metavar="DATA", help=f"Path mapping rules: {DATA_HELP}.")


def connection_file(text: str) -> Decorator:
    """Add ``--connection-file`` with a help text. The code that reads the file checks whether it exists."""
    return click.option("--connection-file", metavar="PATH", help=text)


def output_format() -> Decorator:
    """Add ``--format`` with the choices text and json."""
    kinds = click.Choice(["text", "json"])
    return click.option("--format", "form", type=kinds, default="text", show_default=True, help="Output format.")


def line_times() -> Decorator:
    """Add ``--time``."""
    return click.option("--time", is_flag=True, help="Print the time in front of each line.")


def plain() -> Decorator:
    """Add ``--plain``."""
    text = "On a terminal: only print lines, without colours and without the line with state and progress."
    return click.option("--plain", is_flag=True, help=text)


def journal(text: str) -> Decorator:
    """Add ``--journal`` with a help text."""
    return click.option("--journal", metavar="PATH", type=click.Path(dir_okay=False, readable=False), help=text)


def session(text: str) -> Decorator:
    """Add ``--session``, the number of a session in a journal, with a help text."""
    return click.option("--session", metavar="NUMBER", type=click.IntRange(min=1), help=text)


def deadline() -> Decorator:
    """Add ``--deadline``, whose values arrive as one mapping from deadline names to seconds."""
    names = ", ".join(field.name for field in attrs.fields(Deadlines))
    return click.option(
        "--deadline",
        "deadlines",
        metavar="NAME=SECONDS",
        multiple=True,
        callback=_read_deadlines,
        help=f"Time limit for a phase; repeatable. Names: {names}. 'none' means no limit.",
    )


def _read_deadlines(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> dict[str, Any]:
    deadlines: dict[str, Any] = {}
    for name, seconds in map(_read_deadline, texts):
        if name in deadlines:
            raise click.BadParameter(f"the deadline {name!r} is given more than once")
        deadlines[name] = seconds
    return deadlines


def _read_deadline(text: str) -> tuple[str, float | None]:
    name, _, value = text.partition("=")
    names = {field.name: field for field in attrs.fields(Deadlines)}
    if name not in names:
        from ._nearest import nearest

        close = nearest(name, list(names))
        meant = f" (did you mean {close}?)" if close else ""
        raise click.BadParameter(f"{text!r} does not name a deadline{meant}; the names are {', '.join(names)}")
    if value == "none" and "Optional" in str(names[name].type):
        return name, None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        limit = "; it cannot be unlimited" if value == "none" else ""
        raise click.BadParameter(f"{text!r} needs a number of seconds greater than 0, as in '{name}=60'{limit}")
    return name, seconds


def owner_pid(text: str) -> Decorator:
    """Add ``--owner-pid``."""
    return click.option("--owner-pid", metavar="PID", type=int, help=text)
