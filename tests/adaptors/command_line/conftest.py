"""Run the command line as a scheduler does, and see to it that nothing of it is left."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

SAMPLE_ADAPTORS = Path(__file__).parent / "sample_adaptors"
MARKER = "ADAPTOR_RUNTIME_TEST"
WORK = (["run"], ["daemon", "run"], ["daemon", "start"], ["daemon", "stop"])
GONE_SECONDS = 10
"""How long what a command has left behind may take to go away: guardians see the end of their pipe, and that is all."""

NEAR_MESSAGE = re.compile(r"openjd_(?!adaptor_socket)", re.IGNORECASE)
MESSAGE = re.compile(r"openjd_(progress: [0-9.]+|status: .+|fail: .+|env: OPENJD_ADAPTOR_SOCKET=.+)")


class Finished:
    """What a command has said, standard error merged into standard output as a scheduler merges it."""

    def __init__(self, exit_code, output):
        self.exit_code = exit_code
        self.text = output.decode("utf-8")
        self.lines = [line for line in re.split("[\r\n]", self.text) if line]

    def __repr__(self):
        return f"<exit code {self.exit_code}>\n{self.text}"

    @property
    def failures(self):
        return [line for line in self.lines if line.startswith("openjd_fail: ")]

    @property
    def transitions(self):
        return [(record["from"], record["to"]) for record in self.records if record["kind"] == "transition"]

    @property
    def records(self):
        found = []
        for line in self.lines:
            match = re.match(r"(?:INFO|WARNING): (transition|refused|settled|abandoned|late) sequence=", line)
            if match is not None:
                pairs = dict(re.findall(r"(\w+)=('[^']*'|\S+)", line))
                found.append({"kind": match.group(1), **pairs})
        return found

    def count(self, text):
        return self.text.count(text)


class Running:
    """A command that has not ended yet."""

    def __init__(self, arguments, environment, directory, allowed):
        self._arguments = arguments
        self._allowed = allowed
        self._said = b""
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=environment,
            start_new_session=True,
        )

    def wait_for(self, text):
        """Return the first line from here on that has ``text`` in it."""
        while True:
            line = self.process.stdout.readline()
            self._said += line
            if text in line.decode():
                return line.decode()
            assert line, f"{text!r} was never printed, but this:\n{self._said.decode()}"

    def signal(self, number):
        self.process.send_signal(number)

    def finish(self):
        output = self._said + self.process.stdout.read()
        self.process.stdout.close()
        finished = Finished(self.process.wait(), output)
        self._check(finished)
        return finished

    def _check(self, finished):
        """What holds for each command, whatever it was."""
        strange = [line for line in finished.lines if line.startswith(("Traceback", "Exception", "Fatal"))]
        assert not strange, finished
        for line in finished.lines:
            assert len(line.encode()) < 64_000
            if NEAR_MESSAGE.match(line.lstrip().lstrip("\0\ufeff")):
                assert MESSAGE.fullmatch(line) or line in self._allowed, finished
        work = any(words == self._words()[: len(words)] for words in WORK)
        failed = finished.exit_code in range(1, 6)
        assert len(finished.failures) == (1 if work and failed else 0), finished

    def _words(self):
        words = [word for word in self._arguments if re.fullmatch(r"run|daemon|start|stop|graph|version-info", word)]
        return words[:2]


class CommandLine:
    """Starts commands that share a temporary directory, and a mark in the environment of all their descendants."""

    def __init__(self, directory, temporary):
        self.directory = directory
        self.temporary = temporary
        self.connection_file = directory / "connection.json"
        self.calls_file = directory / "calls"
        self.mark = os.urandom(8).hex()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPENJD_")},
            MARKER: self.mark,
            "TMPDIR": str(temporary),
            "PYTHONPATH": str(SAMPLE_ADAPTORS),
            "CALLS_FILE": str(self.calls_file),
        }
        self.adaptor = "scripted:Scripted"
        self.running = []

    def begin(self, *arguments, adaptor="", allowed=(), module="adaptor_runtime", **environment):
        """Start a command and return it while it runs."""
        named = ["--adaptor", adaptor or self.adaptor] if module == "adaptor_runtime" and adaptor is not None else []
        command = ["-m", module, *named, *map(_text, arguments)]
        started = Running(command, {**self.environment, **environment}, self.directory, allowed)
        self.running.append(started)
        return started

    def __call__(self, *arguments, **options):
        """Run a command to its end."""
        return self.begin(*arguments, **options).finish()

    def begin_run(self, init_data=None, run_data=None, **options):
        return self.begin("run", "--init-data", init_data or {}, "--run-data", run_data or {}, **options)

    def run(self, init_data=None, run_data=None, **options):
        return self.begin_run(init_data, run_data, **options).finish()

    def begin_start(self, init_data=None, **options):
        return self.begin("daemon", "start", *self._connection(), "--init-data", init_data or {}, **options)

    def start(self, init_data=None, **options):
        return self.begin_start(init_data, **options).finish()

    def begin_task(self, run_data=None, **options):
        return self.begin("daemon", "run", *self._connection(), "--run-data", run_data or {}, adaptor=None, **options)

    def task(self, run_data=None, **options):
        return self.begin_task(run_data, **options).finish()

    def begin_stop(self, **options):
        return self.begin("daemon", "stop", *self._connection(), adaptor=None, **options)

    def stop(self, **options):
        return self.begin_stop(**options).finish()

    def _connection(self):
        return "--connection-file", self.connection_file

    @property
    def calls(self):
        """The hooks that were called, in order."""
        return self.calls_file.read_text().split() if self.calls_file.exists() else []

    @property
    def daemon(self):
        return psutil.Process(json.loads(self.connection_file.read_text())["pid"])

    def gate(self, name):
        """Return a path at which a hook can wait for the test."""
        path = self.directory / name
        os.mkfifo(path)
        return path

    def processes(self):
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process):
        try:
            return process.environ().get(MARKER) == self.mark
        except psutil.Error:
            return False

    def check_that_nothing_is_left(self):
        for running in self.running:
            if running.process.poll() is None:
                running.process.kill()
            running.process.wait()
            running.process.stdout.close()
        _, left = psutil.wait_procs(self.processes(), timeout=GONE_SECONDS)
        names = [" ".join(process.cmdline()) for process in left if process.is_running()]
        for process in left:
            process.kill()
        assert not names, "processes are left"
        assert not os.listdir(self.temporary), "files are left in the temporary directory"
        beside = [path.name for path in self.directory.iterdir() if path.name.startswith(self.connection_file.name)]
        assert not beside, "a connection file is left"


def _text(argument):
    return json.dumps(argument) if isinstance(argument, (dict, list)) else str(argument)


def release(gate):
    """Let the hook go on that waits at ``gate``."""
    with open(gate, "w"):
        pass


@pytest.fixture
def command_line(tmp_path):
    # Not under tmp_path, which is too long for a socket.
    temporary = tempfile.mkdtemp(prefix="ar-")
    commands = CommandLine(tmp_path, temporary)
    try:
        yield commands
        commands.check_that_nothing_is_left()
    finally:
        for process in commands.processes():
            process.kill()
        shutil.rmtree(temporary, ignore_errors=True)


@pytest.fixture(name="release")
def _release():
    return release
