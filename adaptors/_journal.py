"""The lifecycle records of a session as JSON lines on disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ..ipc._errors import BadInputError
from ..statemachine import Record

if TYPE_CHECKING:
    from pathlib import Path


class Journal:
    """Appends one JSON object per record to a file that only this user can read.

    Args:
        path: The file; it is created, or appended to.

    Raises:
        BadInputError: It cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            message = f"the journal {path} cannot be written: {error.strerror}"
            raise BadInputError(message) from None

    def write(self, record: Record) -> None:
        """Append one record in one write. A disk that is full costs the record, never the session."""
        line = json.dumps(record.to_dict()).encode("ascii") + b"\n"
        try:
            os.write(self._descriptor, line)
        except OSError:
            return


def read_journal(path: str | Path) -> list[Record]:
    """Return the records of a journal; a last line that was cut off by a crash is left out.

    Raises:
        BadInputError: The file cannot be read or holds something else.
    """
    records = []
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the journal {path} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise BadInputError(message) from None
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            records.append(Record.from_dict(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if number == len(lines):
                break
            message = f"the journal {path} holds something other than a lifecycle record in line {number}: {error}"
            raise BadInputError(message) from None
    return records
