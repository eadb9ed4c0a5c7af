"""One part of a spool: the events of one task, in a file of encoded frames."""

from __future__ import annotations

import os

from adaptor_runtime_client._messages import HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from typing import Callable

_CHUNK = 1024 * 1024


class Segment:
    """What readers see of a segment; the methods without a docstring of their own use are the spool's.

    ``changed`` is the spool's condition: the spool holds it when it calls, and it wakes the readers.
    """

    def __init__(self, segment_id: str, changed: threading.Condition) -> None:
        self.id = segment_id
        self.number = 0
        self.path = ""
        self.is_between = False
        self.is_task = False
        self.begun = False
        self.closed = False
        self.acknowledged = 0
        #: Where the result begins, in bytes of encoded frames, once there is one.
        self.result_at: int | None = None
        self.result = b""
        self._changed = changed
        self._descriptor: int | None = None
        self._readers = 0
        self._on_disk = 0
        self._in_memory = b""

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open" if self.begun else "expected"
        return f"<Segment {self.id!r} {state}, {self.acknowledged} of {self.size} bytes acknowledged>"

    @property
    def size(self) -> int:
        """Bytes of the frames so far."""
        return self._on_disk + len(self._in_memory)

    @property
    def before_result(self) -> int:
        """Bytes of the frames so far, without the result."""
        with self._changed:
            return self.size if self.result_at is None else self.result_at

    def read(self, offset: int, maximum: int = _CHUNK) -> bytes:
        """Wait until there is something after ``offset`` and return it; b"" at the end of the closed segment.

        Args:
            offset: where a frame begins, in bytes of encoded frames.
            maximum: limit in bytes. Whole frames are returned, so that others can be sent in between; one that is
                larger is returned alone.
        """
        with self._changed:
            while self.size <= offset and not self.closed:
                self._changed.wait()
            on_disk, in_memory = self._on_disk, self._in_memory
            if offset >= on_disk:
                return in_memory[offset - on_disk :]
            maximum = min(max(maximum, HEADER.size), on_disk - offset)
            if self._descriptor is not None and hasattr(os, "pread"):
                return _read_frames(self._descriptor, offset, maximum, os.pread)
        try:
            with open(self.path, "rb", buffering=0) as file:
                return _read_frames(file.fileno(), offset, maximum, _read_at)
        except FileNotFoundError:
            # Discarded under a reader.
            return b""

    def wait_result(self) -> bytes:
        """Wait until the segment is closed and return its last event, encoded; b"" where it ended without a result."""
        with self._changed:
            while not self.closed:
                self._changed.wait()
            return self.result

    def acknowledge(self, offset: int) -> None:
        """Note that everything before ``offset`` has been rendered."""
        with self._changed:
            self.acknowledged = max(self.acknowledged, min(offset, self.size))

    def open(self, descriptor: int | None) -> None:
        """Begin, with the file to append to; None if there could not be one."""
        self.begun = True
        self._descriptor = descriptor

    def append(self, frame: bytes) -> bool:
        """Add a frame; False if it could not be written, in which case the file is as it was."""
        if self._descriptor is None or self.closed:
            return False
        try:
            written = os.write(self._descriptor, frame)
            while written < len(frame):
                written += os.write(self._descriptor, frame[written:])
        except OSError:
            os.ftruncate(self._descriptor, self._on_disk)
            return False
        self._on_disk += len(frame)
        return True

    def enter(self) -> None:
        """Have the file stay open for a reader, until it leaves."""
        with self._changed:
            self._readers += 1

    def leave(self) -> None:
        """Take note that a reader has what it wanted."""
        with self._changed:
            self._readers -= 1
            self._close_unless_needed()

    def append_in_memory(self, frames: bytes) -> None:
        """Add the last frames, which must not be lost, when the disk does not take them."""
        self._in_memory = frames

    def shut(self) -> None:
        """Close; nothing is added any more."""
        self.closed = True
        self._close_unless_needed()

    def _close_unless_needed(self) -> None:
        if self._descriptor is not None and self.closed and not self._readers:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Remove the file."""
        if self.path:
            try:
                os.unlink(self.path)
            except OSError:
                pass


def _read_at(descriptor: int, count: int, offset: int) -> bytes:
    # What os.pread does, where there is none.
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, count)


def _read_frames(descriptor: int, offset: int, maximum: int, read_at: Callable[[int, int, int], bytes]) -> bytes:
    data = read_at(descriptor, maximum, offset)
    whole = _whole_frames(data)
    if whole <= len(data):
        return data[:whole]
    return data + read_at(descriptor, whole - len(data), offset + len(data))


def _whole_frames(data: bytes) -> int:
    # The length of the whole frames at the beginning of ``data``, or of the first one if it is larger.
    end = 0
    while end + HEADER.size <= len(data):
        head, body = HEADER.unpack_from(data, end)
        following = end + HEADER.size + head + body
        if following > len(data):
            return end or following
        end = following
    return end
