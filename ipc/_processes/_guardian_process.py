"""The guardian: ends the applications of a runtime process that has gone, however it went.

Run as a program of its own (``python -I -S _guardian_process.py RUNTIME_PID GRACE_SECONDS MARK``) by ``_guardian.py``.
It reads lines on its standard input: ``+PID START_TIME`` an application has been started, ``-PID`` it has ended,
``dPATH`` a directory of the runtime's has been made, ``rPATH`` it has been removed, ``.`` that was all. At the end of
the input, or of the process RUNTIME_PID, it ends the process groups of the applications that are left and whatever
carries MARK in its environment, removes the directories, and then ends itself.

Not a parent-death signal: that fires when the *thread* ends which started the application.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time

if not __package__:  # run as a program: a package of this folder alone, so that nothing else has to be importable
    __package__ = "guardian"
    sys.modules[__package__] = type(sys)(__package__)
    sys.modules[__package__].__path__ = [os.path.dirname(os.path.abspath(__file__))]

from .process_identity import start_time
from .process_tree import end_groups, marked_processes

if sys.platform == "win32":  # the twins share the function's name; this is where one of them is chosen
    from .guardian_input_windows import chunks
else:
    from .guardian_input_posix import chunks

_LAST_STARTS_SECONDS = 1.0
"""How long after the end of the runtime a process that it was starting may take to have its environment."""

_LOOK_AGAIN_SECONDS = 0.05


class GuardedApplications:
    """The applications to look after: process id of the leader, and its start time as text; and directories."""

    def __init__(self) -> None:
        self._started: dict[int, str] = {}
        self.directories: list[str] = []
        self._rest = b""
        self.complete = False

    def feed(self, data: bytes) -> None:
        """Take over what the runtime has written; an incomplete line waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line == b".":
                self.complete = True
                continue
            if line[:1] in (b"d", b"r"):
                self._feed_directory(line)
                continue
            pid, _, started = line[1:].decode("ascii").partition(" ")
            if line.startswith(b"+"):
                self._started[int(pid)] = started
            else:
                self._started.pop(int(pid), None)

    def _feed_directory(self, line: bytes) -> None:
        directory = os.fsdecode(line[1:])
        if line.startswith(b"d"):
            self.directories.append(directory)
        elif directory in self.directories:
            self.directories.remove(directory)

    def left(self) -> list[int]:
        """List those not released, without the numbers that belong to another process by now."""
        return [pid for pid, started in self._started.items() if _start_time_text(pid) in ("None", started)]


def watch(runtime_pid: int) -> GuardedApplications:
    """Read until the runtime has gone; return what it has left behind."""
    applications = GuardedApplications()
    for data in chunks(runtime_pid):
        applications.feed(data)
        if applications.complete:
            break
    return applications


def end_all(applications: GuardedApplications, grace_seconds: float, mark: str) -> None:
    """End what the runtime has left behind, and what it was about to start when it was killed."""
    end_groups(applications.left(), grace_seconds, mark=mark, pinned=False)
    deadline = time.monotonic() + (0 if applications.complete else _LAST_STARTS_SECONDS)
    while time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN_SECONDS)  # no event tells of a process that has been forked and has no program yet
        if marked_processes(mark):
            end_groups([], grace_seconds, mark=mark)
    for directory in applications.directories:
        shutil.rmtree(directory, ignore_errors=True)


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
    end_all(watch(int(sys.argv[1])), float(sys.argv[2]), sys.argv[3])
    os._exit(0)


if __name__ == "__main__":
    main()
