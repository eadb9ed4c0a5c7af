"""Detect that a child has ended without reaping it: until it is reaped, its process group id cannot be reused."""

from __future__ import annotations

import _thread
import os
import select
import sys

assert sys.platform != "win32"

from .pidfd import open_process  # noqa: E402  # a type checker for another platform stops above


def watch_exit(pid: int) -> int:
    """Open a descriptor that becomes readable when the child ``pid`` has ended. The caller closes it."""
    try:
        descriptor = open_process(pid)
    except ProcessLookupError:  # it has ended, and other code reaped it
        descriptor = None
    return watch_exit_in_thread(pid) if descriptor is None else descriptor


def watch_exit_in_thread(pid: int) -> int:
    """Do the same with a thread that waits for the child and then closes the other end of a pipe."""
    reading_end, writing_end = os.pipe()
    _thread.start_new_thread(_close_at_exit, (pid, writing_end))  # nothing waits for its start, as in RuntimeThread
    return reading_end


def _close_at_exit(pid: int, writing_end: int) -> None:
    try:
        _wait_unreaped(pid)
    except OSError:  # other code reaped it
        pass
    finally:
        os.close(writing_end)


def _wait_unreaped(pid: int) -> None:
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return
    kqueue = getattr(select, "kqueue")()  # macOS before Python 3.13; mypy sees only this platform's names
    event = getattr(select, "kevent")(
        pid,
        filter=getattr(select, "KQ_FILTER_PROC"),
        flags=getattr(select, "KQ_EV_ADD"),
        fflags=getattr(select, "KQ_NOTE_EXIT"),
    )
    with kqueue:
        kqueue.control([event], 1, None)


def has_children() -> bool:
    """Return whether this process may have children: without any, the code that ends them need not be loaded."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return "subprocess" in sys.modules or "multiprocessing" in sys.modules
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
