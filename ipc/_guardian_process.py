"""The guardian: ends the applications of a runtime process that has gone, however it went.

Run as a program of its own (``python -I -S _guardian_process.py RUNTIME_PID GRACE_SECONDS``) by ``_guardian.py``. It
reads lines on its standard input: ``+PID START_TIME`` an application has been started, ``-PID`` it has ended, ``.``
that was all. At the end of the input, or of the process RUNTIME_PID, it ends the process groups of the applications
that are left, and then itself.

Not a parent-death signal: that fires when the *thread* ends which started the application.
"""

from __future__ import annotations

import os
import signal
import sys

if not __package__:  # run as a program: a package of this folder alone, so that nothing else has to be importable
    __package__ = "guardian"
    sys.modules[__package__] = type(sys)(__package__)
    sys.modules[__package__].__path__ = [os.path.dirname(os.path.abspath(__file__))]

from ._process_identity import start_time
from ._process_tree import end_groups

if sys.platform == "win32":  # the twins share the function's name; this is where one of them is chosen
    from ._guardian_input_windows import chunks
else:
    from ._guardian_input_posix import chunks


class Wards:
    """The applications to look after: process id of the leader, and its start time as text."""

    def __init__(self) -> None:
        self._started: dict[int, str] = {}
        self._rest = b""
        self.complete = False

    def feed(self, data: bytes) -> None:
        """Take over what the runtime has written; an incomplete line waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line == b".":
                self.complete = True
                continue
            pid, _, started = line[1:].decode("ascii").partition(" ")
            if line.startswith(b"+"):
                self._started[int(pid)] = started
            else:
                self._started.pop(int(pid), None)

    def left(self) -> list[int]:
        """List those not released, without the numbers that belong to another process by now."""
        return [pid for pid, started in self._started.items() if _start_time_text(pid) in ("None", started)]


def watch(runtime_pid: int) -> list[int]:
    """Read until the runtime has gone; return the leaders of the groups that it has left behind."""
    wards = Wards()
    for data in chunks(runtime_pid):
        wards.feed(data)
        if wards.complete:
            break
    return wards.left()


def _start_time_text(pid: int) -> str:
    try:
        return repr(start_time(pid))
    except ImportError:  # where it needs a library, which this program cannot see
        return repr(None)


def main() -> None:
    """Outlive what ends the runtime, then end what it has left behind."""
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    left = watch(int(sys.argv[1]))
    if left:
        end_groups(left, float(sys.argv[2]))
    os._exit(0)


if __name__ == "__main__":
    main()
