"""How one call of a session under test ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ..adaptors import Outcome
from ..ipc._stream.openjd_messages import read_message
from ..statemachine import AdaptorRuntimeError

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.frozen
class CallOutcome(Outcome):
    """How one call ended, and what was printed meanwhile.

    Attributes:
        phase: ``start``, ``run``, or ``stop``.
        seconds: How long it took.
        lines: The output during the call, as a scheduler gets it.
    """

    phase: str = ""
    seconds: float = attrs.field(default=0.0, eq=False)
    lines: tuple[str, ...] = attrs.field(default=(), eq=False, repr=False)

    @property
    def progress(self) -> list[float]:
        """The percentages that were reported during the call."""
        return progress_of(self.lines)

    @property
    def statuses(self) -> list[str]:
        """The status messages that were reported during the call."""
        return statuses_of(self.lines)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


class SessionFailedError(AdaptorRuntimeError):
    """A call of a session under test failed. The message tells what had happened until then.

    Args:
        outcome: How the call ended.
        story: What had happened.
    """

    def __init__(self, outcome: CallOutcome, story: str) -> None:
        self.outcome = outcome
        self.exit_code = outcome.exit_code
        super().__init__(story)


def progress_of(lines: Iterable[str]) -> list[float]:
    """Return the percentages in the messages for the scheduler among ``lines``."""
    return [float(text) for text in _messages("progress", lines)]


def statuses_of(lines: Iterable[str]) -> list[str]:
    """Return the texts of the status messages for the scheduler among ``lines``."""
    return _messages("status", lines)


def _messages(kind: str, lines: Iterable[str]) -> list[str]:
    found = [read_message(line.encode("utf-8", "surrogateescape")) for line in lines if line.startswith("openjd_")]
    return [message[1] for message in found if message is not None and message[0] == kind]
