"""The input of the guardian, until the runtime has exited."""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

assert sys.platform != "win32"

from .pidfd import OUTLIVES_FORK, open_process  # noqa: E402  # a type checker for another platform stops above
from .process_identity import start_time  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT = 0
_CHUNK = 65536
_LOOK_AGAIN_SECONDS = 1.0  # only if the kernel has no event for the end of a process that is not a child


class RuntimeInput:
    """What the runtime writes until it has exited. Whoever makes this is no child of the runtime from then on.

    An author's hook may wait for all children of its process: the guardian must not be one of them.

    Args:
        runtime_pid: The process id of the runtime, which is the parent.
    """

    def __init__(self, runtime_pid: int) -> None:
        self._pid = runtime_pid
        self._runtime = self._open() if OUTLIVES_FORK else None
        started = None if OUTLIVES_FORK else start_time(runtime_pid)
        self._gone = os.getppid() != runtime_pid  # before a descriptor could show it
        _leave_parent()
        if not OUTLIVES_FORK:
            self._runtime = self._open()
            self._gone = self._gone or start_time(runtime_pid) != started

    def chunks(self) -> Iterator[bytes]:
        """Yield what arrives on standard input, until its end or the end of the runtime.

        Both, because a fork of the runtime that starts no program also holds the pipe open.
        """
        os.set_blocking(_INPUT, False)
        poll = select.poll()
        poll.register(_INPUT, select.POLLIN)
        if self._runtime is not None:
            poll.register(self._runtime, select.POLLIN)
        timeout = None if self._runtime is not None else _LOOK_AGAIN_SECONDS * 1000
        while True:
            ready = [descriptor for descriptor, _ in poll.poll(timeout)]
            gone = self._gone or self._runtime in ready or (self._runtime is None and not self._exists())
            while (data := _read()) is not None:
                if not data:
                    return
                yield data
            if gone:
                return

    def _open(self) -> int | None:
        try:
            return open_process(self._pid)
        except ProcessLookupError:
            return None

    def _exists(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # somebody else's by now
            return False
        return True


def _leave_parent() -> None:
    """Go on in a child whose parent exits at once."""
    try:
        child = os.fork()
    except OSError:  # no more processes can start: stay a child
        return
    if child:
        os._exit(0)


def _read() -> bytes | None:
    """Read what is available: None if nothing is, empty at the end."""
    try:
        return os.read(_INPUT, _CHUNK)
    except BlockingIOError:
        return None
