"""The options that several commands share."""

from __future__ import annotations

import math
from typing import Any, Callable

import attrs
import click

from .._deadlines import Deadlines

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DATA_HELP = "a mapping, as JSON or YAML, or file:// and the path of a file with it"


DAEMON = "The daemon's file. Default: what the variable OPENJD_ADAPTOR_SOCKET names."
"""What ``--connection-file`` is to a command that talks to a daemon."""


def init_data() -> Decorator:
    """Add ``--init-data``."""
    return click.option("--init-data", default="", metavar="DATA", help=f"The session's data: {DATA_HELP}.")


def run_data() -> Decorator:
    """Add ``--run-data``."""
    return click.option("--run-data", default="", metavar="DATA", help=f"The task's data: {DATA_HELP}.")


def run_data_of_tasks() -> Decorator:
    """Add ``--run-data``, which may be given once for each task, and arrives as a tuple."""
    text = f"A task's data: {DATA_HELP}. Repeat it for further tasks, which run one after the other."
    return click.option("--run-data", metavar="DATA", multiple=True, help=text)


def path_mapping_rules() -> Decorator:
    """Add ``--path-mapping-rules``."""
    return click.option("--path-mapping-rules", default="", metavar="DATA", help=f"Path mapping rules: {DATA_HELP}.")


def connection_file(text: str) -> Decorator:
    """Add ``--connection-file`` with a help text. Whether there is such a file is for who reads it to say."""
    return click.option("--connection-file", metavar="PATH", help=text)


def journal(text: str) -> Decorator:
    """Add ``--journal`` with a help text."""
    return click.option("--journal", metavar="PATH", type=click.Path(dir_okay=False), help=text)


def deadline() -> Decorator:
    """Add ``--deadline``, whose values arrive as one mapping from the names of deadlines to seconds."""
    names = ", ".join(field.name for field in attrs.fields(Deadlines))
    return click.option(
        "--deadline",
        "deadlines",
        metavar="NAME=SECONDS",
        multiple=True,
        callback=_read_deadlines,
        help=f"How long it may take at most; may be given several times. Names: {names}. 'none' is no limit.",
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
        raise click.BadParameter(f"{text!r} names no deadline{meant}; the names are {', '.join(names)}")
    if value == "none" and "Optional" in str(names[name].type):
        return name, None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise click.BadParameter(f"{text!r} has no number of seconds above 0, as in '{name}=60'")
    return name, seconds


def owner_pid() -> Decorator:
    """Add ``--owner-pid``."""
    return click.option(
        "--owner-pid", metavar="PID", type=int, help="End the daemon as soon as this process is gone: a worker, say."
    )
