"""Run a session under test in a real daemon, by the commands that a scheduler runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ..adaptors import Outcome
from ..adaptors._hosting.program import interpreter
from ..adaptors._messages.journal_reading import read_journal
from ..ipc._errors import BadInputError, NoDaemonError
from ..ipc._files import connection_file
from ..ipc._processes.end_request import askable
from ..ipc._processes.process_tree import kill_tree, terminate_child
from ._importable import importable, search_path
from ._json_data import as_json
from ._limits import capped, in_force, patience
from ._surroundings import configuration_file, same_environment_afterwards

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..adaptors import BaseAdaptor, Deadlines
    from ..statemachine import Record
    from ._recorded_lines import RecordedLines
    from ._session_options import SessionOptions

_FAILURE = "openjd_fail: "
_END_SECONDS = 10.0
"""How long a command may take to exit after it was asked to, and how long its last output may take."""

_LOOK_SECONDS = 0.05


class _Command:
    """A command that runs, or has run; its output is recorded line by line."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], output: RecordedLines) -> None:
        self._output = output
        self._environment = askable(environment)
        self._failure = ""
        self._has_ended = False
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
        )
        self._reader = threading.Thread(target=self._read, name="output of a command", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._output.add(line)
                text = line.decode("utf-8", "backslashreplace").rstrip("\n")
                if text.startswith(_FAILURE):
                    self._failure = text[len(_FAILURE) :]
        self._process.wait()
        self._has_ended = True
        self._output.wake()

    def wait(self, seconds: float) -> Outcome | None:
        """Wait until it has exited; None if that takes longer."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(_END_SECONDS)
        return Outcome(code, self._failure)

    @property
    def is_over(self) -> bool:
        """Whether it has exited, and its output has been read."""
        return self._has_ended

    def send(self, name: str) -> None:
        """Send it a signal; on Windows, SIGTERM is a request to end."""
        if name == "SIGTERM":
            terminate_child(self._process, self._environment, is_patient=True)
        else:
            self._process.send_signal(getattr(signal, name))

    def end(self) -> None:
        """End it: ask, then kill."""
        if self._process.poll() is None:
            terminate_child(self._process, self._environment)
            if self.wait(_END_SECONDS) is None:
                self._process.kill()
                self._process.wait()
        self._reader.join(_END_SECONDS)


class Daemon:
    """Run a session by ``daemon start``, ``daemon run`` and ``daemon stop``.

    Args:
        adaptor_class: The adaptor.
        output: Records what the commands print.
        options: What the test gives.
        program: The adaptor's own program: a module, or a command; None for ``python -m adaptor_runtime``.

    Raises:
        BadInputError: Another process cannot import the class.
    """

    def __init__(
        self,
        adaptor_class: type[BaseAdaptor[Any]],
        output: RecordedLines,
        options: SessionOptions,
        *,
        program: str | Sequence[str] | None,
    ) -> None:
        self._class = adaptor_class
        self._program = _command_of(adaptor_class, program)
        self._output = output
        self._options = options
        self._environment: dict[str, str] = {}
        self._open = ExitStack()
        self._folder = Path()
        self._deadlines: Deadlines | None = None
        self._limits: dict[str, float | None] = {}
        self._commands: list[_Command] = []
        self._known: list[Record] = []

    def open(self) -> None:
        """Write the files of the session, and look at its deadlines."""
        with ExitStack() as stack:
            variables = dict(self._options.environment)
            variables |= stack.enter_context(configuration_file(self._class.__name__, self._options.configuration))
            with same_environment_afterwards(variables):
                self._limits = capped(self._class, self._options.deadlines, self._options.timeout)
                self._deadlines = in_force(self._class, self._limits)
                self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join(search_path(self._class))}
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="adaptor-test-")))
            stack.callback(self._end)
            self._open = stack.pop_all()

    def begin(self, phase: str, run_data: Any = None) -> _Command | Outcome:
        """Start the command of a phase."""
        if phase == "start":
            return self._start("start", *self._start_options())
        if phase == "run":
            return self._start("run", "--run-data", self._file("run-data", as_json(run_data)))
        return self._start("stop") if self._connection.exists() else Outcome()  # without one, the start was refused

    def _start_options(self) -> list[str]:
        options = ["--journal", str(self._journal), "--owner-pid", str(os.getpid())]
        given = {"init-data": self._options.init_data, "path-mapping-rules": self._options.path_mapping_rules}
        for name, data in given.items():
            if data:
                options += [f"--{name}", self._file(name, data)]
        for name, seconds in self._limits.items():
            options += ["--deadline", f"{name}={'none' if seconds is None else seconds}"]
        return options

    def _start(self, phase: str, *options: str) -> _Command:
        command = _Command(self._words(phase, *options), self._environment, self._output)
        self._commands.append(command)
        return command

    def _words(self, *words: str) -> list[str]:
        name, *options = words
        return [*self._program, "daemon", name, "--connection-file", str(self._connection), *options]

    def _file(self, name: str, data: Any) -> str:
        path = self._folder / f"{name}-{len(self._commands)}.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return f"file://{path}"

    @property
    def _connection(self) -> Path:
        return self._folder / "connection.json"

    @property
    def _journal(self) -> Path:
        return self._folder / "journal.jsonl"

    def wait(self, ticket: _Command, seconds: float) -> Outcome | None:
        """Wait until a command has exited. One that does not is ended."""
        outcome = ticket.wait(seconds)
        if outcome is None:
            ticket.end()
        return outcome

    def is_over(self, ticket: _Command) -> bool:
        """Return whether a command has exited."""
        return ticket.is_over

    def cancel(self, by: str, ticket: _Command | None) -> None:
        """Signal a command, as a scheduler does; without one, cancel the idle session."""
        if ticket is not None:
            ticket.send(by)
        elif self._connection.exists():
            self._say("cancel")

    def wait_cancel_ended(self, seconds: float) -> None:
        """Wait until ``on_cancel`` has ended."""
        due = time.monotonic() + seconds
        while self._may_be_canceling() and time.monotonic() < due:
            time.sleep(_LOOK_SECONDS)  # no command waits for it

    def _may_be_canceling(self) -> bool:
        status = self._say("status", "--format", "json").stdout
        try:
            told = json.loads(status)
        except ValueError:  # the session has ended
            return False
        if told.get("condition") == "silent":  # it is busy, and only its journal tells something
            return True
        return bool((told.get("in_flight") or {}).get("hook") == "on_cancel")

    def _say(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command that shows nothing."""
        return subprocess.run(
            self._words(*words),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=self._options.timeout,
        )

    def patience(self, phase: str) -> float:
        """Return how long a command may take in all."""
        assert self._deadlines is not None
        return patience(self._deadlines, phase, self._options.timeout)

    def records(self) -> Sequence[Record]:
        """Return the records of the lifecycle and of the applications, from the journal."""
        if self._journal.exists():
            self._known = read_journal(self._journal)
        return self._known

    def application_pids(self) -> list[int]:
        """Return the process ids of the running applications, from the journal."""
        running: list[int] = []
        for each in self._entries():
            if each.get("what") == "process started":
                running.append(each["pid"])
            elif each.get("what") == "process ended" and each["pid"] in running:
                running.remove(each["pid"])
        return running

    def _entries(self) -> list[dict[str, Any]]:
        try:
            lines = self._journal.read_bytes().split(b"\n")[:-1]
        except OSError:
            return []
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """End what is left: a command, the daemon, the files."""
        self._open.close()

    def _end(self) -> None:
        self.records()
        for command in self._commands:
            command.end()
        if self._connection.exists():
            stop = _Command(self._words("stop"), self._environment, self._output)
            if self.wait(stop, self.patience("stop")) is None:
                _kill(str(self._connection))
        self.records()


def _command_of(adaptor_class: type[BaseAdaptor[Any]], program: str | Sequence[str] | None) -> list[str]:
    if program is None:
        return [*interpreter(), "-m", "adaptor_runtime", "--adaptor", importable(adaptor_class)]
    return [*interpreter(), "-m", program] if isinstance(program, str) else list(program)


def _kill(path: str) -> None:
    """Kill a daemon that no command could stop; its guardian gets a moment to end the applications."""
    try:
        connection = connection_file.read(path)
    except (NoDaemonError, BadInputError):
        return
    kill_tree(connection.pid, connection.start_time, _END_SECONDS)
