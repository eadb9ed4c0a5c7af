"""The output of a session for somebody who only looks: it consumes nothing, and holds no task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._messages import HEADER, Gap, Moment, ProtocolError, Refused, Result, encode

from .._own_process.runtime_thread import RuntimeThread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._messages import Logs

    from .._stream.spool import Spool


class LogView:
    """Show the output that a request asks for.

    Args:
        spool: The ordered stream of the session.
        channel: Leads to the command.
        request: What to show.
    """

    def __init__(self, spool: Spool, channel: Channel, request: Logs) -> None:
        self._spool = spool
        self._channel = channel
        self._request = request
        self._is_gone = False

    def show(self) -> None:
        """Send the output, and return when the command has all of it, or is gone.

        Raises:
            ChannelClosedError: The command is gone.
        """
        if not self._request.follow:
            self._send()
            return
        RuntimeThread(target=self._send_while_wanted, name="logs").start()
        try:
            while True:
                self._channel.receive()  # nothing is expected but the end of the connection
        except ProtocolError:
            pass
        finally:
            self._is_gone = True
            self._spool.wake()

    def _send_while_wanted(self) -> None:
        try:
            self._send()
        except ChannelClosedError:
            pass

    def _send(self) -> None:
        try:
            for at, data in self._pieces():
                self._send_piece(at, data)
        except ChannelClosedError:
            raise
        except LookupError as error:
            self._channel.send(Refused(str(error.args[0]), 3))
        except OSError as error:
            self._channel.send(Refused(f"cannot read the output at the moment: {error}", 1))
        else:
            self._channel.send(Result(0, "", ""))

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        request, spool = self._request, self._spool
        now = spool.size
        begin = 0
        if request.task_id is not None:
            part = spool.part(request.task_id)
            if part is None:
                raise LookupError(f"there is no output of a task {request.task_id}")
            begin, last = part
            now = now if last is None else last
        if request.since is not None:
            begin = max(begin, spool.offset_at(request.since))
        elif request.task_id is None:
            for first, last in spool.unread(0, now):
                yield from self._watch(first, last)  # what is missing here, another command shows meanwhile
            begin = now
        yield from self._with_gaps(begin, None if request.follow else now)

    def _watch(self, begin: int, end: int | None) -> Iterator[tuple[int, bytes]]:
        return _whole_frames(self._spool.watch(begin, end, self._request.task_id, lambda: self._is_gone))

    def _with_gaps(self, begin: int, end: int | None) -> Iterator[tuple[int, bytes]]:
        """Yield the pieces, and before a piece say how much of what was requested is missing there."""
        for at, data in self._watch(begin, end):
            self._tell_gap(begin, at)
            yield at, data
            begin = at + len(data)
        if end is not None:
            self._tell_gap(begin, end)

    def _tell_gap(self, begin: int, end: int) -> None:
        if self._request.gaps and begin < end:
            self._channel.send(Gap(end - begin))

    def _send_piece(self, at: int, data: bytes) -> None:
        if not self._request.times:
            self._channel.send_encoded(data)
            return
        moments = self._spool.moments(at, at + len(data))
        ends = [*(offset for offset, _ in moments[1:]), at + len(data)]
        for (begin, when), end in zip(moments, ends):
            self._channel.send_encoded(encode(Moment(when)) + data[begin - at : end - at])


def _whole_frames(pieces: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield the pieces so that each ends with a frame: other messages go between them, and one may be missing.

    The beginning of a frame whose rest was given back to the disk meanwhile is left out.
    """
    rest_at, rest = 0, b""
    for at, data in pieces:
        if rest and at == rest_at + len(rest):
            at, data = rest_at, rest + data  # noqa: PLW2901  it is the same piece, longer
        end = _end_of_frames(data)
        if end:
            yield at, data[:end]
        rest_at, rest = at + end, data[end:]


def _end_of_frames(data: bytes) -> int:
    """Return where the last whole frame ends."""
    end = 0
    while end + HEADER.size <= len(data):
        after = end + HEADER.size + sum(HEADER.unpack_from(data, end))
        if after > len(data):
            break
        end = after
    return end
