"""Every message between two processes of the runtime, and the codec that turns it into bytes and back.

A frame is an eight-byte header (length of the head, length of the body; unsigned, big endian), the head, the body. The
head is one JSON object: "kind" and the fields of the message. The body is raw bytes and belongs to the message.

It needs only Python 3.7 and the standard library: this module also runs inside the application.
"""

from __future__ import annotations

import json
import math
import struct

from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

PROTOCOL = 1

HEADER = struct.Struct(">II")


class ProtocolError(Exception):
    """The data is not a message of this protocol."""


class UnknownKindError(ProtocolError):
    """A well-formed message of an unknown kind; the channel can still be read."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"unknown kind of message {kind[:100]!r}: the other side has another release")
        self.kind = kind


# Handshake. These three are read before the versions are known to match: fields may be added, never changed.


class Hello(NamedTuple):
    """The first message of a client. ``purpose`` is "frontend" or "application"."""

    protocol: int
    release: str
    purpose: str
    key: str


class Welcome(NamedTuple):
    """Answer to Hello: the caller is accepted."""

    protocol: int
    release: str
    pid: int


class Refused(NamedTuple):
    """Answer to Hello or to a request: not accepted; ``exit_code`` is the exit code of the frontend."""

    reason: str
    exit_code: int


# Requests of a frontend.


class Start(NamedTuple):
    """Call on_start."""


class Run(NamedTuple):
    """Call on_run with ``run_data``; the stream of ``task_id`` answers.

    The loss of the connection before the result cancels the task, unless ``keep`` is set.
    """

    task_id: str
    run_data: Any
    keep: bool = False


class Attach(NamedTuple):
    """Continue the stream of a task whose frontend was lost, from what it acknowledged; by default the last task."""

    task_id: str | None = None


class Logs(NamedTuple):
    """Ask for output without consuming it: by default, for all that no frontend has acknowledged.

    With ``task_id`` or ``since``, in seconds since the epoch, ask for all that is still there of that task or from then
    on. With ``follow``, the answer goes on until the task or the session ends. With ``times``, it has a Moment before
    the events of each second or so. With ``gaps``, it has a Gap where events are no longer there.
    """

    follow: bool = False
    task_id: str | None = None
    since: float | None = None
    times: bool = False
    gaps: bool = False


class Stop(NamedTuple):
    """Stop, clean up, and end the daemon within ``seconds``.

    Frozen forever: a frontend of any later or earlier release must be able to stop a daemon.
    """

    seconds: float | None = None


class Cancel(NamedTuple):
    """Cancel the session, or only ``task_id`` if it is given, within ``seconds``.

    Frozen forever: a frontend of any later or earlier release must be able to cancel a task.
    """

    cause: str
    seconds: float | None = None
    task_id: str | None = None


class Status(NamedTuple):
    """Ask for a Snapshot."""


class AskOutcome(NamedTuple):
    """Ask how a request ended; Result answers as soon as it has. ``stream_id`` is a task id, "start", or "stop".

    For a frontend that lost its stream. It acknowledges the answer, with any offset.
    """

    stream_id: str


class Acknowledge(NamedTuple):
    """The stream was shown up to ``offset`` (bytes of encoded frames) and need not be kept."""

    offset: int


# Between an application and its adaptor, on the one connection that the application keeps open. ``request`` is a number
# that the application chooses; the answer repeats it, because several threads may have asked.


class NextAction(NamedTuple):
    """Ask for an action: GivenAction or NoAction answers. With ``wait``, the answer waits for an action."""

    request: int
    wait: bool = True


class Withdraw(NamedTuple):
    """Withdraw the NextAction with that number: NoAction answers, unless an action was already on its way."""

    request: int


class GivenAction(NamedTuple):
    """Answer to NextAction. The body is the action: a JSON object with "name" and "args"."""

    request: int


class NoAction(NamedTuple):
    """Answer to NextAction or Withdraw: no action."""

    request: int


class ActionDone(NamedTuple):
    """The handler of the action given to ``request`` returned ``result``. No answer follows."""

    request: int
    result: Any = None


class ActionFailed(NamedTuple):
    """The handler of the action given to ``request`` raised, at ``place``. No answer follows."""

    request: int
    error_type: str
    text: str
    traceback: str = ""
    place: str = ""


class ActionProgress(NamedTuple):
    """How far the handler of the action given to ``request`` is. No answer follows."""

    request: int
    percent: float
    status: str = ""


class ActionCanceled(NamedTuple):
    """Sent to the application: the result of the action given to ``request`` is no longer needed. No answer follows."""

    request: int


class MapPath(NamedTuple):
    """Ask where ``path`` is on this machine: MappedPath or NotAnswered answers."""

    request: int
    path: str


class MappedPath(NamedTuple):
    """Answer to MapPath."""

    request: int
    path: str


class AskPathMappingRules(NamedTuple):
    """Ask for the rules behind MapPath: PathMappingRules or NotAnswered answers."""

    request: int


class PathMappingRules(NamedTuple):
    """Answer to AskPathMappingRules."""

    request: int
    rules: list[dict[str, Any]]


class NotAnswered(NamedTuple):
    """Answer to MapPath or AskPathMappingRules: the adaptor raised."""

    request: int
    reason: str


# Events of a stream, in order.


class Log(NamedTuple):
    """One log record; ``level`` is a level name of the logging module, ``fields`` are its structured values."""

    level: str
    text: str
    fields: dict[str, Any]


class Output(NamedTuple):
    r"""Output of the application on ``stream``, "stdout" or "stderr". The body is whole lines, each ended by "\n"."""

    stream: str


class Progress(NamedTuple):
    """Progress in percent."""

    value: float


class StatusMessage(NamedTuple):
    """What the adaptor is doing, for people to read."""

    text: str


class Environment(NamedTuple):
    """A variable of the session; ``action`` is "set", "unset", or "redact"."""

    action: str
    name: str
    value: str = ""


class SessionLogLevel(NamedTuple):
    """The log level of the scheduler's session: DEBUG, INFO, WARNING, or ERROR."""

    level: str


class LifecycleRecord(NamedTuple):
    """One record of the lifecycle, or of the life of an application."""

    record: dict[str, Any]


class Result(NamedTuple):
    """The outcome: the last item of every stream. Frozen, because it answers Stop."""

    exit_code: int
    message: str
    state: str


class Snapshot(NamedTuple):
    """Answer to Status; ``history`` has the records of the adaptor, ``applications`` those of its applications.

    ``output`` has the age of the last output in seconds, and the last lines with their streams. ``limits`` has each
    deadline and watchdog with its seconds, and how many are ``left`` if it counts now. ``commands`` has the command
    line of each process, but of many only the first ones, by its process id, as it may be shown.
    """

    state: str
    stop_owed: bool
    in_flight: dict[str, Any] | None
    history: list[dict[str, Any]]
    pid: int
    release: str
    adaptor: str = ""
    applications: list[dict[str, Any]] = []  # noqa: RUF012  nobody changes a message
    state_seconds: float | None = None
    progress: float | None = None
    status_message: str | None = None
    output: dict[str, Any] | None = None
    limits: list[dict[str, Any]] = []  # noqa: RUF012  as above
    journal: str = ""
    commands: dict[str, Any] = {}  # noqa: RUF012  as above


class Moment(NamedTuple):
    """When the events that follow were added, in seconds since the epoch."""

    at: float


class Gap(NamedTuple):
    """Instead of events that are no longer there: ``size`` bytes of frames were shown and given back to the disk."""

    size: int


if TYPE_CHECKING:
    Message = Union[
        Hello,
        Welcome,
        Refused,
        Start,
        Run,
        Stop,
        Cancel,
        Status,
        Attach,
        Logs,
        AskOutcome,
        Acknowledge,
        NextAction,
        Withdraw,
        GivenAction,
        NoAction,
        ActionDone,
        ActionFailed,
        ActionProgress,
        ActionCanceled,
        MapPath,
        MappedPath,
        AskPathMappingRules,
        PathMappingRules,
        NotAnswered,
        Log,
        Output,
        Progress,
        StatusMessage,
        Environment,
        SessionLogLevel,
        LifecycleRecord,
        Result,
        Snapshot,
        Moment,
        Gap,
    ]

# The types that JSON gives for an annotation; comparing with ``type()`` keeps a bool from passing for an int.
_ACCEPTED: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "str | None": (str, type(None)),
    "dict[str, Any]": (dict,),
    "dict[str, Any] | None": (dict, type(None)),
    "list[dict[str, Any]]": (list,),
    "Any": (),
}


# A lifecycle record has been a "transition" on the wire since the first release.
_KIND_OF_NAME = {"LifecycleRecord": "transition"}


def _kind(message_class: type) -> str:
    name = message_class.__name__
    letters = ("_" + letter.lower() if letter.isupper() else letter for letter in name)
    return _KIND_OF_NAME.get(name) or "".join(letters).lstrip("_")


def _shape(message_class: type[Any]) -> tuple[tuple[type, ...], ...]:
    return tuple(_ACCEPTED[message_class.__annotations__[name]] for name in message_class._fields)


_CLASSES: dict[str, type[Any]] = {
    _kind(value): value for value in list(globals().values()) if isinstance(value, type) and issubclass(value, tuple)
}
_KINDS: dict[type, str] = {message_class: kind for kind, message_class in _CLASSES.items()}
_SHAPES = {kind: _shape(message_class) for kind, message_class in _CLASSES.items()}


def text_of(value: object) -> str:
    """Return the text for a value that is not valid in JSON."""
    # A log field may be anything; an odd one must not break the record, let alone the stream.
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - any error of a foreign __str__
        return f"<{type(value).__name__} that cannot be printed>"


def _plain(record: Log) -> Log:
    fields = {text_of(name): text_of(value) for name, value in record.fields.items()}
    return Log(text_of(record.level), text_of(record.text), fields)


# Unescaped, because escapes make text in other scripts three to six times as long.
_write_json = json.JSONEncoder(separators=(",", ":"), default=text_of, ensure_ascii=False).encode
# Lone surrogates (file names that do not decode) survive as escapes.
_write_ascii_json = json.JSONEncoder(separators=(",", ":"), default=text_of).encode


def encode(message: Message, body: bytes = b"") -> bytes:
    r"""Return the frame that carries ``message`` and ``body``.

    Values that are not valid in JSON are sent as their ``str()``. A log record can always be encoded.

    Raises:
        TypeError, ValueError: The data of another message is circular or has keys that are not plain values.

    >>> encode(Output("stdout"), b"hello\n")
    b'\x00\x00\x00#\x00\x00\x00\x06{"kind":"output","stream":"stdout"}hello\n'
    """
    try:
        head = _head(message)
    except (TypeError, ValueError, RecursionError):
        if not isinstance(message, Log):
            raise
        head = _head(_plain(message))
    return b"".join((HEADER.pack(len(head), len(body)), head, body))


def _head(message: Message) -> bytes:
    fields: dict[str, Any] = {"kind": _KINDS[type(message)]}
    fields.update(zip(message._fields, message))
    try:
        return _write_json(fields).encode("utf-8")
    except UnicodeEncodeError:
        return _write_ascii_json(fields).encode("ascii")


def decode(head: bytes) -> Message:
    """Return the message in ``head``, the JSON part of a frame.

    Unknown fields are ignored and missing ones take their default, so that fields can be added without a new protocol.

    Raises:
        UnknownKindError: This release has no such message.
        ProtocolError: It is not a JSON object, lacks a field, or has a field of the wrong type.

    >>> decode(b'{"kind": "stop", "a later field": 1}')
    Stop(seconds=None)
    """
    fields = _parse(head)
    kind = fields.get("kind")
    if not isinstance(kind, str):
        raise ProtocolError(f"message without a kind: {head[:100]!r}")
    if kind not in _CLASSES:
        raise UnknownKindError(kind)
    message_class = _CLASSES[kind]
    try:
        message: Message = message_class(**{name: fields[name] for name in message_class._fields if name in fields})
    except TypeError:
        raise ProtocolError(f"a field is missing from the message {head[:100]!r}") from None
    for name, value, accepted in zip(message._fields, message, _SHAPES[kind]):
        # NaN and the infinities are neither durations nor percentages.
        if accepted and (type(value) not in accepted or (type(value) is float and not math.isfinite(value))):
            raise ProtocolError(f"field {name!r} of the message {kind!r} cannot be {str(value)[:100]!r}")
    return message


def _parse(head: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(head.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ProtocolError(f"not JSON: {head[:100]!r}") from None
    if not isinstance(fields, dict):
        raise ProtocolError(f"not a JSON object: {head[:100]!r}")
    return fields
