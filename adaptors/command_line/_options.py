"""The options that several commands share."""

from __future__ import annotations

from typing import Any, Callable

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DATA_HELP = "a mapping, as JSON or YAML, or file:// and the path of a file with it"


def init_data() -> Decorator:
    """Add ``--init-data``."""
    return click.option("--init-data", default="", metavar="DATA", help=f"The session's data: {DATA_HELP}.")


def run_data() -> Decorator:
    """Add ``--run-data``."""
    return click.option("--run-data", default="", metavar="DATA", help=f"The task's data: {DATA_HELP}.")


def path_mapping_rules() -> Decorator:
    """Add ``--path-mapping-rules``."""
    return click.option("--path-mapping-rules", default="", metavar="DATA", help=f"Path mapping rules: {DATA_HELP}.")


def connection_file(text: str) -> Decorator:
    """Add ``--connection-file`` with a help text. Whether there is such a file is for who reads it to say."""
    return click.option("--connection-file", metavar="PATH", help=text)


def journal(text: str) -> Decorator:
    """Add ``--journal`` with a help text."""
    return click.option("--journal", metavar="PATH", type=click.Path(dir_okay=False), help=text)
