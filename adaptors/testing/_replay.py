"""Give a saved log to the rules of an adaptor, without the application."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Union

import attrs
from adaptor_runtime_client._messages import Progress, StatusMessage

from ..adaptors._adaptor_rules import rules_of
from ..adaptors._messages.destination import destination, send_to
from ..adaptors._rule_effects import RuleEffects
from ..adaptors.output._output_rule import RuleKind, check_rules
from ..adaptors.output._rule_set import RuleSet
from ..adaptors.output._saved_log import saved_lines
from ..adaptors.processes._errors import ApplicationFailedError
from ..adaptors.processes._output_delivery import OutputDelivery
from ..ipc._stream.output_lines import OutputLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptor_runtime_client._messages import Message

    from ..adaptors.output._output_rule import OutputRule, RuleMatch

    LooksAtLines = Union[logging.Handler, "TakesLines", RuleSet, Sequence[OutputRule], type]

Value = Union[float, str, BaseException]


class TakesLines(Protocol):
    """Anything that looks at the lines of an application."""

    def take_line(self, line: str) -> object:
        """Look at one line, without its end. What it raises is a failure."""


@attrs.frozen
class ReplayEvent:
    """One thing that happened because of a line.

    Attributes:
        line_number: The number of the line in the log, from 1.
        line: The line.
        kind: ``progress``, ``status``, ``log``, or ``failure``.
        value: The percentage, the text, or what was raised.
    """

    line_number: int
    line: str
    kind: str
    value: Value


@attrs.frozen
class Replay:
    """What happened while a log was replayed.

    Attributes:
        events: Everything, in order.
        lines: How many lines of the application the log has.
    """

    events: tuple[ReplayEvent, ...]
    lines: int

    @property
    def progress(self) -> list[float]:
        """The percentages that were reported."""
        return [event.value for event in self.events if event.kind == "progress" and isinstance(event.value, float)]

    @property
    def statuses(self) -> list[str]:
        """The status messages that were reported."""
        return [str(event.value) for event in self.events if event.kind == "status"]

    @property
    def failures(self) -> list[BaseException]:
        """What was raised. The first one would have failed the task."""
        return [event.value for event in self.events if isinstance(event.value, BaseException)]


def replay(
    log: str | bytes | os.PathLike[str],
    handler: LooksAtLines,
    stderr_handler: LooksAtLines | None = None,
    *,
    encoding: str = "utf-8",
) -> Replay:
    r"""Give each line of a saved log to the rules of an adaptor, as if an application printed it now.

    The log is what an application printed, or the log of a session, of which only the lines that begin with
    ``STDOUT:`` or ``STDERR:`` count.

    >>> from adaptor_runtime import Adaptor, RegexCallback, RegexHandler
    >>> rule = RegexCallback([r"(\d+)%"], lambda match: Adaptor.update_status(progress=float(match[1])))
    >>> replay("loading\n50%\n100%\n", RegexHandler([rule])).progress
    [50.0, 100.0]

    Args:
        log: The path of a file, or the text itself; a text without a line end is a path if there is such a file.
        handler: A ``RegexHandler``; or output rules: a list, or the class of an adaptor that has some.
        stderr_handler: Gets the lines of the standard error output; None for ``handler``.
        encoding: The encoding of a file.

    Raises:
        OSError: The file cannot be read.
        TypeError: The handler is none.
        BadInputError: The rules are unusable.
    """
    data = _read(log, encoding)
    recorder = _Recorder()
    handlers = {"stdout": _handler(handler)}
    handlers["stderr"] = handlers["stdout"] if stderr_handler is None else _handler(stderr_handler)
    deliveries = {name: _delivery(name, each, recorder, encoding) for name, each in handlers.items()}
    count = 0
    former = destination()
    send_to(recorder)
    try:
        for line in saved_lines(data):
            count += 1
            recorder.begin(line.number, line.data[:-1].decode(encoding, "backslashreplace"))
            deliveries[line.stream].feed(line.data)
    finally:
        send_to(former)
    return Replay(tuple(recorder.events), count)


def _read(log: str | bytes | os.PathLike[str], encoding: str) -> bytes:
    if isinstance(log, bytes):
        return log
    if isinstance(log, str) and ("\n" in log or not os.path.isfile(log)):
        return log.encode(encoding)
    return Path(log).read_bytes()


def _delivery(name: str, handler: logging.Handler, recorder: _Recorder, encoding: str) -> OutputDelivery:
    return OutputDelivery(
        name,
        lines=OutputLines(encoding),
        handler=handler,
        logger_name=__name__,
        emit=lambda _stream, _block: None,
        failed=recorder.failed,
    )


def _handler(given: LooksAtLines) -> logging.Handler:
    if isinstance(given, logging.Handler):
        return given
    if isinstance(given, type):
        return _handler_of_rules(rules_of(given))
    if isinstance(given, RuleSet):
        return _handler_of_rules(given)
    if hasattr(given, "take_line"):
        return _LineHandler(given)
    if isinstance(given, (list, tuple)):
        problem = check_rules(given)
        if problem:
            raise TypeError(f"the list {problem}")
        return _handler_of_rules(RuleSet.merged(given))
    raise TypeError(f"{given!r:.100} is no handler; give a RegexHandler, a list of output rules, or an adaptor")


def _handler_of_rules(rules: RuleSet) -> logging.Handler:
    return rules.handler(RuleEffects({RuleKind.FAILURE: _fail, RuleKind.FATAL: _fail}))


def _fail(match: RuleMatch) -> None:
    raise ApplicationFailedError(match.reason)


class _LineHandler(logging.Handler):
    """Give lines to something that is no handler of ``logging``."""

    def __init__(self, target: TakesLines) -> None:
        super().__init__()
        self._target = target

    def emit(self, record: logging.LogRecord) -> None:
        self._target.take_line(record.getMessage())


class _Recorder:
    """Record what callbacks report, as the destination of events."""

    def __init__(self) -> None:
        self.events: list[ReplayEvent] = []
        self._line_number = 0
        self._line = ""

    def begin(self, line_number: int, line: str) -> None:
        self._line_number, self._line = line_number, line

    def failed(self, error: BaseException) -> None:
        self._record("failure", error)

    def event(self, level: str, message: Message) -> None:
        if isinstance(message, Progress):
            self._record("progress", float(message.value))
        elif isinstance(message, StatusMessage):
            self._record("status", message.text)

    def own(self, level: str, text: str, fields: dict[str, Any]) -> None:
        self._record("log", f"{level}: {text}")

    def log(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        self._record("log", f"{level}: {text}")

    def _record(self, kind: str, value: Value) -> None:
        self.events.append(ReplayEvent(self._line_number, self._line, kind, value))
