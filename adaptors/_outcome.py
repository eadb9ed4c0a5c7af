"""How a request ended, and why a session was canceled: values that decide exit codes, without searching text."""

from __future__ import annotations

import signal

import attrs

from ..statemachine import AdaptorRuntimeError
from ._messages.author_error import description
from ._messages.redaction import redaction

SUCCEEDED = 0
FAILED = 1
REFUSED = 3
TIMED_OUT = 5
INTERRUPTED = 130
TERMINATED = 143

LONGEST = 8192
"""Characters of a message: it is one line for people, and kept in files that are read as a whole."""


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


@attrs.frozen
class Outcome:
    """How a request ended.

    Attributes:
        exit_code: 0 done, 1 failed, 3 refused, 5 deadline, 130 and 143 canceled.
        message: One line for people; empty if unnecessary.
    """

    exit_code: int = SUCCEEDED
    message: str = attrs.field(default="", converter=_bounded)

    @property
    def succeeded(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == SUCCEEDED


@attrs.frozen
class Cause:
    """Why work is canceled, or lost.

    Attributes:
        text: What happened, for the record and the message.
        exit_code: The exit code of a command that ends for this cause: 1 for a loss, 5 for a deadline, 130 and 143 for
            a cancel.
    """

    text: str
    exit_code: int = TERMINATED

    @classmethod
    def from_signal(cls, number: int) -> Cause:
        """Return the cause for the signal ``number``: exit code 130 for SIGINT, 143 for any other."""
        code = INTERRUPTED if number == signal.SIGINT else TERMINATED
        try:
            return cls(signal.Signals(number).name, code)
        except ValueError:
            return cls(f"signal {number}", code)

    @classmethod
    def named(cls, text: str) -> Cause:
        """Return the cause with this text; a signal name gets the exit code of the signal."""
        return cls(text, INTERRUPTED if text == "SIGINT" else TERMINATED)

    def outcome(self, what: str, more: str = "") -> Outcome:
        """Return how ``what`` ended for this cause.

        Args:
            what: For example, a hook.
            more: What else to report about a cancel.
        """
        if self.exit_code in (FAILED, TIMED_OUT):
            return Outcome(self.exit_code, self.text)
        return Outcome(self.exit_code, "; ".join(filter(None, [f"{what} was canceled by {self.text}", more])))


class ConstructorError(AdaptorRuntimeError):
    """The adaptor's constructor raised; the exception is the cause of this one."""


class TaskCanceledError(AdaptorRuntimeError):
    """The session was canceled while a hook waited for an application."""

    exit_code = TERMINATED


class ApplicationLostError(AdaptorRuntimeError):
    """A declared application exited without a request."""

    exit_code = FAILED


def describe_error(error: BaseException) -> str:
    """Return one phrase for an exception: its text, and its type unless the runtime raised it.

    It hides secrets of the session's data.

    >>> describe_error(ValueError("no such scene"))
    'ValueError: no such scene'
    """
    known = description(error)
    if known is not None:
        return known
    try:
        text = str(error)
    except Exception as failure:  # noqa: BLE001  a broken __str__ of an author's exception must not hide that it was raised
        text = f"(its text cannot be shown: {type(failure).__name__})"
    text = _bounded(redaction.hide(text))
    if isinstance(error, AdaptorRuntimeError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
