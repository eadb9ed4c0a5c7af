"""Lines for the log of the adaptor, which reads the application's output. They must never make an action fail."""

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
    """Flush what was printed. The output is a pipe, for which Python buffers 8 kB."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                stream.flush()
        except Exception:  # noqa: BLE001, S110 - closed, or any error of a foreign stream
            pass


def _print(text: str, stream: TextIO | None) -> None:
    # Applications replace these streams with their own windows, or have none.
    try:
        try:
            print(text, file=stream, flush=True)
        except UnicodeError:
            # A path that does not decode contains surrogates, and not every stream can write all of Unicode.
            print(text.encode("ascii", "backslashreplace").decode("ascii"), file=stream, flush=True)
    except Exception:  # noqa: BLE001, S110 - any error of a foreign stream
        pass
