"""Lines of a command that shows what others have written: file names, causes, what an application said."""

from __future__ import annotations

import click


def print_lines(*texts: str, err: bool = False) -> None:
    """Print each text as one line, whatever control characters and broken characters are in it.

    Args:
        texts: The lines.
        err: Print them on standard error.
    """
    from ...ipc._stream.plain_text import on_one_line

    for text in texts:
        click.echo(on_one_line(text).rstrip().encode("utf-8", "backslashreplace"), err=err)
