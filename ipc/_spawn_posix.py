"""Start a process that outlives this one, on POSIX."""

from __future__ import annotations

import subprocess


def spawn_daemon(command: list[str], ready: int) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, with a pipe to its standard input and one from its output.

    It inherits no other descriptor of this process but ``ready``, under the same number.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(ready,),
        start_new_session=True,
    )


def inherited(ready: int) -> int:
    """Return what the child knows ``ready`` by."""
    return ready


def open_inherited(ready: int) -> int:
    """Return the descriptor, in the child, for what :func:`inherited` returned in the parent."""
    return ready
