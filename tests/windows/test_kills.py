"""Kill the processes of a session at a random moment: nothing hangs, and nothing is left.

``make windows-soak KILLS=200`` runs more of them.
"""

from __future__ import annotations

import json
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
    pytest.mark.timeout(900),
]

KILLS_OF_A_ROUND = 5
ROUNDS = -(-int(os.environ.get("KILLS") or "5") // KILLS_OF_A_ROUND)
LATEST = 0.5
SECONDS = 120

ADAPTOR = """
import sys
from adaptor_runtime import Adaptor, EntryPoint, LoggingSubprocess, SemanticVersion, temporary_directory

HELPER = "import time; time.sleep(1000)"
APPLICATION = (
    "import os, subprocess, sys\\n"
    f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {HELPER!r}], stdout=-3, stderr=-3)\\n"
    "while True: print('works', os.getpid(), flush=True); sys.stdin.readline()"
)

class Worker(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_start(self):
        temporary_directory()

    def on_run(self, run_data):
        application = LoggingSubprocess(args=[sys.executable, "-I", "-S", "-c", APPLICATION], follow_launcher=False)
        application.wait_ended(1000)
        raise RuntimeError("the application has ended")

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
        return process.returncode, output

    def run(self, *words):
        return self.end(self.begin(*words))

    def processes(self):
        """List the living processes of the session."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TEMP") == str(self.temporary):
                    found.append(process)
            except (psutil.Error, OSError):  # ended meanwhile
                continue
        return found

    def wait_none(self):
        due = time.monotonic() + SECONDS
        while self.processes() and time.monotonic() < due:
            time.sleep(0.1)  # of other processes: nothing here can wait for them
        return self.processes()


def begin_task(session, *words):
    """Begin a task, and return it with its application when that works."""
    task = session.begin(*words)
    line = task.stdout.readline()
    while not line.startswith("STDOUT: works"):
        assert task.poll() is None, line
        line = task.stdout.readline()
    return task, psutil.Process(int(line.split()[-1]))


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path)
    yield session
    for process in session.processes():
        process.kill()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_left_after_kills(session, number):
    moments = random.Random(number)

    def pause():
        time.sleep(moments.uniform(0, LATEST))  # a random moment

    task, _ = begin_task(session, "run")
    pause()
    task.kill()
    assert session.end(task)[0] == 1
    assert session.wait_none() == []

    code, output = session.run("daemon", "start")  # it removes what the killed one has left
    assert code == 0, output
    for _ in range(2):
        task, application = begin_task(session, "daemon", "run")
        pause()
        application.kill()
        code, output = session.end(task)
        assert (code, "the application has ended" in output) == (1, True), output

    task, _ = begin_task(session, "daemon", "run")
    daemon = psutil.Process(json.loads(session.connection_file.read_text())["pid"])
    pause()
    task.kill()
    assert session.end(task)[0] == 1
    pause()
    daemon.kill()  # perhaps it cancels the task just now
    assert session.wait_none() == []
    code, output = session.run("daemon", "stop")
    assert code == 0, output
    assert session.wait_none() == []
    assert os.listdir(session.temporary) == []
    assert not session.connection_file.exists()
