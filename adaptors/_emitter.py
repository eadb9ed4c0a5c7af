"""Everything that an adaptor says, as events on the ordered stream: messages, log records, lines of applications.

OpenJD messages and the runtime's own records go through structlog, whose last processor puts them on the stream;
so do the records of an author who logs with structlog. Records of the standard library's ``logging`` arrive through
a handler. Application output does not pass through logging: it comes in blocks of whole lines, thousands at a time.
"""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, Any

import structlog
from adaptor_runtime_client._messages import (
    Log,
    Output,
    Progress,
    StatusMessage,
    Transition,
)

from ..ipc import _openjd_messages as openjd
from ._log_levels import RUNTIME_LOGGER, LogLevels, number_of
from ._message_pace import MessagePace

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from adaptor_runtime_client._messages import Message

    from ..ipc._stream import Stream
    from ..statemachine import Record

LOG_NAMES = {"STDOUT": 41, "STDERR": 42, "ADAPTOR_OUTPUT": 43}
"""Levels that adaptors may log at; above ERROR, so that only CRITICAL hides them."""

_OF_APPLICATIONS = {"stdout", "stderr"}

_EVENT = "_event"
_OWN = "_own"
_RUNTIME = __name__.rpartition(".")[0] + "."


def log() -> Any:
    """Return the runtime's own structlog logger."""
    return structlog.get_logger(RUNTIME_LOGGER, **{_OWN: True})


def emit_message(message: Message) -> None:
    """Put one typed event on the stream by way of structlog: a message for the scheduler."""
    log().critical("message", **{_EVENT: message})  # no log level hides it


class Emitter:
    """Puts events on a stream, in the order in which they are emitted.

    Args:
        stream: The ordered stream of the session.
        levels: Log records below these levels are dropped.
    """

    def __init__(self, stream: Stream, levels: LogLevels | None = None) -> None:
        self.stream = stream
        self.levels = levels or LogLevels()
        self.pace = MessagePace(stream.emit)
        self.last_heard: dict[str, float] = {}
        """When there was ``"output"`` of an application and ``"progress"`` last: readings of the monotonic clock."""
        self._handler: _LogHandler | None = None
        self._former: dict[str, int] = {}

    def install(self) -> None:
        """Make structlog and ``logging`` of this process write to the stream."""
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                self._drop_below_level,
                structlog.processors.format_exc_info,
                self._to_stream,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
            logger_factory=structlog.ReturnLoggerFactory(),
            cache_logger_on_first_use=False,
        )
        for name, value in LOG_NAMES.items():
            logging.addLevelName(value, name)
        self._handler = _LogHandler(self)
        logging.getLogger().addHandler(self._handler)
        self.set_levels(self.levels)
        logging.raiseExceptions = (
            False  # a record that cannot be formatted is our handler's to show, not a traceback on stderr
        )

    def set_levels(self, levels: LogLevels) -> None:
        """Drop log records below these levels from now on."""
        self.levels = levels
        for name, level in levels.by_logger().items():
            logger = logging.getLogger(name)
            self._former.setdefault(name, logger.level)
            logger.setLevel(level)

    def uninstall(self) -> None:
        """Give structlog and ``logging`` back."""
        for name, level in self._former.items():
            logging.getLogger(name).setLevel(level)
        self._former.clear()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler = None
        structlog.reset_defaults()

    def record(self, record: Record) -> None:
        """Put one lifecycle record on the stream."""
        method = log().warning if record.kind in {"refused", "abandoned"} else log().info
        method("transition", **{_EVENT: Transition(record.to_dict())})

    def output(self, stream_name: str, block: bytes) -> None:
        """Put a block of whole lines on the stream; an empty one stands for output that is no line yet.

        Progress and status messages among them become messages. Any other line that a scheduler acts on stays what
        it is, output, and is printed behind a prefix.
        """
        if stream_name in _OF_APPLICATIONS:
            self.last_heard["output"] = time.monotonic()
        hidden = self.levels.hides_output
        if b"_" not in block or b"openjd_" not in block:  # one byte is looked for 50 times as fast
            if block and not hidden:
                self._emit(Output(stream_name), block)
            return
        for message, body in split_messages(stream_name, block):
            if not (hidden and body):
                self._emit(message, body)

    def log(self, level: str, text: str) -> None:
        """Put one log record on the stream; text that is a progress or status message becomes that message."""
        message = _typed_message(text.encode("utf-8", "backslashreplace")) if text.startswith("openjd_") else None
        self._emit(message or Log(level, text, {}))

    def _emit(self, message: Message, body: bytes = b"") -> None:
        if isinstance(message, Progress):
            self.last_heard["progress"] = time.monotonic()
        if isinstance(message, (Progress, StatusMessage)):
            self.pace.take(message)
            return
        if self.pace.is_holding:
            self.pace.send_due()
        self.stream.emit(message, body)

    def _drop_below_level(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        level = self.levels.runtime if event.pop(_OWN, False) else self.levels.adaptor
        if number_of(str(event.get("level", "info"))) < number_of(level):
            raise structlog.DropEvent
        return event

    def _to_stream(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        message = event.pop(_EVENT, None)
        if message is None:
            level = str(event.pop("level", "info")).upper()
            text = str(event.pop("event", ""))
            exception = event.pop("exception", None)
            fields = {str(key): _plain(value) for key, value in event.items()}
            if text.startswith("openjd_") and not fields:
                self.log(level, text)
            else:
                self.stream.emit(Log(level, text, fields))
            if exception:
                self.stream.emit(Log(level, str(exception), {}))
        else:
            self._emit(message)
        raise structlog.DropEvent


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


def _plain(value: Any) -> Any:
    """Return a field's value as every stream can carry it; a broken ``__str__`` must not lose the record."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001
        return f"<{type(value).__name__}: {type(error).__name__} in its __str__>"


class _LogHandler(logging.Handler):
    """Hands the records of ``logging`` to the emitter; formatting cannot fail."""

    def __init__(self, emitter: Emitter) -> None:
        super().__init__()
        self._emitter = emitter

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception as error:  # noqa: BLE001  wrong arguments in an author's log call
            text = f"{_plain(record.msg)} (its arguments do not fit: {type(error).__name__})"
        if record.exc_info and record.exc_info[1] is not None:
            text += "\n" + author_traceback(record.exc_info[1])
        self._emitter.log(record.levelname, text)


def author_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` without the runtime's own frames in front of the author's."""
    first = error.__traceback__
    while first is not None and str(first.tb_frame.f_globals.get("__name__", "")).startswith(_RUNTIME):
        first = first.tb_next
    try:
        return "".join(traceback.format_exception(type(error), error, first or error.__traceback__)).rstrip("\n")
    except Exception:  # noqa: BLE001  a broken __str__
        return f"{type(error).__name__} (its traceback cannot be shown)"
