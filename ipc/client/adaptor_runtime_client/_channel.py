"""Messages over a connection between two processes."""

from __future__ import annotations

import threading
import time

from ._messages import HEADER, ProtocolError, decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._messages import Hello, Message, Welcome
    from ._transport import Transport

HANDSHAKE_LIMIT = 4 * 1024
MESSAGE_LIMIT = 256 * 1024 * 1024
BODY_LIMIT = MESSAGE_LIMIT - HANDSHAKE_LIMIT
"""The size limit of a message body: the head of a message with a body is small."""

PATIENCE = 50e-6
"""Seconds of polling for an answer before the thread goes to sleep, when questions and answers alternate.

Waking a sleeping process takes 20 to 50 µs on a virtual machine, several times as long as the answer itself.
"""

_CHUNK = 256 * 1024


class ChannelClosedError(ConnectionError):
    """One of the two sides has closed the connection."""


class Channel:
    """Send and receive messages over ``transport``.

    Any thread may send. One thread at a time may receive.

    ``limit`` is the largest accepted message, in bytes: small until the handshake has identified the other side, then
    ``MESSAGE_LIMIT``. ``patience`` is how many seconds, once after each message, ``receive`` polls for the next one
    before it goes to sleep. ``peer`` is the handshake message of the other side. ``last_size`` is the size of the last
    received message on the wire, in bytes; ``is_at_message`` says whether reading continues at the beginning of a
    message, so that an unknown message can be skipped.
    """

    def __init__(self, transport: Transport, *, limit: int = HANDSHAKE_LIMIT) -> None:
        self.limit = limit
        self.patience = 0.0
        self.peer: Hello | Welcome | None = None
        self.last_size = 0
        self.is_at_message = True
        self._transport = transport
        self._send_lock = threading.Lock()
        self._closed = False
        # Data that has arrived and is not consumed: _buffer[_start:_end].
        self._buffer = memoryview(bytearray(_CHUNK))
        self._start = 0
        self._end = 0

    def __repr__(self) -> str:
        return f"<Channel {'closed' if self._closed else self.fileno()} peer={self.peer and self.peer[:2]}>"

    @property
    def transport(self) -> Transport:
        """The connection below."""
        return self._transport

    def fileno(self) -> int:
        """Return the descriptor to wait on; ask ``buffered`` first."""
        return self._transport.fileno()

    def send(self, message: Message, body: bytes = b"") -> None:
        """Send one message.

        Raises:
            ChannelClosedError: Nobody is there to read it.
        """
        self.send_encoded(encode(message, body))

    def send_encoded(self, frames: bytes) -> None:
        """Send whole frames that were encoded earlier.

        Raises:
            ChannelClosedError: Nobody is there to read them.
        """
        with self._send_lock:
            self._send(frames)

    def send_at_once(self, frames: bytes) -> bool:
        """Send whole frames, unless another thread is sending; return whether they were sent.

        Raises:
            ChannelClosedError: Nobody is there to read them.
        """
        if not self._send_lock.acquire(blocking=False):
            return False
        try:
            self._send(frames)
        finally:
            self._send_lock.release()
        return True

    def receive(self, seconds: float | None = None) -> tuple[Message, bytes]:
        """Wait for the next message and return it with its body.

        After a TimeoutError or an UnknownKindError the channel can still be read.

        Args:
            seconds: How long to wait for the whole message; None waits forever.

        Raises:
            ChannelClosedError: The connection ended before a whole message arrived.
            TimeoutError: It did not arrive in time.
            ProtocolError: The data is not a message, or is larger than ``limit``.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._fill(HEADER.size, deadline)
        head_size, body_size = HEADER.unpack_from(self._buffer, self._start)
        size = HEADER.size + head_size + body_size
        if size > self.limit:
            self.is_at_message = False
            raise ProtocolError(f"a message of {size} bytes, more than the limit of {self.limit}")
        self._fill(size, deadline)
        body_at = self._start + HEADER.size + head_size
        head = bytes(self._buffer[self._start + HEADER.size : body_at])
        body = bytes(self._buffer[body_at : self._start + size])
        self._consume(size)
        return decode(head), body

    def discard(self) -> None:
        """Read and discard data until the connection ends.

        Raises:
            OSError: The connection was lost.
        """
        while self._transport.receive_into(self._buffer):
            pass

    def buffered(self) -> bool:
        """Return True if ``receive`` can return without waiting for the descriptor."""
        available = self._end - self._start
        if available < HEADER.size:
            return False
        head_size, body_size = HEADER.unpack_from(self._buffer, self._start)
        size: int = HEADER.size + head_size + body_size
        return available >= size or size > self.limit

    def close(self) -> None:
        """Close the connection and wake a thread blocked in ``receive`` or ``send``. It may be called repeatedly."""
        self._closed = True
        self._transport.close()

    def _send(self, frames: bytes) -> None:
        try:
            self._transport.send(frames)
        except OSError as error:
            raise ChannelClosedError(f"the other side no longer reads: {error}") from error

    def _fill(self, size: int, deadline: float | None) -> None:
        # Buffer ``size`` bytes from _start on. Nothing is consumed, so a call that timed out can be repeated.
        if len(self._buffer) - self._start < size:
            self._make_room(size)
        while self._end - self._start < size:
            if deadline is not None and not self._transport.wait(max(0.0, deadline - time.monotonic())):
                raise TimeoutError("no complete message arrived in time")
            try:
                count = self._transport.receive_into(self._buffer[self._end :], self.patience)
            except OSError as error:
                raise ChannelClosedError(f"the connection is lost: {error}") from error
            if not count:
                part = " in the middle of a message" if self._end > self._start else ""
                raise ChannelClosedError(f"the other side closed the connection{part}")
            self._end += count

    def _make_room(self, size: int) -> None:
        rest = bytes(self._buffer[self._start : self._end])
        if size > len(self._buffer):
            self._buffer = memoryview(bytearray(size))
        self._buffer[: len(rest)] = rest
        self._start, self._end = 0, len(rest)

    def _consume(self, size: int) -> None:
        self.last_size = size
        self._start += size
        if self._start == self._end:
            self._start = self._end = 0
            if len(self._buffer) > _CHUNK:
                self._buffer = memoryview(bytearray(_CHUNK))
