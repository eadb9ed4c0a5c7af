"""The script of a fake application, written step by step."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any, Optional

from .fake_application import HANG, interpreter

Step = dict[str, Any]

PROGRAM = Path(__file__).with_name("fake_application.py")

_UNKNOWN_LINE: list[Step] = [{"say": "Error: unknown command: {line}"}]


class FakeApplication:
    """A real process that behaves as its script says, to stand in for the application of an adaptor.

    Each method adds a step and returns the fake, so that steps can be chained. They happen in this order, and after the
    last one the process exits with 0. Start it with ``command``, or where an adaptor wants an executable, with ``path``
    after ``install``.

    >>> FakeApplication().says("Fra:1", "Fra:2").waits(0.1).exits(3).steps
    [{'say': 'Fra:1'}, {'say': 'Fra:2'}, {'wait': 0.1}, {'exit': 3}]

    In a text, ``{arg1}`` is the first argument of the application, ``{arg-1}`` the last, and ``{--output}`` the
    argument that follows ``--output``. In the steps of ``answers``, ``{1}`` and ``{name}`` are groups of the pattern;
    in those of ``serves``, ``{name}`` is a value of the action.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._path: Optional[Path] = None

    def __repr__(self) -> str:
        return f"<FakeApplication {json.dumps(self.steps)}>"

    # How it is started.

    @property
    def command(self) -> list[str]:
        """The command that plays the script; append the arguments that the real application would get."""
        return [*interpreter(), str(PROGRAM), json.dumps(self.steps)]

    @property
    def path(self) -> Path:
        """The executable that ``install`` has made.

        Raises:
            ValueError: It has not been installed.
        """
        if self._path is None:
            raise ValueError("the fake application is not installed; call install(folder, name) first")
        return self._path

    def install(self, folder: str | os.PathLike[str], name: str = "application") -> FakeApplication:
        """Make an executable that plays the script, also with the steps that are added later.

        Args:
            folder: Where; it is created if it does not exist.
            name: The name of the executable; on Windows it gets the ending ``.cmd``.
        """
        directory = Path(folder)
        directory.mkdir(parents=True, exist_ok=True)
        windows = os.name == "nt"
        self._path = directory / (f"{name}.cmd" if windows else name)
        command = [*interpreter(), str(PROGRAM), str(self._script(self._path))]
        if windows:
            quoted = " ".join(f'"{word}"' for word in command)
            text = f"@{quoted} %*\r\n"
        else:
            text = f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'
        self._path.write_bytes(text.encode("utf-8"))
        self._path.chmod(0o755)
        return self._save()

    @staticmethod
    def _script(path: Path) -> Path:
        return path.with_name(f"{path.name}.script.json")

    def _add(self, name: str, argument: Any) -> FakeApplication:
        self.steps.append({name: argument})
        return self._save()

    def _save(self) -> FakeApplication:
        if self._path is not None:
            self._script(self._path).write_text(json.dumps(self.steps), encoding="utf-8")
        return self

    # What it prints.

    def says(self, *lines: str) -> FakeApplication:
        """Print lines on standard output."""
        for line in lines:
            self._add("say", line)
        return self

    def says_error(self, *lines: str) -> FakeApplication:
        """Print lines on standard error."""
        for line in lines:
            self._add("say_error", line)
        return self

    def writes(self, data: str | bytes) -> FakeApplication:
        """Print text without a line end, such as a prompt, or any bytes."""
        return self._add("write", data) if isinstance(data, str) else self._add("bytes", data.hex())

    def progresses(self, text: str = "{percent}%", *, count: int = 10, every: float = 0.0) -> FakeApplication:
        """Print ``count`` lines that count up to 100.

        Args:
            text: A line, with ``{percent}`` in it.
            count: How many lines.
            every: Seconds after each line.
        """
        return self._add("progress", {"text": text, "count": count, "every": every})

    def encodes(self, encoding: str) -> FakeApplication:
        """Print and read in another encoding than UTF-8 from now on."""
        return self._add("encoding", encoding)

    def buffers_output(self) -> FakeApplication:
        """Print all that follows only at the end, as many programs do if their output is a pipe."""
        return self._add("buffer", None)

    def closes_output(self, stream: str = "stdout") -> FakeApplication:
        """Close ``stdout`` or ``stderr`` and go on."""
        return self._add("close", stream)

    # How time passes, and how it ends.

    def waits(self, seconds: float) -> FakeApplication:
        """Do nothing for a while."""
        return self._add("wait", seconds)

    def waits_for(self, path: str | os.PathLike[str]) -> FakeApplication:
        """Wait until a file exists: with it, a test decides when the application goes on."""
        return self._add("wait_for_file", os.fspath(path))

    def hangs(self) -> FakeApplication:
        """Never end by itself."""
        return self._add("hang", None)

    def exits(self, code: int = 0) -> FakeApplication:
        """End with an exit code."""
        return self._add("exit", code)

    def crashes(self, signal_name: str = "SIGSEGV") -> FakeApplication:
        """End by a signal; on Windows, with the exit code that has its place there."""
        return self._add("crash", signal_name)

    def ignores(self, *signal_names: str) -> FakeApplication:
        """Ignore signals from now on; ``SIGTERM`` if none is named. On Windows, ignore the event that asks to end."""
        return self._add("ignore", list(signal_names) or ["SIGTERM"])

    # What it does to its surroundings.

    def writes_file(self, path: str | os.PathLike[str], text: str = "") -> FakeApplication:
        """Write a file, such as the output of a task: ``writes_file("{--output}", "a picture")``."""
        return self._add("file", {"path": os.fspath(path), "text": text})

    def fills_memory(self, megabytes: float) -> FakeApplication:
        """Take memory, and keep it."""
        return self._add("memory", megabytes)

    def spawns(self, child: FakeApplication | None = None, *, detached: bool = False) -> FakeApplication:
        """Start another process and leave it alone.

        Args:
            child: What it does; None for hanging.
            detached: It has its own session.
        """
        return self._add("spawn", {"steps": HANG if child is None else child.steps, "detached": detached})

    def daemonizes(self, *, detached: bool = False) -> FakeApplication:
        """Leave all that follows to another process and exit with 0 at once, as a launcher does.

        Args:
            detached: The other process has its own session.
        """
        return self._add("daemonize", {"detached": detached})

    # What it is given.

    def requires(self, *options: str, count: int = 0) -> FakeApplication:
        """Exit with 2 and a message on standard error if arguments are missing.

        Args:
            options: Arguments that must be given, such as ``--scene``.
            count: How many arguments there must be at least.
        """
        return self._add("require", {"options": list(options), "count": count})

    def when_given(self, argument: str, reaction: FakeApplication) -> FakeApplication:
        """Do something more if an argument is given.

        Args:
            argument: Such as ``--version``.
            reaction: What it does then: ``FakeApplication().says("4.2").exits()``.
        """
        return self._add("when_given", {"argument": argument, "steps": reaction.steps})

    def reads(self) -> FakeApplication:
        """Read a line, and do nothing with it."""
        return self._add("read", None)

    def answers(self, pattern: str, reaction: FakeApplication, *, prompt: str = "") -> FakeApplication:
        """Read lines until the input ends, and react to those in which a pattern is found.

        Calls that follow each other add patterns for the same lines; the first one that is found counts. A line without
        a reaction is answered with ``Error: unknown command: ...``.

        Args:
            pattern: A regular expression.
            reaction: What it does; the groups of the pattern are ``{1}``, ``{name}``, and the line is ``{line}``.
            prompt: Printed before each line, without a line end.
        """
        last = self.steps[-1].get("answer") if self.steps else None
        cases: dict[str, Any] = last or {"prompt": "", "cases": [], "otherwise": _UNKNOWN_LINE}
        cases["cases"].append({"pattern": pattern, "steps": reaction.steps})
        cases["prompt"] = prompt or cases["prompt"]
        return self._save() if last else self._add("answer", cases)

    def serves(self, address: str | None = None, **reactions: FakeApplication) -> FakeApplication:
        """Perform the actions of an adaptor over its link, up to ``close``: in place of the client of the adaptor.

        Args:
            address: The address of the adaptor's server; by default what ``ApplicationAdaptor`` passes on, in the
                environment variable ``ADAPTOR_RUNTIME_SERVER``, or else the last argument.
            reactions: What it does for each action. The values of the action are ``{name}``; ``returns`` gives the
                result, and ``raises`` fails the action.
        """
        from adaptor_runtime_client._address import ADDRESS_VARIABLE

        from ..adaptors._application.link import CLIENT_FOLDER

        actions = {name: reaction.steps for name, reaction in reactions.items()}
        service = {"address": address, "variable": ADDRESS_VARIABLE, "client": CLIENT_FOLDER, "actions": actions}
        return self._add("serve", service)

    def returns(self, value: object) -> FakeApplication:
        """Give the result of an action, which JSON can express."""
        return self._add("return", value)

    def raises(self, text: str) -> FakeApplication:
        """Fail the action with an error."""
        return self._add("raise", text)
