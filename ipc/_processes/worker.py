"""The process that the scheduler's session depends on: its death ends the session without a ``daemon stop``.

The worker starts each action of a session as the leader of a process session (Open Job Description 2023-09, "How Jobs
Are Run", and its runtimes). So the leader's parent is the worker. If the action runs as another user, ``sudo`` is in
between, which may outlive the worker. The runtime in Rust has ``sudo`` start one helper for all actions of the session,
which outlives the worker, too: its program lies in the session's working directory, and its actions lead no session.
"""

from __future__ import annotations

import os

from .process_identity import start_time

_IN_BETWEEN = {"sudo", "su", "runuser", "setsid"}


def find_worker() -> tuple[int, float] | None:
    """Return the worker's process id and start time; None outside a scheduler's session, or if it is hidden."""
    directory = os.environ.get("OPENJD_SESSION_WORKING_DIR")
    if not directory or not hasattr(os, "getsid"):
        return None
    try:
        pid = _parent(_find_helper(directory) or os.getsid(0))
        while pid > 1 and _name(pid) in _IN_BETWEEN:
            pid = _parent(pid)
    except (OSError, ValueError):
        return None
    began = start_time(pid) if pid > 1 else None
    return None if began is None else (pid, began)


def _parent(pid: int) -> int:
    return int(_fields(pid)[1].split()[1])


def _name(pid: int) -> str:
    return _fields(pid)[0].lstrip("(")


def _find_helper(directory: str) -> int | None:
    """Return the ancestor that ``sudo`` has started from the session's directory, or None."""
    pid = os.getppid()
    while pid > 1:
        parent = _parent(pid)
        if parent > 1 and _name(parent) in _IN_BETWEEN and _program(pid).startswith(os.path.join(directory, "")):
            return pid
        pid = parent
    return None


def _program(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return os.fsdecode(file.read().partition(b"\0")[0])


def _fields(pid: int) -> tuple[str, str]:
    """Return /proc/PID/stat up to the end of the command name, and the rest; see proc_pid_stat(5)."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        before, _, after = file.read().decode("ascii", "replace").rpartition(")")
    return before.split(" ", 1)[1], after
