"""Lines of a command that shows what others have written: file names, causes, what an application said."""

from __future__ import annotations

import sys


def print_lines(*texts: str, err: bool = False) -> None:
    """Print each text as one line, whatever control characters and broken characters are in it.

    Args:
        texts: The lines.
        err: Print them on standard error.
    """
    from ...ipc._stream.plain_text import on_one_line

    print_text("".join(f"{on_one_line(text).rstrip()}\n" for text in texts), err=err)


def print_text(text: str, *, err: bool = False) -> None:
    """Print text as it is, in UTF-8, whatever the locale, and at once.

    An object that another program has put in the place of the stream, such as ``io.StringIO``, may take only text.

    Args:
        text: The text, with its line ends.
        err: Print it on standard error.
    """
    stream = sys.stderr if err else sys.stdout
    stream.flush()
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(text)
    else:
        binary.write(text.encode("utf-8", "backslashreplace"))
        binary.flush()
