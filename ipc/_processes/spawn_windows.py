"""Start a process that outlives this one, on Windows."""

from __future__ import annotations

import os
import subprocess
import sys

assert sys.platform == "win32"

import msvcrt  # noqa: E402  exists on Windows only

from .job_windows import Job  # noqa: E402

# With a console of its own, without a window: applications share it, so they can be asked to end through it.
_FLAGS = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP

_END_SECONDS = 10.0
"""How long the system may take to end a process."""

_starting: dict[int, Job] = {}
"""The jobs of daemons that are not ready yet, by process id."""


def spawn_daemon(command: list[str], environment: dict[str, str], output: int, ready: int) -> subprocess.Popen[bytes]:
    """Start ``command`` with its own console, with a pipe to its standard input, and outside our job if possible.

    Args:
        command: The program and its arguments.
        environment: Its environment variables.
        output: The descriptor that becomes its standard output and its standard error.
        ready: The only other descriptor whose handle it inherits.
    """
    handle = msvcrt.get_osfhandle(ready)
    os.set_handle_inheritable(handle, True)
    information = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
    job = Job()
    for leaving in (subprocess.CREATE_BREAKAWAY_FROM_JOB, 0):
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                startupinfo=information,
                creationflags=_FLAGS | leaving,
            )
            break
        except OSError as error:
            # The scheduler's job lets nobody leave.
            if not (leaving and isinstance(error, PermissionError)):
                job.close()
                raise
    # It runs already: suspended, it would stay for ever if this process were killed now. So it finds the pipe of its
    # starter closed, as on POSIX.
    try:
        job.add(int(process._handle))  # type: ignore[attr-defined]  # noqa: SLF001  it has no public name
        _starting[process.pid] = job
    except OSError:  # a job that has no room for another one
        job.close()
    return process


def let_live(process: subprocess.Popen[bytes]) -> None:
    """Let a daemon live on when this process ends: until now it would have ended with it, for nobody knows of it."""
    job = _starting.pop(process.pid, None)
    if job is not None:
        job.let_live()
        job.close()


def end_rest(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a daemon that was not ready: the process that has ended may have been its launcher."""
    from .process_tree_windows import wait_none  # few starts fail

    job = _starting.pop(process.pid, None)
    if job is not None:
        job.kill()
        wait_none(job.pids, _END_SECONDS)
        job.close()


def inherited(ready: int) -> int:
    """Return the value under which the child inherits ``ready``: its handle."""
    return msvcrt.get_osfhandle(ready)


def open_inherited(ready: int) -> int:
    """Return the descriptor, in the child, for what :func:`inherited` returned in the parent."""
    return msvcrt.open_osfhandle(ready, os.O_WRONLY)
