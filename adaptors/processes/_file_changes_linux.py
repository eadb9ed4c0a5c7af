"""The changes of a file, from inotify: of the file while it is open, and of the names in its folder."""

from __future__ import annotations

import os
import struct
import sys
from typing import Any

assert sys.platform == "linux"

from ...ipc._own_descriptor import OwnDescriptor  # noqa: E402  # a type checker for another platform stops above

# See inotify(7).
_MODIFY, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _IGNORED = 0x400, 0x800, 0x8000
_ONLY_DIRECTORY = 0x01000000
_EVENT = struct.Struct("iIII")
_CHUNK = 65_536


class FileChanges:
    """The changes of one file.

    Args:
        path: The file, which need not exist.

    Attributes:
        descriptor: Readable after a change; None if the system offers no such descriptor.
    """

    def __init__(self, path: str) -> None:
        self._folder = os.path.dirname(path)
        self._folder_watch: int | None = None
        self._file_watch: int | None = None
        self._file: int | None = None
        self._own: OwnDescriptor | None = None
        self._library = _library()
        self.descriptor: int | None = None
        if self._library is not None:
            descriptor = self._library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
            if descriptor >= 0:  # otherwise this user has too many of them
                self._own = OwnDescriptor(descriptor)
                self.descriptor = descriptor

    def watch(self, file: int | None) -> bool:
        """Return whether the descriptor has told each change since the last call, and will tell the next one.

        Args:
            file: The open file; None if there is none.
        """
        if self._own is None or not self._own.is_ours():
            return False
        if self._folder_watch is None:
            mask = _CREATE | _MOVED_TO | _DELETE | _DELETE_SELF | _MOVE_SELF | _ONLY_DIRECTORY
            self._folder_watch = self._add(self._folder, mask)
            is_told = False
        else:
            is_told = True
        if file != self._file or (file is not None and self._file_watch is None):
            self._watch_file(file)
        return is_told and (file is None or self._file_watch is not None)

    def _watch_file(self, file: int | None) -> None:
        assert self._own is not None
        if self._file_watch is not None:
            self._library.inotify_rm_watch(self._own.number, self._file_watch)
        self._file = file
        self._file_watch = None if file is None else self._add(f"/proc/self/fd/{file}", _MODIFY)

    def _add(self, path: str, mask: int) -> int | None:
        assert self._own is not None
        watch: int = self._library.inotify_add_watch(self._own.number, os.fsencode(path), mask)
        return watch if watch >= 0 else None

    def forget(self) -> None:
        """Take note of all changes until now."""
        if self._own is None:
            return
        try:
            events = os.read(self._own.checked(), _CHUNK)
        except OSError:  # there are none
            return
        at = 0
        while at < len(events):
            watch, mask, _, length = _EVENT.unpack_from(events, at)
            at += _EVENT.size + length
            if watch == self._folder_watch and mask & (_IGNORED | _DELETE_SELF | _MOVE_SELF):
                self._folder_watch = None  # another folder may get this name

    def close(self) -> None:
        """Watch no longer."""
        if self._own is not None:
            self._own.close()


def _library() -> Any:
    try:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        return library if hasattr(library, "inotify_init1") else None
    except (ImportError, OSError):  # Python may be built without it
        return None
