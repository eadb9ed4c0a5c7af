"""Lines for the log of the adaptor, which reads the application's output. They must never cost an action."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def say(text: str) -> None:
    """Print a line on stdout at once."""
    _print(text, sys.stdout)


def complain(text: str) -> None:
    """Print a line on stderr at once."""
    _print(text, sys.stderr)


def flush() -> None:
    """Have what was printed leave this process. Its output is a pipe, and there Python collects 8 kB before it does."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                stream.flush()
        except Exception:  # noqa: BLE001, S110 - closed, or whatever a foreign stream raises
            pass


def _print(text: str, stream: TextIO | None) -> None:
    # Applications replace these streams by windows of their own, or have none.
    try:
        try:
            print(text, file=stream, flush=True)
        except UnicodeError:
            # A path that does not decode holds surrogates, and not every stream can write all of Unicode.
            print(text.encode("ascii", "backslashreplace").decode("ascii"), file=stream, flush=True)
    except Exception:  # noqa: BLE001, S110 - whatever a foreign stream raises
        pass
