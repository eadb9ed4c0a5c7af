"""What the runtime writes to its guardian, until it has gone."""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

assert sys.platform != "win32"

from .pidfd import open_process  # noqa: E402  # a type checker for another platform stops above

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT = 0
_CHUNK = 65536
_LOOK_AGAIN_SECONDS = 1.0  # only where the kernel has no event for the end of a process that is no child


def chunks(runtime_pid: int) -> Iterator[bytes]:
    """Give what arrives on the standard input, until its end or the end of the process ``runtime_pid``.

    Both, since a process that the runtime forked and that did not start a program holds the pipe open too.
    """
    os.set_blocking(_INPUT, False)
    poll = select.poll()
    poll.register(_INPUT, select.POLLIN)
    runtime = _open_process(runtime_pid)
    if runtime is not None:
        poll.register(runtime, select.POLLIN)
    gone = os.getppid() != runtime_pid  # before there was a descriptor to see it by
    while True:
        ready = [descriptor for descriptor, _ in poll.poll(None if runtime is not None else _LOOK_AGAIN_SECONDS * 1000)]
        gone = gone or runtime in ready or (runtime is None and os.getppid() != runtime_pid)
        while (data := _read()) is not None:
            if not data:
                return
            yield data
        if gone:
            return


def _read() -> bytes | None:
    """Read what is there: None when nothing is at the moment, empty at the end."""
    try:
        return os.read(_INPUT, _CHUNK)
    except BlockingIOError:
        return None


def _open_process(pid: int) -> int | None:
    try:
        return open_process(pid)
    except ProcessLookupError:
        return None
