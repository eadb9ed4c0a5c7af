"""The daemons of this machine: those of this user, and the processes of others."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any

from ...ipc._errors import NoDaemonError
from ...ipc._files import connection_file, session_directory
from ...ipc._processes import usage
from ...statemachine import AdaptorRuntimeError
from ._daemon_status import status_of
from ._status_text import duration, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._daemon_status import DaemonStatus

_WORDS = ["daemon", "_serve"]


def daemons() -> Iterator[DaemonStatus | str]:
    """Yield the status of each daemon of this user, or one line about why there is none.

    A daemon that has ended in order, and left only its outcome, is not listed. Nor is a session directory that was left
    by a daemon whose connection file somebody has removed: nothing is known of it, and nothing can be done to it.
    """
    for path in dict.fromkeys(session_directory.connection_files()):
        try:
            if connection_file.read(path).state == connection_file.OVER:
                continue
        except NoDaemonError:
            continue
        except AdaptorRuntimeError:
            yield f"{path}: what is in this place is no connection file of a daemon"
            continue
        try:
            yield status_of(path)
        except AdaptorRuntimeError as error:
            yield f"{path}: {error}"


def of_others() -> list[dict[str, Any]]:
    """Return the daemons of other users, as JSON objects: who runs them, and what they use. Their files are private."""
    import psutil

    own = psutil.Process().username()
    found = []
    for process in psutil.process_iter(["cmdline", "username", "create_time"]):
        words = process.info["cmdline"] or []
        if words[-2:] == _WORDS and process.info["username"] != own:
            found.append(
                {
                    "condition": "unknown",
                    "pid": process.pid,
                    "user": process.info["username"],
                    "seconds": time.time() - (process.info["create_time"] or time.time()),
                    "command": " ".join(words),
                    "usage": usage.total(usage.tree(process.pid))._asdict(),
                }
            )
    return found


def row_of_other(daemon: dict[str, Any]) -> str:
    """Return the line of such a daemon in a list."""
    memory = size(daemon["usage"]["resident_bytes"])
    user = shlex.quote(daemon["user"])
    who = f"of {daemon['user']} (more with sudo -u {user})"
    return (
        f"{daemon['pid']:>8}  {'unknown':<8}  {duration(daemon['seconds']):>8}  {memory:>9}  {who}  {daemon['command']}"
    )
