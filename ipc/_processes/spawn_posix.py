"""Start a process that outlives this one, on POSIX."""

from __future__ import annotations

import os
import subprocess


def spawn_daemon(command: list[str], environment: dict[str, str], output: int, ready: int) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own session, with a pipe to its standard input.

    Args:
        command: The program and its arguments.
        environment: Its environment variables.
        output: The descriptor that becomes its standard output and its standard error.
        ready: The only other descriptor that it inherits, with the same number.
    """
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        pass_fds=(ready,),
        start_new_session=True,
    )


def let_live(process: subprocess.Popen[bytes]) -> None:
    """Do nothing: a daemon that is not ready finds the pipe of its starter closed, or is found by its mark."""


def end_rest(process: subprocess.Popen[bytes]) -> None:
    """Do nothing: the process was the daemon itself."""


def inherited(ready: int) -> int:
    """Return the value under which the child inherits ``ready``."""
    return ready


def open_inherited(ready: int) -> int:
    """Return the descriptor, in the child, for what :func:`inherited` returned in the parent."""
    os.set_inheritable(ready, False)  # by processes that the child starts
    return ready
