"""Whether a task has succeeded: a table, and one pure function that goes through it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Optional

import attrs

if TYPE_CHECKING:
    from .output._output_rule import OutputRule, RuleMatch

CANCELED = "canceled"
RULE = "rule"
LOST = "lost"
RAISED = "raised"
EXIT_CODE = "exit code"
OUTPUTS = "outputs"
SUCCESS = "success"

MOST_OUTPUTS = 3
"""The number of expected outputs that a message names."""


@attrs.frozen
class ApplicationEnd:
    """How an application has ended.

    Attributes:
        returncode: The exit code, or the negative number of a signal.
        description: One phrase: the executable, the exit code or signal, the peak memory if that may be the cause, and
            the last line.
        was_requested: Whether anybody on our side asked for it: the adaptor, a rule, the runtime.
    """

    returncode: int
    description: str
    was_requested: bool = False


@attrs.frozen(kw_only=True)
class Evidence:
    """What is known about a task.

    Attributes:
        canceled: How a cancel or a deadline ended the task; empty for neither.
        failure: The first match of a ``failure`` or ``fatal`` rule.
        end: How the application has ended; None if it is running, or never started.
        is_needed: The application was to outlive the task, so its end is a loss. It is not for a command.
        raised: What the hook raised, in one phrase; empty if it returned.
        exit_codes: The exit codes of a command that are a success; None for any.
        done: The ``done`` rule that has matched: more exit codes are a success, or any.
        ended_after_done: The runtime has ended the command, because it did not end by itself after that.
        outputs: What is wrong with each expected output: "/a.exr is missing".
    """

    canceled: str = ""
    failure: Optional[RuleMatch] = None
    end: Optional[ApplicationEnd] = None
    is_needed: bool = False
    raised: str = ""
    exit_codes: Optional[Collection[int]] = (0,)
    done: Optional[OutputRule] = None
    ended_after_done: bool = False
    outputs: Sequence[str] = ()


@attrs.frozen
class Verdict:
    """Whether a task has succeeded.

    Attributes:
        row: The name of the row that decided.
        message: The cause of a failure, in one phrase; empty for a success.
    """

    row: str
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether no row found a cause to fail."""
        return self.row == SUCCESS


class Row(NamedTuple):
    """One cause to fail."""

    name: str
    meaning: str
    cause: Callable[[Evidence], str]
    """Returns the message of the failure; empty if the row does not apply."""


def _cause_of_cancel(evidence: Evidence) -> str:
    return evidence.canceled


def _cause_of_rule(evidence: Evidence) -> str:
    return "" if evidence.failure is None else evidence.failure.reason


def _cause_of_loss(evidence: Evidence) -> str:
    end = evidence.end
    if end is None or end.was_requested:
        return ""
    is_lost = evidence.is_needed or (end.returncode < 0 and not _is_fine(evidence, end))
    return end.description if is_lost else ""


def _cause_of_hook(evidence: Evidence) -> str:
    return evidence.raised


def _cause_of_exit_code(evidence: Evidence) -> str:
    end = evidence.end
    if end is None or evidence.is_needed or _is_fine(evidence, end):
        return ""
    return end.description


def _cause_of_outputs(evidence: Evidence) -> str:
    wrong = evidence.outputs
    more = f"; and {len(wrong) - MOST_OUTPUTS} more" if len(wrong) > MOST_OUTPUTS else ""
    return "; ".join(f"the expected output {each}" for each in wrong[:MOST_OUTPUTS]) + more


def _is_fine(evidence: Evidence, end: ApplicationEnd) -> bool:
    if evidence.exit_codes is None or end.returncode in evidence.exit_codes:
        return True
    return evidence.done is not None and (evidence.ended_after_done or evidence.done.accepts(end.returncode))


ROWS = (
    Row(CANCELED, "the task was canceled, or a deadline has passed", _cause_of_cancel),
    Row(RULE, "a `failure` or `fatal` rule has matched", _cause_of_rule),
    Row(LOST, "the application is lost: it ended, or a signal ended it, and nobody had asked for that", _cause_of_loss),
    Row(RAISED, "the hook, or a callback, has raised", _cause_of_hook),
    Row(EXIT_CODE, "the exit code of the command is no success, also not after a `done` rule", _cause_of_exit_code),
    Row(OUTPUTS, "an expected output is missing, empty, or old", _cause_of_outputs),
)
"""Why a task fails, in order: the first row that applies counts."""


def decide(evidence: Evidence) -> Verdict:
    """Return the verdict on a task.

    >>> decide(Evidence(end=ApplicationEnd(3, "render exited with 3")))
    Verdict(row='exit code', message='render exited with 3')
    >>> decide(Evidence()).succeeded
    True
    """
    for row in ROWS:
        message = row.cause(evidence)
        if message:
            return Verdict(row.name, message)
    return Verdict(SUCCESS)
