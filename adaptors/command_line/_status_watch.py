"""Show the status of a daemon, once or again and again."""

from __future__ import annotations

import json
import os
import sys
import time

from ...ipc._errors import NoDaemonError
from ...ipc._stream.gauges import beginning
from ...ipc._stream.plain_text import on_one_line
from ...ipc._stream.terminal import is_capable, terminal_size
from ._daemon_status import OVER, status_of
from ._printed_lines import print_lines, print_text
from ._status_text import screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._daemon_status import DaemonStatus

_INTERVAL_SECONDS = 1.0
_CLEAR = "\x1b[H\x1b[2J"


def show(path: str, form: str) -> int:
    """Print the status once, and return the exit code: that of a command without a daemon if it is gone.

    Args:
        path: The connection file.
        form: ``text`` or ``json``.
    """
    status = status_of(path)
    _print(status, form)
    return 0 if status.is_alive else _gone(status)


def _gone(status: DaemonStatus) -> int:
    """Say how a daemon has ended, and return the exit code."""
    how = (
        f"the session is over: {status.message}"
        if status.condition == OVER
        else f"the daemon is gone: {status.message}"
    )
    print_lines(f"error: {how}", err=True)
    return NoDaemonError.exit_code


def show_again(path: str, form: str) -> int:
    """Print the status each second until the session has ended: on a terminal in place, else one after the other.

    Return the exit code: 0 if a live daemon was seen, and the session ended; else that of a command without a daemon.
    """
    former = None
    while True:
        try:
            status = status_of(path)
        except NoDaemonError:
            if former is None or os.path.exists(path):  # it was removed at an orderly end
                raise
            return _ended()
        _print(status, form, former, in_place=_is_on_terminal())
        if not status.is_alive:
            return _ended() if former is not None and status.condition == OVER else _gone(status)
        former = status
        time.sleep(_INTERVAL_SECONDS)


def _is_on_terminal() -> bool:
    """Return whether standard output can show it in place; what another program has put there cannot."""
    try:
        return is_capable(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):
        return False


def _ended() -> int:
    print_lines("the session has ended", err=True)
    return 0


def _print(status: DaemonStatus, form: str, former: DaemonStatus | None = None, *, in_place: bool = False) -> None:
    if form == "json":
        print_text(json.dumps(status.to_dict()) + "\n")
        return
    columns, height = _room() if in_place else (None, None)
    lines = [on_one_line(line) for line in screen(status, former, height, columns)]
    if columns is not None:
        lines = [beginning(line, columns) for line in lines]
    if in_place:
        lines[0] = _CLEAR + lines[0]
    elif former is not None:
        lines.insert(0, "")
    print_text("\n".join(lines) + "\n")


def _room() -> tuple[int | None, int | None]:
    """Return how many characters and lines the terminal has room for; None for what it does not tell."""
    columns, lines = terminal_size(sys.stdout.fileno())
    return columns or None, max(1, lines - 1) if lines else None
