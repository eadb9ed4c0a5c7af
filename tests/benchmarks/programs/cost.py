"""Run commands one after the other; print the processor time of all that they have started, also of daemons."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    seconds = 0.0
    for command in json.loads(sys.argv[1]):
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        ended, status = 0, 0
        while ended != child.pid:  # a daemon that has ended, too, has to be waited for at once
            ended, status, usage = os.wait4(-1, 0)
            seconds += usage.ru_utime + usage.ru_stime
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{command} exited with {child.returncode}")
    while True:
        try:
            _, _, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        seconds += usage.ru_utime + usage.ru_stime
    print(seconds)


if __name__ == "__main__":
    main()
