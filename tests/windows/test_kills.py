"""Kill the processes of a session at a random moment: nothing hangs, and nothing is left.

``make windows-soak KILLS=200`` runs more of them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time

import psutil
import pytest

pytestmark = [
    pytest.mark.windows("tests/adaptors/command_line/test_soak.py does this on POSIX"),
    pytest.mark.timeout(300),
]

KILLS = int(os.environ.get("KILLS", "4"))
VICTIMS = ("daemon", "application", "frontend", "run")
LATEST = 0.5
SECONDS = 60

ADAPTOR = """
import sys
from adaptor_runtime import Adaptor, EntryPoint, LoggingSubprocess, SemanticVersion, temporary_directory

HELPER = "import time; time.sleep(1000)"
APPLICATION = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {HELPER!r}], stdout=-3, stderr=-3)\\n"
    "while True: print('works', flush=True); sys.stdin.readline()"
)

class Worker(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_start(self):
        temporary_directory()
        self.application = LoggingSubprocess(args=[sys.executable, "-c", APPLICATION])
        self.declare_application(self.application)

    def on_run(self, run_data):
        if run_data:
            return
        self.application.write_line("go on")
        while True:
            self.application.wait_ended(0.1)
            if self.application.has_exited:
                raise RuntimeError("the application is gone")

    def on_cleanup(self):
        self.application.terminate(0)

EntryPoint(Worker).start()
"""


class Session:
    def __init__(self, folder):
        self.program = folder / "worker.py"
        self.program.write_text(ADAPTOR)
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.connection_file = folder / "connection.json"
        self.environment = {**os.environ, "TEMP": str(self.temporary), "TMP": str(self.temporary)}

    def begin(self, *words):
        connection = ("--connection-file", str(self.connection_file)) if words[0] == "daemon" else ()
        return subprocess.Popen(
            [sys.executable, str(self.program), *words, *connection],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, process):
        """Return how a command ended; it must end."""
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        try:
            output = process.communicate()[0]
        finally:
            watch.cancel()
        assert "Traceback" not in output, output
        return process.returncode, output

    def run(self, *words):
        return self.end(self.begin(*words))

    def processes(self):
        """List the living processes of the session, with their command lines."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TEMP") == str(self.temporary):
                    found.append((process, process.cmdline()))
            except (psutil.Error, OSError):
                continue
        return found

    def wait_none(self):
        due = time.monotonic() + SECONDS
        while self.processes() and time.monotonic() < due:
            time.sleep(0.1)  # of other processes: nothing here can wait for them
        return self.processes()


def kill(session, victim, task):
    if victim in ("frontend", "run"):
        task.kill()
        return
    words = {"daemon": "_serve", "application": "while True"}[victim]
    for process, command in session.processes():
        if any(words in word for word in command):
            process.kill()


@pytest.mark.parametrize("number", range(KILLS))
def test_nothing_is_left_after_a_kill(tmp_path, number):
    session = Session(tmp_path)
    victim = VICTIMS[number % len(VICTIMS)]
    moment = random.Random(number).uniform(0, LATEST)
    if victim != "run":
        code, output = session.run("daemon", "start")
        assert code == 0, output
    task = session.begin(*(("run",) if victim == "run" else ("daemon", "run")))
    while "works" not in task.stdout.readline():
        assert task.poll() is None
    time.sleep(moment)  # the random one
    kill(session, victim, task)
    code, output = session.end(task)
    assert code == {"daemon": 4, "frontend": 1, "application": 1, "run": 1}[victim], output
    if victim == "run":
        assert session.wait_none() == []
        code, output = session.run("run", "--run-data", '{"end": 1}')
    else:
        code, output = session.run("daemon", "stop")
    assert code in ((0, 1) if victim == "application" else (0,)), output
    assert session.wait_none() == []
    assert os.listdir(session.temporary) == []
    assert not session.connection_file.exists()
