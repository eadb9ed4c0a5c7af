"""No process guards the applications on Windows: the job of the runtime ends them when the runtime is gone.

It is made before the first application, so that one that the runtime was starting when it was killed is in it too. An
author's own process may leave it (``CREATE_BREAKAWAY_FROM_JOB``), and so do the daemons that this process starts.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading

assert sys.platform == "win32"

from .application_mark import own_mark  # noqa: E402  a type checker for another platform stops above
from .job_windows import Job  # noqa: E402

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_jobs: list[Job | None] = []
"""The one job of this process, once it was asked for; None if the system has refused it."""


def prepare() -> None:
    """Put this process into a job, with all that it starts from then on."""
    with _lock:
        if not _jobs:
            _jobs.append(_join())


def _join() -> Job | None:
    try:
        job = Job(breakaway=True)
        job.add_self()
    except OSError as error:
        _log.warning("an application that is being started while this process is killed is not guarded: %s", error)
        return None
    return job


def protect(pid: int) -> None:
    """Do nothing: an application has a job."""


def release(pid: int) -> None:
    """Do nothing: its job is closed when it is reaped."""


def keep(directory: str) -> None:
    """Do nothing: nobody is left to remove the directory of a process that was killed."""


def leave(directory: str) -> None:
    """Do nothing."""


def close() -> None:
    """At the end of this process: let those children live on that it has not ended, as elsewhere."""
    with _lock:
        for job in filter(None, _jobs):
            job.let_live()


def is_running() -> bool:
    """Return False: there is no process to end."""
    return False


def mark() -> str:
    """Return the mark in the environment of this process's applications."""
    return own_mark()


atexit.register(close)
