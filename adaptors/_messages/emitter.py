"""Everything that an adaptor emits, as events on the ordered stream: messages, log records, application output.

OpenJD messages and the runtime's own records come from the runtime's own structlog logger; an author's records come
from ``structlog`` and ``logging`` as the author configured them. Application output does not pass through logging: it
comes in blocks of whole lines, thousands at a time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from adaptor_runtime_client._messages import (
    LifecycleRecord,
    Log,
    Output,
    Progress,
    StatusMessage,
)

from ...ipc._own_process.forked_child import in_forked_child
from ...ipc._stream import openjd_messages as openjd
from ...ipc._stream import runtime_log
from ...ipc._stream.forked_stream import ForkedStream
from .authors_logging import AuthorsLogging
from .destination import send_to
from .heartbeat import Heartbeat
from .latest import Latest
from .log_levels import LogLevels, number_of
from .logging_tap import shown
from .message_pace import MessagePace
from .own_log import emit_message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from adaptor_runtime_client._messages import Message

    from ...ipc._stream.stream import Stream
    from ...statemachine import Record

_OF_APPLICATIONS = {"stdout", "stderr"}


class Emitter:
    """Put events on a stream, in order.

    Args:
        stream: The ordered stream of the session.
        levels: Log records below these levels are dropped.
        pace: Limits how often progress and status are sent; None for the pace of a scheduler.
        heartbeat: After how many seconds without output a status message says so; None for never.
    """

    def __init__(
        self,
        stream: Stream,
        levels: LogLevels | None = None,
        pace: MessagePace | None = None,
        *,
        heartbeat: float | None = None,
    ) -> None:
        self.stream = stream
        self.levels = levels or LogLevels()
        self.pace = pace or MessagePace(stream.emit)
        self.latest = Latest()
        self.heartbeat = Heartbeat(heartbeat)
        self.last_heard: dict[str, float] = {}
        """The times of the last application ``"output"`` and the last ``"progress"``: readings of the monotonic
        clock."""
        self._authors = AuthorsLogging()
        self._take_back: Callable[[], object] | None = None

    def install(self) -> None:
        """Send the events of this process to the stream."""
        send_to(self)
        runtime_log.send_to(lambda level, text: self.own(level, text, {}))
        self._authors.install()
        self.set_levels(self.levels)
        self._take_back = in_forked_child(self._print)

    def _print(self) -> None:
        """In a forked child: print, because the stream belongs to the parent, which reads that as output."""
        self.stream = ForkedStream()
        self.pace = MessagePace(self.stream.emit)

    def set_levels(self, levels: LogLevels) -> None:
        """Drop log records below these levels from now on."""
        self.levels = levels
        self._authors.set_levels(levels)

    def uninstall(self) -> None:
        """Restore structlog and ``logging``."""
        self._authors.uninstall()
        send_to(None)
        runtime_log.send_to(None)
        if self._take_back is not None:
            self._take_back()

    def record(self, record: Record) -> None:
        """Put one record of the lifecycle, or of the life of an application, on the stream."""
        emit_message(LifecycleRecord(record.to_dict()), record.level.lower())

    def event(self, level: str, message: Message) -> None:
        """Put one typed event on the stream, unless its level is hidden."""
        if number_of(level) >= number_of(self.levels.runtime):
            self._emit(message)

    def own(self, level: str, text: str, fields: dict[str, Any]) -> None:
        """Put a log record of the runtime on the stream, unless its level is hidden."""
        if number_of(level) >= number_of(self.levels.runtime):
            self._emit(Log(level, text, {str(key): shown(value) for key, value in fields.items()}))

    def output(self, stream_name: str, block: bytes) -> None:
        """Put a block of whole lines on the stream; an empty one means output that is not a line yet.

        Progress and status messages among them become messages. Any other line that a scheduler would act on stays
        output, and is printed with a prefix.
        """
        self.latest.output(stream_name, block)
        if stream_name in _OF_APPLICATIONS:
            self.last_heard["output"] = time.monotonic()
        hidden = self.levels.hides_output
        if b"_" not in block or b"openjd_" not in block:  # searching for one byte is 50 times as fast
            if block and not hidden:
                self._emit(Output(stream_name), block)
            return
        for message, body in split_messages(stream_name, block):
            if not (hidden and body):
                self._emit(message, body)

    def log(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        """Put one log record on the stream; text that is a progress or status message becomes that message."""
        message = None
        if not fields and text.startswith("openjd_"):
            message = _typed_message(text.encode("utf-8", "backslashreplace"))
        if message is None:
            self.latest.log(level, text)
        self._emit(message or Log(level, text, fields or {}))

    def _emit(self, message: Message, body: bytes = b"") -> None:
        now = self.latest.output_at = time.monotonic()
        if isinstance(message, Progress):
            self.last_heard["progress"] = now
        if isinstance(message, (Progress, StatusMessage)):
            self.latest.message(message)
            self.pace.take(message)
            return
        if self.pace.is_holding:
            self.pace.send_due()
        self.stream.emit(message, body)


def split_messages(stream_name: str, block: bytes) -> Iterator[tuple[Message, bytes]]:
    """Yield a block's lines in order, as blocks of output and the messages between them."""
    plain: list[bytes] = []
    for line in block.rstrip(b"\n").split(b"\n"):
        message = _typed_message(line) if line.startswith(b"openjd_") else None
        if message is None:
            plain.append(line)
            continue
        if plain:
            yield Output(stream_name), b"\n".join(plain) + b"\n"
            plain = []
        yield message, b""
    if plain:
        yield Output(stream_name), b"\n".join(plain) + b"\n"


def _typed_message(line: bytes) -> Message | None:
    found = openjd.read_message(line)
    if found is None:
        return None
    kind, text = found
    if kind == "status":
        return StatusMessage(text)
    try:
        value = float(text)
    except ValueError:
        return None
    return Progress(value) if openjd.progress_line(value) else None
