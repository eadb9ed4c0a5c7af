"""Start a process that outlives this one, on Windows. Written for Windows, not yet tested there."""

from __future__ import annotations

import os
import subprocess
import sys

assert sys.platform == "win32"

import msvcrt  # noqa: E402  exists on Windows only


def spawn_daemon(command: list[str], environment: dict[str, str], output: int, ready: int) -> subprocess.Popen[bytes]:
    """Start ``command`` detached from the console, with a pipe to its standard input.

    Args:
        command: The program and its arguments.
        environment: Its environment variables.
        output: The descriptor that becomes its standard output and its standard error.
        ready: The only other descriptor whose handle it inherits.
    """
    handle = msvcrt.get_osfhandle(ready)
    os.set_handle_inheritable(handle, True)
    information = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        startupinfo=information,
        creationflags=subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP,
    )


def inherited(ready: int) -> int:
    """Return the value under which the child inherits ``ready``: its handle."""
    return msvcrt.get_osfhandle(ready)


def open_inherited(ready: int) -> int:
    """Return the descriptor, in the child, for what :func:`inherited` returned in the parent."""
    return msvcrt.open_osfhandle(ready, os.O_WRONLY)
