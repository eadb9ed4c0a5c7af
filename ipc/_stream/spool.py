"""The ordered stream of a session, on disk, and how its requests ended.

The outcome of a request is kept separate from its output: neither a reader nor a full disk can lose it.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict

from adaptor_runtime_client._messages import Log, Output, encode

from . import outcomes
from .intervals import Intervals
from .moments import Moments
from .spool_file import SpoolFile
from .task_stream import TaskStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from adaptor_runtime_client._messages import Message, Result

FILE = "spool"

_CHUNK = 1024 * 1024
_IN_MEMORY = 8 * 1024 * 1024
"""Bytes that may wait for disk space before output has to wait, if a frontend reads."""
_MOST_IN_MEMORY = 64 * 1024 * 1024
"""The same for events that must not wait: log records and messages."""
_LONGEST_MESSAGE = 16_000
_PAST = 1000
"""How many requests to remember whose outcome was taken: their output may still be there."""


class Spool:
    """Keep the events of a session, as one byte sequence in a file in ``directory``, until a reader acknowledges them.

    The events of a request are a part of that sequence, its :class:`TaskStream`; events between two requests lie
    between their parts. Any thread may call any method. Acknowledged bytes are released from the disk. A full disk does
    no harm while a frontend reads: a few megabytes stay in memory, then output waits for the reader.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._changed = threading.Condition()
        self._file = SpoolFile(os.path.join(directory, FILE))
        self._read = Intervals()
        self._moments = Moments()
        self._past: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._streams: dict[str, TaskStream] = {}
        self._current: TaskStream | None = None
        self._readers = 0
        self._lost = 0
        self._waiting = False
        self._closed = False

    def __repr__(self) -> str:
        return f"<Spool {'closed' if self._closed else 'open'} {self._file!r} current={self._current!r}>"

    # For code that emits.

    def begin(self, stream_id: str) -> None:
        """Begin the part of the following events. After ``close``, do nothing.

        Raises:
            ValueError: A part with this id already exists.
        """
        with self._changed:
            if self._closed:
                return
            stream = self._stream(stream_id)
            if stream.begin is not None or stream.result is not None:
                raise ValueError(f"{stream_id!r} has already begun")
            if self._current is not None:
                self._current.end = self._file.end
            stream.begin = self._file.end
            self._current = stream
            self._changed.notify_all()

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Add one event. After ``close`` it is dropped."""
        if len(body) > _CHUNK:
            for part in _parts(body, _CHUNK):
                self._add(encode(message, part), may_wait=True)
        elif isinstance(message, Log) and len(message.text) > _CHUNK:
            for text in _parts(message.text.encode("utf-8", "surrogatepass"), _CHUNK):
                self._add(encode(message._replace(text=text.decode("utf-8", "replace").rstrip("\n"))))
        else:
            self._add(encode(message, body), may_wait=isinstance(message, Output))

    def end(self, stream_id: str, result: Result) -> None:
        """End the part of a request with its result; the first result counts.

        A request whose part never began only has the result, and an open part stays open.
        """
        if len(result.message) > _LONGEST_MESSAGE:
            result = result._replace(message=result.message[:_LONGEST_MESSAGE] + " …")
        with self._changed:
            stream = self._stream(stream_id)
            if stream.result is not None or self._closed:
                return
            outcomes.keep(self._directory, stream_id, result)
            if self._current is stream:
                self._current = None
            if stream.begin is not None and stream.end is None:
                stream.end = self._file.end
            stream.result = result
            self._changed.notify_all()

    # For code that reads.

    def stream(self, stream_id: str) -> TaskStream:
        """Return the part of a request, which may not have begun."""
        with self._changed:
            return self._stream(stream_id)

    def known(self, stream_id: str) -> TaskStream | None:
        """Return the part of a known request whose outcome nobody has taken."""
        with self._changed:
            return self._streams.get(stream_id)

    def tasks(self) -> list[TaskStream]:
        """Return the tasks whose outcome nobody has taken, in order."""
        with self._changed:
            begun = [each for each in self._streams.values() if each.is_task and each.begin is not None]
            return sorted(begun, key=lambda each: each.begin or 0)

    def enter(self) -> None:
        """Make output wait for a reader if the disk and memory are full."""
        with self._changed:
            self._readers += 1

    def leave(self) -> None:
        """Record that a reader left."""
        with self._changed:
            self._readers -= 1
            self._changed.notify_all()

    @property
    def size(self) -> int:
        """The number of bytes so far."""
        with self._changed:
            return self._file.end

    def unread(self, begin: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Return the unacknowledged parts between two offsets."""
        with self._changed:
            return self._read.gaps(begin, self._file.end if end is None else end)

    def part(self, stream_id: str) -> tuple[int, int | None] | None:
        """Return where the part of a request begins and ends, also of one whose outcome was taken; None if unknown.

        The end is None while the request goes on.
        """
        with self._changed:
            stream = self._streams.get(stream_id)
            if stream is None or stream.begin is None:
                return self._past.get(stream_id)
            return stream.begin, stream.end

    def moments(self, begin: int, end: int) -> list[tuple[int, float]]:
        """Return when the events between two offsets were added, see ``Moments.between``."""
        with self._changed:
            return self._moments.between(begin, end)

    def offset_at(self, when: float) -> int:
        """Return the offset of the first event that was added at ``when`` or later, in seconds since the epoch."""
        with self._changed:
            offset = self._moments.offset_at(when)
            return self._file.end if offset is None else offset

    def watch(
        self, begin: int, end: int | None, stream_id: str | None, is_enough: Callable[[], bool]
    ) -> Iterator[tuple[int, bytes]]:
        """Yield all events from ``begin`` on, acknowledged or not, each piece with its offset, as they come.

        What was released before it could be read is left out.

        Args:
            begin: An offset.
            end: Another one; None to end with the request or the session.
            stream_id: The request; None for the session.
            is_enough: Returns whether to end now; it is asked before each piece, and after ``wake``.

        Raises:
            OSError: The file cannot be read.
        """
        while (piece := self._next_seen(begin, end, stream_id, is_enough)) is not None:
            yield piece
            begin = piece[0] + len(piece[1])

    def wake(self) -> None:
        """Have ``watch`` ask whether it is enough."""
        with self._changed:
            self._changed.notify_all()

    def wait_begun(self, stream: TaskStream) -> int | None:
        """Wait until a request's part has begun and return where; None if the request ended without one."""
        with self._changed:
            self._changed.wait_for(lambda: stream.begin is not None or stream.result is not None or self._closed)
            return stream.begin

    def follow(self, stream: TaskStream, offset: int) -> Iterator[tuple[int, bytes]]:
        """Yield a request's part from ``offset`` on, each piece with its offset, until the request has ended.

        Bytes that were already acknowledged are skipped.

        Raises:
            OSError: The file cannot be read.
        """
        while (piece := self._next(stream, offset)) is not None:
            yield piece
            offset = piece[0] + len(piece[1])

    def pieces(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield the bytes from ``begin`` to ``end``, each piece with its offset.

        Raises:
            OSError: The file cannot be read.
        """
        while begin < end:
            with self._changed:
                data = self._file.read(begin, min(_CHUNK, end - begin))
            yield begin, data
            begin += len(data)

    def wait_result(self, stream: TaskStream) -> Result | None:
        """Wait until a request has ended and return how; None if the session ended first."""
        with self._changed:
            self._changed.wait_for(lambda: stream.result is not None or self._closed)
            return stream.result

    def acknowledge(self, begin: int, end: int) -> None:
        """Record that the bytes from ``begin`` to ``end`` were shown; release them from the disk."""
        with self._changed:
            self._read.add(begin, min(end, self._file.end))
            self._file.release(self._read.gaps(0, self._file.end))
            self._file.settle()
            self._changed.notify_all()

    def take(self, stream: TaskStream) -> None:
        """Forget how a request ended: it has been read."""
        with self._changed:
            if self._streams.get(stream.id) is stream:
                del self._streams[stream.id]
                self._remember(stream)
            outcomes.forget(self._directory, stream.id)

    def close(self) -> None:
        """Accept no more events and let no reader wait; existing events can still be read."""
        with self._changed:
            self._closed = True
            self._file.settle()
            self._changed.notify_all()

    def leave_file(self) -> None:
        """Close the file and keep it."""
        with self._changed:
            self._file.close()

    def positions(self, parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return where parts are in the file, for a reader that has only the file. Call it after ``close``.

        Raises:
            OSError: The file cannot be written.
        """
        with self._changed:
            return [found for begin, end in parts for found in self._file.positions(begin, end)]

    # Inside.

    def _next_seen(
        self, begin: int, end: int | None, stream_id: str | None, is_enough: Callable[[], bool]
    ) -> tuple[int, bytes] | None:
        with self._changed:
            while not is_enough():
                last, is_over = self._end_of(stream_id)
                parts = self._file.available(begin, last if end is None else min(last, end))
                if parts:
                    begin, last = parts[0]
                    return begin, self._file.read(begin, min(_CHUNK, last - begin))
                if is_over or end is not None:
                    return None
                self._changed.wait()
        return None

    def _end_of(self, stream_id: str | None) -> tuple[int, bool]:
        """Return where a request ends so far, or the session, and whether that is final."""
        stream = None if stream_id is None else self._streams.get(stream_id)
        if stream_id is None or stream is None:
            return (self._file.end, self._closed) if stream_id is None else (self._past.get(stream_id, (0, 0))[1], True)
        return self._file.end if stream.end is None else stream.end, self._closed or stream.result is not None

    def _remember(self, stream: TaskStream) -> None:
        if stream.begin is not None and stream.end is not None:
            self._past[stream.id] = stream.begin, stream.end
            while len(self._past) > _PAST:
                self._past.popitem(last=False)

    def _stream(self, stream_id: str) -> TaskStream:
        return self._streams.setdefault(stream_id, TaskStream(stream_id))

    def _add(self, frame: bytes, *, may_wait: bool = False) -> None:
        with self._changed:
            if may_wait and self._file.in_memory >= _IN_MEMORY:
                self._wait_for_room()
            if self._closed:
                return
            if self._file.in_memory >= (_IN_MEMORY if may_wait else _MOST_IN_MEMORY):
                self._lost += 1
                return
            self._moments.note(self._file.end)
            if self._lost:
                frame, self._lost = encode(_losses(self._lost)) + frame, 0
            self._file.append(frame)
            self._changed.notify_all()

    def _wait_for_room(self) -> None:
        """Wait until a reader has made room, and report that once; return at once if no reader is there."""
        if self._readers and not self._closed and not self._waiting:
            self._waiting = True
            text = "the disk of the session directory is full: output waits until it is read"
            self._file.append(encode(Log("WARNING", text, {})))
            self._changed.notify_all()
        self._changed.wait_for(lambda: self._file.in_memory < _IN_MEMORY or not self._readers or self._closed)

    def _next(self, stream: TaskStream, offset: int) -> tuple[int, bytes] | None:
        with self._changed:
            while True:
                end = self._file.end if stream.end is None else stream.end
                if stream.begin is not None and offset < end:
                    unread = self._read.gaps(offset, end)
                    if unread:
                        begin, end = unread[0]
                        return begin, self._file.read(begin, min(_CHUNK, end - begin))
                    offset = end
                if stream.result is not None or self._closed:
                    return None
                self._changed.wait()


def _losses(count: int) -> Log:
    return Log("ERROR", "events were lost because the session directory could not be written", {"count": count})


def _parts(text: bytes, limit: int) -> Iterator[bytes]:
    """Yield ``text`` in parts that end at a line end, or are cut if a line is longer than ``limit``."""
    while len(text) > limit:
        cut = text.rfind(b"\n", 0, limit) + 1
        yield text[:cut] if cut else text[:limit] + b"\n"
        text = text[cut or limit :]
    yield text
