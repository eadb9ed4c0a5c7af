"""Read a journal: the records in it, or the sessions that it tells of."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any, NamedTuple

from ...ipc._errors import BadInputError
from ...statemachine import Entry, Record, sessions_of
from ...statemachine._history import KINDS
from ...statemachine._machines import TABLES
from .journal import ENDING, NOTE, OLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ...statemachine import SessionHistory

LONGEST = 16 * 1024 * 1024
"""Bytes of an entry. A longer line is none."""

FOREIGN = 100
"""How many lines to read of a file without an entry: it is no journal."""

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What ``entry_of`` raises for a line that is no entry: garbage, or the beginning of one."""


class JournalContent(NamedTuple):
    """What a journal tells."""

    sessions: tuple[SessionHistory, ...]
    """The sessions, oldest first."""
    unreadable: tuple[str, ...]
    """The lines that cannot be read, as places: a crash or a full disk cut them off, or the file is damaged."""
    ends_early: bool = False
    """Whether the last line was cut off."""
    path: str = ""
    """The path of the journal."""

    def numbered(self, number: int | None = None) -> list[tuple[int, SessionHistory]]:
        """Return the sessions with their numbers: the oldest one has 1.

        Args:
            number: Only the session with this number; None for all.

        Raises:
            BadInputError: There is no such session.
        """
        numbered = list(enumerate(self.sessions, 1))
        if number is None:
            return numbered
        if not 1 <= number <= len(numbered):
            has = {0: "no session", 1: "only session 1"}.get(len(numbered), f"only the sessions 1 to {len(numbered)}")
            raise BadInputError(f"there is no session {number} in the journal {self.path}: it has {has}")
        return numbered[number - 1 : number]

    @property
    def records(self) -> list[Record]:
        """The records of all sessions, of all machines."""
        return [record for session in self.sessions for record in session.records]


class _Line(NamedTuple):
    path: str
    number: int
    entry: Entry | None = None
    error: str = ""
    """What is wrong; empty if the line is an entry, or was cut off."""
    is_entry: bool = True


def read_journal(path: str | Path) -> list[Record]:
    """Return the records of a journal, of all machines, as far as it can be read.

    Raises:
        BadInputError: The file cannot be read, or nothing in it is an entry of a journal.
    """
    return read_sessions(path).records


def read_sessions(path: str | Path) -> JournalContent:
    """Return the sessions of a journal, as far as it can be read.

    Raises:
        BadInputError: The file cannot be read, or nothing in it is an entry of a journal.
    """
    entries: list[Entry] = []
    wrong: list[_Line] = []
    is_journal = False
    last: _Line | None = None
    for line in _lines(str(path)):
        last = line
        is_journal = is_journal or line.is_entry
        if not line.is_entry:
            wrong.append(line)
        elif line.entry is not None:
            entries.append(line.entry)
        if not is_journal and len(wrong) == FOREIGN:
            break
    if wrong and not is_journal:
        raise _not_a_journal(wrong[0])
    return JournalContent(
        tuple(sessions_of(entries)),
        tuple(f"{os.path.basename(line.path)}, line {line.number}" for line in wrong),
        bool(wrong) and wrong[-1] is last and not wrong[-1].error,
        str(path),
    )


def journals_in(folder: str) -> list[str]:
    """Return the paths of the journals in a folder, the newest first.

    Raises:
        BadInputError: The folder cannot be read.
    """
    try:
        with os.scandir(folder) as files:
            paths = [file.path for file in files if file.name.endswith(ENDING)]
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"the folder {folder} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    found = []
    for path in paths:
        with contextlib.suppress(OSError):  # it has gone meanwhile, or is a link that leads nowhere
            about = os.stat(path)
            found += [(about.st_mtime, path)] if stat.S_ISREG(about.st_mode) else []
    return [path for _, path in sorted(found, reverse=True)]


def _lines(path: str) -> Iterator[_Line]:
    """Yield the lines of a journal that are not empty, and before them those of the older file, if there is one."""
    older = f"{path}{OLDER}"
    if not os.path.isfile(older):
        yield from _lines_of(path)
        return
    yield from _lines_of(older)
    if os.path.exists(path):
        yield from _lines_of(path)


def _lines_of(path: str) -> Iterator[_Line]:
    try:
        with open(path, "rb", opener=_open_file) as file:
            number = 0
            while line := file.readline(LONGEST):
                number += 1
                text = line.rstrip(b"\r\n")
                if number == 1:
                    text = text.removeprefix(BOM_UTF8)  # an editor's
                if text:
                    yield _line(path, number, text)
    except (OSError, ValueError) as error:
        raise BadInputError(f"the journal {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _open_file(path: str, flags: int) -> int:
    """Open a file, but nothing else: a named pipe would wait for a writer, a device may never end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("it is not a file")
    return os.open(path, flags)


def _line(path: str, number: int, text: bytes) -> _Line:
    try:
        return _Line(path, number, entry_of(text))
    except UNREADABLE as error:
        cut_off = isinstance(error, json.JSONDecodeError) and text.startswith(b"{")
        return _Line(path, number, error="" if cut_off else str(error), is_entry=False)


def entry_of(text: bytes) -> Entry | None:
    """Return the entry on a line; None for one of a later release: of a machine or a kind that this one does not know.

    A later release may also have other states: they are shown as they are.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError: It is none.
    """
    fields: dict[str, Any] = _decoder.decode(text.decode("utf-8"))
    if fields["kind"] == NOTE:
        return Entry(fields)
    if fields["kind"] not in KINDS and isinstance(fields["kind"], str) and isinstance(fields.get("at"), (int, float)):
        return None
    record = Record.from_dict(fields)
    return Entry(fields, record) if record.machine in TABLES else None


def _reject(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


_decoder = json.JSONDecoder(parse_constant=_reject)


def _not_a_journal(line: _Line) -> BadInputError:
    if not line.error:
        return BadInputError(f"the journal {line.path} holds no record: line {line.number} was cut off")
    return BadInputError(
        f"the journal {line.path} has something other than a lifecycle record on line {line.number}: {line.error}"
    )
