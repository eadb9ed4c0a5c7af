"""The journal of a session, as JSON lines on disk: lifecycle records, and notes about other events."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ...ipc._files.private_file import NotPrivateError, append_to, make_private, protect_folder, replace
from ...ipc._own_descriptor import OwnDescriptor
from ...ipc._own_process.forked_child import close_descriptor, in_forked_child
from ...ipc._stream import runtime_log

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT = 4 * 1024 * 1024
"""Bytes of one file. A full file is renamed with the suffix ``.1``, replacing the former one."""

KEPT = 1000
"""Journals to keep in a folder of journals, unless the configuration says otherwise."""

ENDING = ".jsonl"
"""The end of the name of each journal in a folder of journals."""

OLDER = ".1"
"""What the name of a full file gets."""

NOTE = "note"
"""The kind of an entry that is not a lifecycle record."""

LOST = "lost entries"
"""The note that entries before it could not be written."""

_SYNCED_STATES = {"failed", "canceled", "cleaned"}


class Journal:
    """Append one JSON object per entry to a file that only this user can read. Any thread may call it.

    Args:
        path: The file; it is created, or appended to.
        kept: It outlives the session: then entries that end something are on disk before the session continues, even if
            the machine fails. Every entry survives the death of the process.

    Raises:
        BadInputError: It cannot be written, or belongs to another user.
    """

    def __init__(self, path: str | Path, *, kept: bool = True) -> None:
        self.path = str(path)
        self._kept = kept
        self._beginning: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._lost = 0
        self._has_warned = False
        self._own: OwnDescriptor | None = self._open()
        in_forked_child(self._leave_to_parent)

    def begin(self, **fields: Any) -> None:
        """Write who runs the session; each further file of the journal begins with it, too.

        Args:
            fields: What is known, as JSON values.
        """
        self._beginning = {"kind": NOTE, "what": "session", **fields}
        self._append({**self._beginning, "at": time.time()})

    def write(self, record: Mapping[str, Any]) -> None:
        """Append one lifecycle record, given as a JSON object."""
        ends = record["target"] in _SYNCED_STATES or record["kind"] == "abandoned"
        self._append({**record, "at": time.time()}, sync=ends and self._kept)

    def note(self, what: str, **fields: Any) -> None:
        """Append an event that is not a lifecycle record: a signal, the start or end of a process.

        Args:
            what: What happened.
            fields: Its details, as JSON values.
        """
        self._append({"kind": NOTE, "what": what, **fields, "at": time.time()})

    def close(self) -> None:
        """Write no more to a journal that goes away with its session."""
        if self._kept:
            return
        with self._lock:
            former, self._own = self._own, None
        if former is not None:
            former.close()

    def _leave_to_parent(self) -> None:
        """In a forked child: write nothing, because the child is not part of the session."""
        if self._own is not None:
            close_descriptor(self._own.number)
        self._own = None
        self._lock = threading.Lock()

    def _open(self) -> OwnDescriptor:
        try:
            descriptor = append_to(self.path)
            make_private(descriptor)
            self._size = os.fstat(descriptor).st_size
            self._cut_off = self._size > 0 and _last_byte(self.path) != b"\n"
        except OSError as error:
            raise BadInputError(f"the journal {self.path} cannot be written: {error.strerror}") from None
        except NotPrivateError as error:
            os.close(descriptor)
            raise BadInputError(f"the journal {self.path} cannot be written: {error}") from None
        return OwnDescriptor(descriptor)

    def _append(self, entry: dict[str, Any], *, sync: bool = False) -> None:
        """Append in one write. A full disk loses the entry, never the session; the log and the journal then say so."""
        line = _line(entry)
        if self._own is None:
            return
        try:
            with self._lock:
                if not self._own.is_ours():
                    self._own = self._open()
                if self._lost:
                    self._write(_line({"kind": NOTE, "what": LOST, "count": self._lost, "at": time.time()}))
                    self._lost = 0
                self._write(line)
                if sync:
                    os.fsync(self._own.number)
        except (OSError, BadInputError) as error:
            self._lost += 1
            self._warn(getattr(error, "strerror", None) or str(error))

    def _warn(self, why: str) -> None:
        """Log once that entries are lost, if somebody wants the journal."""
        if self._kept and not self._has_warned:
            self._has_warned = True
            text = f"the journal {self.path} cannot be written: {why}; entries are missing from here on"
            runtime_log.log("WARNING", text, __name__)

    def _write(self, line: bytes) -> None:
        assert self._own is not None
        if self._size and self._size + len(line) > LIMIT and os.path.isfile(self.path):
            with contextlib.suppress(OSError):  # its folder cannot be written: the file just grows
                self._turn_over()
        if self._cut_off:
            line = b"\n" + line
        written = os.write(self._own.number, line)
        self._size += written
        self._cut_off = written < len(line)
        if self._cut_off:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _turn_over(self) -> None:
        assert self._own is not None
        replace(self.path, self.path + OLDER)
        former, self._own = self._own, self._open()
        former.close()
        if self._beginning is not None:
            self._write(_line({**self._beginning, "continued": True, "at": time.time()}))


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode("ascii") + b"\n"


def _last_byte(path: str) -> bytes:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def new_journal(folder: str, adaptor: str, kept: int | None = KEPT) -> str:
    """Return the path of a new journal in a folder of journals, and remove the oldest ones.

    Args:
        folder: The folder, created if it is missing.
        adaptor: The name of the adaptor class, which starts the file name.
        kept: How many journals the folder may have; None for no limit.

    Raises:
        BadInputError: The file cannot be created.
    """
    import tempfile  # 10 ms that a session without such a folder saves

    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        protect_folder(folder)
        descriptor, path = tempfile.mkstemp(ENDING, f"{adaptor}-{stamp}-", folder)
        os.close(descriptor)
        if kept is not None:
            _remove_oldest(folder, kept)
    except OSError as error:
        raise BadInputError(
            f"cannot keep a journal in {folder}: {error.strerror}; see journal_directory in show-config"
        ) from None
    except NotPrivateError as error:
        raise BadInputError(
            f"cannot keep a journal in {folder}: {error}; see journal_directory in show-config"
        ) from None
    return path


def _remove_oldest(folder: str, kept: int) -> None:
    """Remove surplus journals, and a tenth more; other sessions may be doing the same.

    So only one session in many asks for the age of each journal, which takes a file server a moment for each of them.
    """
    paths = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(ENDING)]
    if len(paths) <= kept:
        return
    ages = []
    for path in paths:
        with contextlib.suppress(OSError):
            ages.append((os.stat(path).st_mtime, path))
    for _, oldest in sorted(ages)[: max(0, len(ages) - kept + kept // 10)]:
        for path in (oldest, oldest + OLDER):
            with contextlib.suppress(OSError):
                os.unlink(path)
