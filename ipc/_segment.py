"""One part of a spool: the events of one task, in a file of encoded frames."""

from __future__ import annotations

import os

from adaptor_runtime_client._messages import HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading

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
        self._changed = changed
        self._descriptor: int | None = None
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
            on_disk, in_memory, path = self._on_disk, self._in_memory, self.path
        if offset >= on_disk:
            return in_memory[offset - on_disk :]
        try:
            with open(path, "rb", buffering=0) as file:
                file.seek(offset)
                data = file.read(min(max(maximum, HEADER.size), on_disk - offset))
                whole = _whole_frames(data)
                return data[:whole] if whole <= len(data) else data + file.read(whole - len(data))
        except FileNotFoundError:
            # Discarded under a reader.
            return b""

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
        if self._descriptor is None:
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

    def append_in_memory(self, frames: bytes) -> None:
        """Add the last frames, which must not be lost, when the disk does not take them."""
        self._in_memory = frames

    def shut(self) -> None:
        """Close; nothing is added any more."""
        self.closed = True
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Remove the file."""
        if self.path:
            try:
                os.unlink(self.path)
            except OSError:
                pass


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
