"""Commands as a scheduler runs them: real processes, and afterwards a look at what is left of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from patience import SECONDS


class Running:
    """A command that has been started; its output can be waited for."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        self._lines = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._lines.append("")
            self._changed.notify_all()

    def wait_for(self, text):
        """Wait until a line with `text` has been printed."""

        def is_there():
            return any(text in line for line in self._lines) or "" in self._lines

        with self._changed:
            assert self._changed.wait_for(is_there, SECONDS)
        assert text in self.output

    def wait(self):
        """Wait for the end; return the command as if it had been run."""
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        self.process.stdout.close()
        return subprocess.CompletedProcess(self.process.args, code, self.output, None)

    def end(self):
        """End it, if it has not ended: whoever waited for it may have given up."""
        self.process.kill()
        self.process.wait()
        self._reader.join(SECONDS)
        self.process.stdout.close()

    @property
    def output(self):
        return "".join(self._lines)


class Commands:
    """Starts commands that can be told from all others on this machine."""

    def __init__(self, directory, temporary):
        self.directory = directory
        self.temporary = temporary
        self._running = []
        self._mark = uuid.uuid4().hex
        self._environment = {**os.environ, "TMPDIR": str(temporary), "ADAPTOR_RUNTIME_TEST": self._mark}

    def set_variable(self, name, value):
        self._environment[name] = value

    def start(self, module, *arguments, **options):
        command = [sys.executable, "-m", module, *map(str, arguments)]
        self._running.append(Running(command, cwd=self.directory, env=self._environment, **options))
        return self._running[-1]

    def run(self, module, *arguments):
        return self.start(module, *arguments).wait()

    def processes(self):
        """What is running of what was started."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process):
        try:
            return process.environ().get("ADAPTOR_RUNTIME_TEST") == self._mark
        except psutil.Error:
            return False

    def end(self):
        """End whatever is left of what was started, so that a failure of one test is none of the next."""
        left = self.processes()
        for process in left:
            with suppress(psutil.NoSuchProcess):  # it has ended by itself
                process.kill()
        psutil.wait_procs(left, timeout=SECONDS)  # a guardian removes folders
        for running in self._running:
            running.end()

    def left(self):
        """Everything that is left: processes, sockets, session directories, connection files."""
        _, alive = psutil.wait_procs(self.processes(), timeout=SECONDS)  # a guardian sees the end of the others first
        sessions = self.temporary.rglob("adaptor-runtime*")
        return [*alive, *sessions, *self.temporary.rglob("connection.json"), *self.directory.rglob("connection.json*")]


@pytest.fixture
def commands(tmp_path):
    temporary = Path(tempfile.mkdtemp(prefix="art-"))  # short: a socket's path has to fit in
    commands = Commands(tmp_path, temporary)
    try:
        yield commands
    finally:
        commands.end()
        shutil.rmtree(temporary)


@pytest.fixture
def messages():
    """Find the payloads of the messages of one kind in an output."""

    def find(kind, output):
        prefix = f"openjd_{kind}: "
        return [line[len(prefix) :] for line in output.split("\n") if line.startswith(prefix)]

    return find


@pytest.fixture
def transitions():
    """Find the transitions of the adaptor in an output: what moved from where to where, and the seconds of the hook."""

    def find(output):
        found = []
        for line in output.split("\n"):
            if "INFO: transition " in line and " application=" not in line:
                fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
                seconds = float(fields["seconds"]) if "seconds" in fields else None
                found.append((f"{fields['trigger']}: {fields['from']} -> {fields['to']}", seconds))
        return found

    return find


@pytest.fixture
def quick_scene(tmp_path):
    """A scene that is loaded and rendered in no time."""
    scene = {
        "size": [64, 36],
        "sun": [1, 2, 1],
        "samples": 1,
        "spheres": [{"center": [0, 1, 0], "radius": 1, "color": [1, 0.5, 0.2]}],
    }
    path = tmp_path / "quick scene.json"
    path.write_text(json.dumps(scene), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def application():
    """Find a real application. Without it a test is skipped; where APPLICATIONS_REQUIRED is set, it fails."""

    def application(name, package=None):
        path = shutil.which(name)
        if path is None:
            message = f"{name} is not installed; on Debian and Ubuntu: apt-get install {package or name}"
            pytest.fail(message) if os.environ.get("APPLICATIONS_REQUIRED") else pytest.skip(message)
        return path

    return application
