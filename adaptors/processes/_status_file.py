"""A file in which an application writes what it does, instead of on its output."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from ...ipc._own_descriptor import OwnDescriptor
from ._file_changes import FileChanges
from ._shared_file import open_shared

if TYPE_CHECKING:
    from typing import Callable

    from ._output_delivery import OutputDelivery

#: Seconds between two looks where the system tells no changes: on another system than Linux, or without the folder.
LOOK_SECONDS = 0.25

_CHUNK = 65_536
_LAST_BYTES = 256


class StatusFile:
    """Deliver what is added to a file, until ``close``; also after it was truncated, or replaced by another one.

    It need not exist. What it holds at the beginning is of former applications and not delivered. One thread uses it.

    Args:
        path: The file.
        delivery: Of its lines.
        heard: Called after each read.
        told: Called with a sentence if the file cannot be read.

    Attributes:
        delivery: Of its lines.
    """

    def __init__(
        self, path: str, delivery: OutputDelivery, *, heard: Callable[[], object], told: Callable[[str], object]
    ) -> None:
        self.delivery = delivery
        self._path = os.path.abspath(path)
        self._heard = heard
        self._told = told
        self._has_told = False
        self._file: OwnDescriptor | None = None
        self._offset = 0
        self._last = b""  # before the offset: whether it is still there tells a file that only grew from a new one
        self._changes = FileChanges(self._path)
        self._next_look: float | None = None
        self._open()
        if self._file is not None:
            self._offset = os.fstat(self._file.number).st_size
            self._last = self._read_before()
        self._plan()

    @property
    def descriptor(self) -> int | None:
        """Readable when ``look`` should be called; None if only ``due`` says when."""
        return self._changes.descriptor

    @property
    def due(self) -> float | None:
        """When to call ``look`` in any case; a reading of the monotonic clock, or None."""
        return self._next_look

    def look(self) -> None:
        """Deliver what has been added."""
        self._changes.forget()
        try:
            if self._file is not None and not self._file.is_ours():
                self._file = None  # other code has closed it
            is_replaced = self._is_replaced()
            self._read()  # only now: what was written before the file was replaced
            if is_replaced:
                self._begin_anew()
                self._close_file()
                self._open()
                self._plan()  # before it is read, so that no change is missed
                self._read()
        except OSError as error:
            self._tell(error)
        self._plan()

    def close(self) -> None:
        """Read no more."""
        self._close_file()
        self._changes.close()

    def _plan(self) -> None:
        number = None if self._file is None else self._file.number
        is_watched = self._changes.watch(number)
        is_removed = number is not None and os.fstat(number).st_nlink == 0  # perhaps with its folder
        self._next_look = None if is_watched and not is_removed else time.monotonic() + LOOK_SECONDS

    def _is_replaced(self) -> bool:
        try:
            found = os.stat(self._path)
        except OSError:
            return False  # what is open may still be written
        return self._file is None or not os.path.samestat(found, os.fstat(self._file.number))

    def _open(self) -> None:
        self._file = None
        self._offset, self._last = 0, b""
        try:
            file = OwnDescriptor(open_shared(self._path))
        except FileNotFoundError:
            return
        except OSError as error:
            self._tell(error)
            return
        if stat.S_ISREG(os.fstat(file.number).st_mode):
            self._file = file
        else:
            file.close()
            self._tell(OSError("it is not a regular file"))

    def _read(self) -> None:
        if self._file is None:
            return
        size = os.fstat(self._file.number).st_size
        if size < self._offset or self._read_before() != self._last:
            self._begin_anew()
            self._offset = 0
        while self._offset < size:  # it may grow without end
            data = self._read_at(self._offset, min(_CHUNK, size - self._offset))
            if not data:
                return
            self._offset += len(data)
            self._last = (self._last + data)[-min(_LAST_BYTES, self._offset) :]
            self._heard()
            self.delivery.feed(data)

    def _begin_anew(self) -> None:
        """Deliver an unfinished line: what follows is no part of it."""
        self.delivery.finish()
        self.delivery.answer()
        self._last = b""

    def _read_before(self) -> bytes:
        count = min(_LAST_BYTES, self._offset)
        return self._read_at(self._offset - count, count)

    def _read_at(self, offset: int, count: int) -> bytes:
        assert self._file is not None
        os.lseek(self._file.number, offset, os.SEEK_SET)
        return os.read(self._file.number, count)

    def _close_file(self) -> None:
        if self._file is not None:
            self._changes.watch(None)
            self._file.close()
            self._file = None

    def _tell(self, error: OSError) -> None:
        if not self._has_told:
            self._has_told = True
            self._told(f"the status file {self._path} cannot be read: {error.strerror or error}")
