"""The ordered stream of a session, on disk: whoever emits never waits for whoever reads, and memory stays constant."""

from __future__ import annotations

import os
import threading

from adaptor_runtime_client._messages import Log, encode

from ._private_file import create_private
from ._segment import Segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Message, Result


class Spool:
    """Keep the events of a session in files of ``directory``, one per segment, until a reader has acknowledged them.

    An event belongs to the segment that is open when it is emitted; between two segments it belongs to one without a
    result. Any thread may call anything. A disk that is full costs events, which the stream then says, and never a
    result or the caller.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._changed = threading.Condition()
        self._segments: dict[str, Segment] = {}
        self._current: Segment | None = None
        self._opened = 0
        self._lost = 0
        self._closed = False

    def __repr__(self) -> str:
        return f"<Spool {'closed' if self._closed else 'open'} current={self._current!r}>"

    @property
    def current(self) -> Segment | None:
        """The segment that events go to now; None between segments as long as nothing was emitted."""
        return self._current

    def begin(self, segment_id: str) -> None:
        """Open the segment that the following events belong to. After ``close`` nothing happens.

        Raises:
            ValueError: if there was one of this id already.
        """
        with self._changed:
            if self._closed:
                return
            segment = self._expect(segment_id)
            if segment.begun:
                raise ValueError(f"segment {segment_id!r} has begun already")
            self._close_between()
            self._open(segment)
            self._current = segment

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Add one event to the open segment. After ``close`` it is dropped."""
        frame = encode(message, body)
        with self._changed:
            if self._closed:
                return
            if self._current is None:
                self._current = self._expect(f"between {self._opened}")
                self._current.is_between = True
                self._open(self._current)
            if not self._append(self._current, frame):
                self._lost += 1
            self._changed.notify_all()

    def end(self, segment_id: str, result: Result) -> None:
        """Add ``result`` to the segment as its last event and close it; the first result counts.

        A segment that has never begun gets the result only, and the open one stays open.
        """
        frame = encode(result)
        with self._changed:
            segment = self._expect(segment_id)
            if segment.closed:
                return
            if not segment.begun:
                self._open(segment)
            if not self._append(segment, frame):
                segment.append_in_memory(self._losses() + frame)
                self._lost = 0
            segment.result = frame
            segment.result_at = segment.size - len(frame)
            self._shut(segment)

    def expect(self, segment_id: str) -> Segment:
        """Return the segment, which may be yet to begin: reading it waits for that."""
        with self._changed:
            return self._expect(segment_id)

    def unacknowledged(self) -> list[Segment]:
        """Return the segments that have begun and were not acknowledged to their end, in order."""
        with self._changed:
            segments = sorted(self._segments.values(), key=lambda segment: segment.number)
            return [each for each in segments if each.begun and not (each.closed and each.acknowledged >= each.size)]

    def leftovers(self) -> list[Segment]:
        """Return the closed segments that were not acknowledged to their end, in order."""
        with self._changed:
            self._close_between()
        return [segment for segment in self.unacknowledged() if segment.closed]

    def discard(self, segment: Segment) -> None:
        """Forget a segment and remove its file; its readers come to the end."""
        with self._changed:
            if self._segments.get(segment.id) is segment:
                del self._segments[segment.id]
            self._shut(segment)
            segment.remove()

    def close(self) -> None:
        """Close all segments, so that no reader waits any longer; what is in them can still be read."""
        with self._changed:
            self._closed = True
            for segment in self._segments.values():
                self._shut(segment)

    def _expect(self, segment_id: str) -> Segment:
        segment = self._segments.get(segment_id)
        if segment is None:
            segment = self._segments[segment_id] = Segment(segment_id, self._changed)
            if self._closed:
                segment.shut()
        return segment

    def _open(self, segment: Segment) -> None:
        self._opened += 1
        segment.number = self._opened
        segment.path = os.path.join(self._directory, f"{self._opened:06d}.frames")
        try:
            segment.open(create_private(segment.path))
        except OSError:
            segment.open(None)

    def _shut(self, segment: Segment) -> None:
        segment.shut()
        if self._current is segment:
            self._current = None
        self._changed.notify_all()

    def _close_between(self) -> None:
        if self._current is not None and self._current.is_between:
            self._shut(self._current)

    def _append(self, segment: Segment, frame: bytes) -> bool:
        if not segment.append(self._losses() + frame):
            return False
        self._lost = 0
        return True

    def _losses(self) -> bytes:
        if not self._lost:
            return b""
        text = "events were lost because the session directory could not be written"
        return encode(Log("ERROR", text, {"count": self._lost}))
