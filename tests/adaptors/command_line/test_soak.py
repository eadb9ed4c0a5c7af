"""Many sessions, each hit at a random moment: nothing hangs, nothing is left, and each cleanup happens once.

``make soak SESSIONS=200`` runs more of them; the seed of a session that failed is in the name of its test.
"""

from __future__ import annotations

import os
import random
import signal
import threading

import psutil
import pytest
from process_signal import send_signal

pytestmark = pytest.mark.faults("Lifecycle")

SESSIONS = int(os.environ.get("SESSIONS", "12"))
LONGEST = 0.6 if os.name == "posix" else 3.0
"""Seconds after which a session is hit at the latest: about what start and three tasks take."""

KILL = 9
SIGNALS_TO_FRONTEND = [KILL, signal.SIGTERM, *([signal.SIGHUP] if os.name == "posix" else [])]

LOADED = "import time; print('ready', flush=True); time.sleep(1000)"
RENDER = "import time\nfor line in range(2000): print('line', line)\ntime.sleep({seconds})"
ENDINGS = {0, 1, 3, 4, 5, 130, 143}
OF_SIGNALS = {129, 137} if os.name == "posix" else {15}  # which psutil gives to what it kills


def descendants(command_line, kind):
    """Return the processes of one kind that are there now."""
    found = []
    for process in command_line.processes():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        is_kind = {
            "frontend": "daemon" in words and "run" in words[-6:],
            "daemon": "_serve" in words,
            "application": "-S" in words and "-c" in words,
        }[kind]
        found += [process] if is_kind else []
    return found


class Blow(threading.Thread):
    """Kills the processes of one kind after a while."""

    def __init__(self, command_line, kind, number, seconds):
        super().__init__(daemon=True)
        self.command_line, self.kind, self.number, self.seconds = command_line, kind, number, seconds
        self.hit = False
        self.canceled = threading.Event()

    def run(self):
        if self.canceled.wait(self.seconds):
            return
        for process in descendants(self.command_line, self.kind):
            try:
                process.kill() if self.number == KILL else send_signal(process, self.number)
                self.hit = True
            except psutil.Error:
                continue


@pytest.mark.parametrize("seed", range(SESSIONS))
def test_a_session_that_is_hit_at_a_random_moment_ends_and_leaves_nothing(command_line, seed):
    chance = random.Random(seed)
    kind = chance.choice(["frontend", "daemon", "application"])
    number = KILL if kind != "frontend" else chance.choice(SIGNALS_TO_FRONTEND)
    blow = Blow(command_line, kind, number, chance.uniform(0, LONGEST))
    blow.start()
    codes = [command_line.start({"on_start": {"load_application": LOADED}}).exit_code]
    if codes == [0]:
        for _ in range(3):
            program = RENDER.format(seconds=chance.uniform(0, 0.1))
            codes.append(command_line.task({"on_run": {"application": program}}).exit_code)
    blow.canceled.set()
    blow.join()
    stop = command_line.stop().exit_code if command_line.connection_file.exists() else 0
    died = kind == "daemon" and blow.hit
    assert {code if code >= 0 else 128 - code for code in codes} <= ENDINGS | OF_SIGNALS
    assert stop == 0, (kind, codes)
    cleanups = command_line.calls.count("on_cleanup")
    assert cleanups <= 1 if died else cleanups == command_line.calls.count("constructor") == 1
