"""The input of the guardian, until the runtime has exited."""

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
_LOOK_AGAIN_SECONDS = 1.0  # only if the kernel has no event for the end of a process that is not a child


def chunks(runtime_pid: int) -> Iterator[bytes]:
    """Yield what arrives on standard input, until its end or the end of the process ``runtime_pid``.

    Both, because a fork of the runtime that starts no program also holds the pipe open.
    """
    os.set_blocking(_INPUT, False)
    poll = select.poll()
    poll.register(_INPUT, select.POLLIN)
    runtime = _open_process(runtime_pid)
    if runtime is not None:
        poll.register(runtime, select.POLLIN)
    gone = os.getppid() != runtime_pid  # before a descriptor could show it
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
    """Read what is available: None if nothing is, empty at the end."""
    try:
        return os.read(_INPUT, _CHUNK)
    except BlockingIOError:
        return None


def _open_process(pid: int) -> int | None:
    try:
        return open_process(pid)
    except ProcessLookupError:
        return None
