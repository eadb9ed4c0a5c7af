"""Ask a program for its version, by running it."""

from __future__ import annotations

import json
import os
import re

import attrs

from ...ipc._processes.process_tree import has_crashed
from ..processes._errors import ApplicationFailedError
from ..processes._logging_subprocess import LoggingSubprocess
from ._errors import NoVersionError
from ._requirement import is_version
from ._version_cache import recall, remember

GRACE_SECONDS = 1.0
"""Seconds between SIGTERM and SIGKILL for a program that does not answer."""

_MOST_BYTES = 1 << 18
"""How much of the answer is looked at."""

_LINES = 3
"""How many lines of an answer without a version are shown."""


@attrs.frozen
class VersionProbe:
    """How to ask a program for its version.

    Attributes:
        arguments: The arguments with which it prints its version.
        pattern: A regular expression for a line of its output. The first group that matches is the version.
        timeout: How long it may take, in seconds.
    """

    arguments: tuple[str, ...]
    pattern: str
    timeout: float

    def version_of(self, path: str) -> str:
        """Return the version of a program, which is run only if its file has changed or it was not asked for a day.

        Args:
            path: The program.

        Raises:
            NoVersionError: It cannot be started, did not answer in time, or did not print a version.
            ApplicationFailedError: It was ended by a cancel.
        """
        program = self._identity(path)
        version = recall(program)
        if version is None:
            version = self._ask(path)
            remember(program, version)
        return version

    def _identity(self, path: str) -> str:
        """Return what identifies the file and the question.

        The path counts besides the real one: one file can be several programs, by the name it is called by.
        """
        try:
            status = os.stat(path)
        except OSError as error:
            raise NoVersionError(f"cannot be examined: {error.strerror}") from None
        file = [path, os.path.realpath(path), status.st_size, status.st_mtime_ns]
        return json.dumps([*file, *self.arguments, self.pattern])

    def _ask(self, path: str) -> str:
        answer = _Answer()
        try:
            process = LoggingSubprocess(
                args=[path, *self.arguments], merge_output=True, emit_output=answer, follow_launcher=False
            )
        except OSError as error:
            raise NoVersionError(str(error.strerror)) from None
        try:
            has_ended = process.wait(self.timeout) is not None
            asked_by = process.asked_by
        finally:
            if process.is_running:
                process.terminate(GRACE_SECONDS)
        if asked_by is not None:  # a cancel must not go on with the next program
            asked = " ".join([path, *self.arguments])
            raise ApplicationFailedError(f"{asked} {process.exit_description}, requested by {asked_by}")
        version = self._found_in(answer.lines)
        if version is None:
            how = process.exit_description if has_ended else f"was still running after {self.timeout:g} seconds"
            raise NoVersionError(f"did not print a version ({how}; {self._compared(answer.lines)})")
        if has_ended and has_crashed(process.returncode):
            raise NoVersionError(f"printed the version {version}, but then {process.exit_description}")
        return version

    def _compared(self, lines: list[str]) -> str:
        """Return the pattern, and the first lines, where programs usually say their version."""
        said = [f"{line.strip():.100}" for line in lines if line.strip()]
        if not said:
            return "it printed nothing"
        more = ", …" if len(said) > _LINES else ""
        return f"it printed {', '.join(map(repr, said[:_LINES]))}{more}; the pattern is {self.pattern!r}"

    def _found_in(self, lines: list[str]) -> str | None:
        """Return the version in the first line that has one, however the program ended: some exit with 1."""
        for line in lines:
            match = re.search(self.pattern, line)
            if match is not None:
                version = next(filter(None, match.groups()), match[0]).strip()
                if is_version(version):
                    return version
        return None


class _Answer:
    """Takes the beginning of a program's output."""

    def __init__(self) -> None:
        self._text = bytearray()

    def __call__(self, _stream: str, block: bytes) -> None:
        self._text += block[: _MOST_BYTES - len(self._text)]

    @property
    def lines(self) -> list[str]:
        """What it printed."""
        return self._text.decode("utf-8", "replace").split("\n")
