"""The daemons of this machine: those of this user, and the processes of others."""

from __future__ import annotations

import os
import time

from ...ipc._errors import NoDaemonError
from ...ipc._files import connection_file, session_directory
from ...ipc._processes import usage
from ...ipc._stream.gauges import stopwatch
from ...statemachine import AdaptorRuntimeError
from ...statemachine._amounts import size
from ._daemon_status import status_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    import psutil

    from ._daemon_status import DaemonStatus

_WORDS = ["daemon", "_serve"]
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")  # in the order of ``tempfile``


def daemons(seen: set[int]) -> Iterator[DaemonStatus | str]:
    """Yield the status of each daemon of this user, or one line about why there is none.

    A daemon that has ended in order, and left only its outcome, is not listed. Nor is a session directory that was left
    by a daemon whose connection file somebody has removed: nothing is known of it, and nothing can be done to it.

    In the temporary directories of other commands, only the daemons that live are looked for.

    Args:
        seen: Gets the processes that connection files name, also those that are not listed.
    """
    here = dict.fromkeys(session_directory.connection_files())
    yield from _told_of(here, seen)
    there = [path for folder in _temporary_directories() for path in session_directory.connection_files(folder)]
    for told in _told_of((path for path in dict.fromkeys(there) if path not in here), seen):
        if not isinstance(told, str) and told.is_alive:
            yield told


def _told_of(paths: Iterable[str], seen: set[int]) -> Iterator[DaemonStatus | str]:
    for path in paths:
        try:
            info = connection_file.read(path)
            seen.add(info.pid)
            if info.state == connection_file.OVER:
                continue
        except NoDaemonError:
            continue
        except connection_file.UnusableFileError as error:
            yield str(error)
            continue
        except AdaptorRuntimeError:
            yield f"{path}: what is in this place is no connection file of a daemon"
            continue
        try:
            yield status_of(path)
        except AdaptorRuntimeError as error:
            yield f"{path}: {error}"


def _temporary_directories() -> list[str]:
    """Return the temporary directories of this user's live daemons: that of this command may differ."""
    import psutil

    own = _own_name()
    found: list[str] = []
    for process in _serving():
        if process.info["username"] != own:
            continue
        try:
            environment = process.environ()
        except (psutil.Error, OSError):  # ended meanwhile
            continue
        named = [environment[name] for name in _TEMPORARY if environment.get(name)]
        found.append(os.path.abspath(named[0] if named else "/tmp"))  # noqa: S108  the default of ``tempfile``
    return list(dict.fromkeys(found))


def unlisted(seen: set[int]) -> list[dict[str, Any]]:
    """Return the daemons whose files tell nothing, as JSON objects: who runs them, and what they use.

    Those of other users are private. Those of this user are about to start, or somebody has removed their files.

    Args:
        seen: The processes whose connection files were found.
    """
    own = _own_name()
    return [
        {
            "condition": "unknown",
            "pid": process.pid,
            "user": process.info["username"],
            "seconds": time.time() - (process.info["create_time"] or time.time()),
            "command": " ".join(process.info["cmdline"]),
            "usage": usage.total(usage.tree(process.pid, is_shown=False))._asdict(),
        }
        for process in _serving()
        if process.info["username"] != own or process.pid not in seen
    ]


def _serving() -> Iterator[psutil.Process]:
    """Yield the processes that are daemons."""
    import psutil

    for process in psutil.process_iter(["cmdline", "username", "create_time"]):
        if (process.info["cmdline"] or [])[-2:] == _WORDS:
            yield process


def _own_name() -> str:
    import psutil

    return str(psutil.Process().username())


def row_of_unlisted(daemon: dict[str, Any]) -> str:
    """Return the line of such a daemon in a list."""
    from ...ipc._processes.typed_command import how_to_become

    since, memory = stopwatch(daemon["seconds"]), size(daemon["usage"]["resident_bytes"])
    who = f"of {daemon['user']} (more with {how_to_become(daemon['user'])})"
    if daemon["user"] == _own_name():
        who = "no connection file leads to it: it is about to start, or its files were removed"
    return f"{daemon['pid']:>8}  {'unknown':<8}  {since:>8}  {memory:>9}  {who}  {daemon['command']}"
