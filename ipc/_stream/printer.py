"""Turn the ordered event stream into the lines of the foreground process. Only this module does so.

Used by ``run`` directly and by the frontend of a daemon, so that both print the same text. Standard library only:
it is on the path of ``daemon run``. Application output arrives in blocks of whole lines and leaves with one
``bytes.replace`` and one
write per block.
"""

from __future__ import annotations

import errno
import os
import threading
import time

from adaptor_runtime_client._messages import (
    Environment,
    LifecycleRecord,
    Log,
    Output,
    Progress,
    Result,
    SessionLogLevel,
    StatusMessage,
)

from .._own_process.runtime_thread import RuntimeThread
from . import openjd_messages as openjd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._messages import Message

    from .line_times import LineTimes
    from .terminal_view import TerminalView

PREFIXES = {"stdout": b"STDOUT: ", "stderr": b"STDERR: ", "print": b""}
FAILURES = range(1, 6)

READER_SECONDS = 5.0
"""After a cancel, a reader that takes nothing for so long is given up. Otherwise it is waited for."""

_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
_LABEL = 100
_NOTE_SECONDS = 1.0
_COLUMNS = 80
_ATOMIC = 4096
"""Bytes that a pipe which takes anything takes at once."""


class Printer:
    """Write the events of a stream to a file descriptor, one whole line at a time.

    The output is only a view of the task: the task continues and its exit code counts, even if the descriptor fails. A
    busy descriptor is waited for. One whose reader has left (``| head -1``) is dropped silently; any other error (a
    full disk, a closed descriptor, a lost terminal) is reported once on standard error.

    Args:
        descriptor: Where the lines go; standard output in practice.
        errors: Where failures to show output are reported.
        are_ours: Returns whether both still are what they were, in a process that runs an author's code.
    """

    def __init__(self, descriptor: int, errors: int = 2, are_ours: Callable[[], bool] | None = None) -> None:
        self.times: LineTimes | None = None
        """Puts the time in front of each line."""
        self._view: TerminalView | None = None
        self._descriptor = descriptor
        self._errors = errors
        self._are_ours = are_ours
        self._lock = threading.Lock()
        self._broken = False
        self._silent = False
        self._failed = False
        self._given_up = False
        self._waits_since: float | None = None

    def __enter__(self) -> Printer:
        """Return the printer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def is_broken(self) -> bool:
        """Whether nothing can be shown any more: the reader has left, or the descriptor fails."""
        return self._broken

    def open_view(self) -> None:
        """Show state, progress and status below the lines, if the descriptor is a terminal that can."""
        if not os.isatty(self._descriptor):
            return
        from . import terminal, terminal_view

        if terminal.is_capable(self._descriptor):

            def columns() -> int:
                return terminal.size(self._descriptor)[0] or _COLUMNS

            view = terminal_view.TerminalView(self._write, columns, is_coloured=not os.environ.get("NO_COLOR"))
            view.start()
            self._view = view

    def show_times(self) -> None:
        """Print the time in front of each line that is no message for the scheduler."""
        if self.times is None:
            from .line_times import LineTimes

            self.times = LineTimes()

    def close(self) -> None:
        """Show nothing below the lines any more. Lines can still be written."""
        if self._view is not None:
            self._view.close()

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Write one event. ``body`` is the block of whole lines of an ``Output``."""
        if isinstance(message, Result):
            self.result(message)
        elif data := printed(message, body):
            self._write(self._dressed(message, data))

    def emit_at_once(self, message: Message, body: bytes = b"") -> bool:
        """Write one event if the descriptor takes all of it without a wait; return whether it did."""
        if isinstance(message, Result) or len(body) > _ATOMIC:
            return False
        data = printed(message, body)
        if data:
            data = self._dressed(message, data)
        if len(data) > _ATOMIC or not self.takes_at_once():
            return False
        if data:
            self._write(data)
        return True

    def takes_at_once(self) -> bool | None:
        """Return whether a few kilobytes can be written without a wait; None where that cannot be told."""
        import select

        try:
            return _is_writable(self._descriptor, 0) if hasattr(select, "poll") else None
        except (OSError, ValueError):
            return False

    def begin(self, stream_id: str) -> None:
        """Ignore the beginning of a request: it prints nothing."""

    def end(self, stream_id: str, result: Result) -> None:
        """Ignore the end of a request: the command prints its own result once, at its end."""

    def result(self, result: Result) -> None:
        """Write the one failure message of this process, if the exit code is that of a failure (1 to 5).

        If standard output fails, standard error gets it.
        """
        if result.exit_code in FAILURES and not self._failed:
            self._failed = True
            line = (openjd.failure_line(result.message) + "\n").encode("utf-8", "backslashreplace")
            self._write(self._dressed(result, line))
            if self._given_up or (self._broken and not self._silent):
                self._tell(line)

    def reader_due(self, since: float) -> float:
        """Return when to give up the reader if it takes nothing until then.

        Args:
            since: From when on a wait for it counts. Both are readings of the monotonic clock.
        """
        waits_since = self._waits_since
        return (time.monotonic() if waits_since is None else max(waits_since, since)) + READER_SECONDS

    def give_up(self, result: Result | None = None) -> None:
        """Say on standard error that nobody reads the output, and from then on print nothing.

        Args:
            result: How the command has ended, if that is known already.
        """
        self._given_up = True
        self.note("nobody reads the output, so the rest of it is not shown")
        if result is not None:
            self.result(result)

    def note(self, text: str) -> None:
        """Report on standard error what cannot be shown; do nothing if that is impossible, too."""
        self._tell(f"adaptor-runtime: {openjd.one_line(text)}\n".encode("utf-8", "backslashreplace"))

    def _dressed(self, message: Message, data: bytes) -> bytes:
        if self.times is not None:
            data = self.times(data)
        return data if self._view is None else self._view.around(message, data)

    def _tell(self, line: bytes) -> None:
        """Write to standard error what it takes at once: it may be the pipe that nobody reads."""
        try:
            self._check()
            _write_within(_NOTE_SECONDS, self._errors, line[:_ATOMIC])
        except (OSError, ValueError, RuntimeError):  # no thread can be started
            pass

    def _write(self, data: bytes) -> None:
        if self._given_up:  # the thread that waits for the reader holds the lock
            return
        with self._lock:
            if self._broken:
                return
            view = memoryview(data)
            self._waits_since = time.monotonic()
            while view:
                try:
                    self._check()
                    view = view[os.write(self._descriptor, view) :]
                    self._waits_since = time.monotonic()
                except BlockingIOError:
                    _wait_writable(self._descriptor)
                except OSError as error:
                    self._broken = True
                    # EINVAL is what Windows reports for a pipe without a reader.
                    self._silent = isinstance(error, (BrokenPipeError, ConnectionResetError)) or _is_closed_pipe(error)
                    if not self._silent:
                        self.note(f"cannot write to standard output, so no further output is shown: {error}")
                    break
            self._waits_since = None

    def _check(self) -> None:
        if self._are_ours is not None and not self._are_ours():
            raise OSError(errno.EBADF, "the adaptor has closed the runtime's descriptors")


def _is_closed_pipe(error: OSError) -> bool:
    return os.name == "nt" and error.errno == errno.EINVAL


def _wait_writable(descriptor: int) -> None:
    """Wait until a non-blocking descriptor, which our caller chose to pass, accepts more."""
    if not _is_writable(descriptor):
        time.sleep(0.01)


def _write_within(seconds: float, descriptor: int, data: bytes) -> None:
    """Write what a descriptor takes at once, if it takes anything within ``seconds``."""
    import select

    if hasattr(select, "poll"):
        if _is_writable(descriptor, seconds):
            os.write(descriptor, data)
        return
    thread = RuntimeThread(target=_write_quietly, args=(descriptor, data), name="note")
    thread.start()
    thread.join(seconds)


def _write_quietly(descriptor: int, data: bytes) -> None:
    try:
        os.write(descriptor, data)
    except OSError:
        pass


def _is_writable(descriptor: int, seconds: float | None = None) -> bool:
    """Wait until a descriptor takes more; False if it does not within ``seconds``, or where that cannot be told."""
    import select

    poll = getattr(select, "poll", None)
    if poll is None:
        return False
    waiting = poll()
    waiting.register(descriptor, getattr(select, "POLLOUT"))
    return bool(waiting.poll(None if seconds is None else seconds * 1000))


def _with_prefix(stream: str, body: bytes) -> bytes:
    prefix = PREFIXES.get(stream, b"STDOUT: ")
    if not body.endswith(b"\n"):
        body += b"\n"
    if not prefix:
        return _guarded(body) if b"openjd" in body.lower() or len(body) > openjd.MAXIMUM_LINE else body
    # Lines are cut where they are read; this check is for a block from a peer with another release.
    if len(body) > openjd.MAXIMUM_LINE and max(map(len, body.split(b"\n"))) > openjd.MAXIMUM_LINE:
        body = b"\n".join(_pieces(body[:-1])) + b"\n"
    return prefix + body[:-1].replace(b"\n", b"\n" + prefix) + b"\n"


def _pieces(body: bytes) -> list[bytes]:
    limit = openjd.MAXIMUM_LINE
    return [line[at : at + limit] for line in body.split(b"\n") for at in range(0, len(line) or 1, limit)]


def _guarded(body: bytes) -> bytes:
    """Prefix lines that a scheduler could act on, and the pieces of lines that it would cut."""
    lines = []
    for line in body[:-1].split(b"\n"):
        pieces = _pieces(line)
        if len(pieces) > 1 or openjd.resembles_message(line):
            pieces = [PREFIXES["stdout"] + piece for piece in pieces]
        lines += pieces
    return b"\n".join(lines) + b"\n"


def printed(message: Message, body: bytes = b"") -> bytes:
    """Return the whole lines that show an event; empty if it prints nothing.

    Args:
        message: The event, other than a ``Result``.
        body: The block of whole lines of an ``Output``.
    """
    if isinstance(message, Output):
        return _with_prefix(message.stream, body)
    return _encoded(_text(message), is_path=isinstance(message, Environment))


def _encoded(text: str, *, is_path: bool) -> bytes:
    if is_path:  # in a locale without UTF-8, a path holds its bytes as surrogates
        try:
            data = text.encode("utf-8", "surrogateescape")
            data.decode("utf-8")  # a scheduler could not read anything else
        except UnicodeError:
            pass
        else:
            return data
    return text.encode("utf-8", "backslashreplace")


def _text(message: Message) -> str:
    if isinstance(message, Log):
        return log_text(message.level, message.text, message.fields)
    if isinstance(message, LifecycleRecord):
        return transition_text(message.record)
    line: str | None = None
    if isinstance(message, Progress):
        line = openjd.progress_line(message.value)
    elif isinstance(message, StatusMessage):
        line = openjd.status_line(message.text)
    elif isinstance(message, SessionLogLevel):
        line = openjd.session_log_level_line(message.level)
    elif isinstance(message, Environment) and openjd.is_environment_name(message.name):
        line = openjd.environment_line(message.action, message.name, message.value)
    return "" if line is None else line + "\n"


def log_text(level: str, text: str, fields: dict[str, object]) -> str:
    r"""Return a log record as lines that each begin with the level, so that no part of it can pass for a message.

    >>> log_text("INFO", "loaded", {"seconds": 1.5})
    'INFO: loaded seconds=1.5\\n'
    """
    pairs = "".join(f" {key}={_value(value)}" for key, value in fields.items() if value is not None)
    lines = (text + pairs).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    limit = openjd.MAXIMUM_LINE // 4  # a character takes at most four bytes
    label = level if level in _LEVELS else _label(level)
    return "".join(f"{label}: {line[at : at + limit]}\n" for line in lines for at in range(0, len(line) or 1, limit))


def _label(level: str) -> str:
    """Return the name of a level that an author made up, in a form that cannot pass for a message."""
    name = openjd.one_line(level)[:_LABEL]
    return f"LEVEL {name}" if openjd.resembles_message(name.encode("utf-8", "replace")) else name


def transition_text(record: dict[str, object]) -> str:
    r"""Return the line of one lifecycle record: what moved, from where to where, why, and how long the hook took.

    A record of an application names it first.

    >>> transition_text(
    ...     {"sequence": 1, "kind": "transition", "trigger": "start", "source": "idle", "target": "started"}
    ... )
    'INFO: transition sequence=1 trigger=start from=idle to=started\\n'
    """
    fields = dict(record)
    kind = str(fields.pop("kind", "transition"))
    fields.pop("time", None)
    source, target = fields.pop("source", None), fields.pop("target", None)
    machine = fields.pop("machine", None)
    ordered: dict[str, object] = {"application": fields.pop("application", None)}
    if ordered["application"] is None and machine != "adaptor":
        ordered["machine"] = machine  # of a later release
    ordered.update(sequence=fields.pop("sequence", None), trigger=fields.pop("trigger", None))
    ordered["from"], ordered["to"] = source, target
    if source == target:
        del ordered["from"], ordered["to"]
        ordered["state"] = source
    level = "DEBUG" if fields.pop("is_routine", None) is True else "INFO"
    return log_text("WARNING" if kind in {"refused", "abandoned"} else level, kind, {**ordered, **fields})


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 1e9 else repr(value)
    text = str(value)
    return repr(text) if not text or any(character in text for character in " \"'=\n\r") else text
