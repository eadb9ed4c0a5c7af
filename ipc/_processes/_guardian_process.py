"""The guardian: end the applications of a runtime process that has exited, however it ended.

``guardian_posix.py`` runs it as a program (``python -I -S _guardian_process.py RUNTIME_PID GRACE_SECONDS MARK``). It
reads lines on its standard input: ``+PID START_TIME`` an application started, ``-PID`` it ended, ``dPATH`` the runtime
made a directory, ``rPATH`` the runtime removed it, ``.`` end of input. At the end of the input, or of the process
RUNTIME_PID, it ends the process groups of the remaining applications and every process with MARK in its environment,
removes the directories, and exits.

Not a parent-death signal: that fires when the *thread* that started the application ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time

if not __package__:  # run as a program: make this folder alone a package, so that nothing else must be importable
    __package__ = "guardian"
    sys.modules[__package__] = type(sys)(__package__)
    sys.modules[__package__].__path__ = [os.path.dirname(os.path.abspath(__file__))]

assert sys.platform != "win32"  # there, the system ends applications

from .guardian_input_posix import RuntimeInput  # noqa: E402
from .process_identity import start_time  # noqa: E402
from .process_tree import end_groups, marked_processes  # noqa: E402

_LAST_STARTS_SECONDS = 1.0
"""How long after the end of the runtime a process that it was starting may take to get its environment."""

_LOOK_AGAIN_SECONDS = 0.05


class GuardedApplications:
    """The applications to guard, by process id and start time of the leader, and the directories."""

    def __init__(self) -> None:
        self._started: dict[int, str] = {}
        self.directories: list[str] = []
        self._rest = b""
        self.complete = False

    def feed(self, data: bytes) -> None:
        """Process what the runtime wrote; an incomplete line waits for its end."""
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
        """List those not released, without pids that belong to another process by now."""
        return [pid for pid, started in self._started.items() if _start_time_text(pid) in ("None", started)]


def read_until_exit(runtime: RuntimeInput) -> GuardedApplications:
    """Read until the runtime has exited; return what it left behind."""
    applications = GuardedApplications()
    for data in runtime.chunks():
        applications.feed(data)
        if applications.complete:
            break
    return applications


def end_all(applications: GuardedApplications, grace_seconds: float, mark: str) -> None:
    """End what the runtime left behind, and what it was starting when it was killed."""
    end_groups(applications.left(), grace_seconds, mark=mark, pinned=False)
    deadline = time.monotonic() + (0 if applications.complete else _LAST_STARTS_SECONDS)
    while time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN_SECONDS)  # no event reports a process that was forked and has no program yet
        if marked_processes(mark):
            end_groups([], grace_seconds, mark=mark)
    for directory in applications.directories:
        shutil.rmtree(directory, ignore_errors=True)


def _start_time_text(pid: int) -> str:
    try:
        return repr(start_time(pid))
    except ImportError:  # on another system than Linux and macOS: it needs a library, which this program cannot import
        return repr(None)


def main() -> None:
    """Outlive what ends the runtime, then end what it left behind."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    end_all(read_until_exit(RuntimeInput(int(sys.argv[1]))), float(sys.argv[2]), sys.argv[3])
    os._exit(0)


if __name__ == "__main__":
    main()
