"""What follows from a line that an output rule has matched: the sink of a ``RuleSet`` in a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._messages.own_log import log
from ._messages.status import update_status
from .output._output_rule import RuleKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

    from .output._output_rule import RuleMatch


class RuleEffects:
    """Report progress, status, and warnings at once, and keep what the verdict on a task needs.

    It is called on the thread that reads the output, with one match at a time, before any later line is read. Any
    thread may read the attributes. For an application that stays, call ``reset`` when a task begins.

    Args:
        further: What else to do for a kind of rule, such as to end the application for ``fatal``. Called last.
        report: Takes the progress and the status; by default, those of the task.

    Attributes:
        failure: The first match of a ``failure`` or ``fatal`` rule since the last ``reset``; None for none.
        done: The same for ``done``.
    """

    def __init__(
        self,
        further: Mapping[RuleKind, Callable[[RuleMatch], object]] | None = None,
        report: Callable[[float | None, str | None], object] = update_status,
    ) -> None:
        self._further = dict(further or {})
        self._report = report
        self._without_number: set[str] = set()
        self.failure: RuleMatch | None = None
        self.done: RuleMatch | None = None

    def reset(self) -> None:
        """Forget the matches: another task begins."""
        self.failure = self.done = None

    def __call__(self, match: RuleMatch) -> None:
        """Do what the rule of ``match`` says."""
        kind = match.rule.kind
        if kind is RuleKind.PROGRESS:
            self._report_progress(match)
        elif kind is RuleKind.STATUS:
            self._report(None, match.message)
        elif kind is RuleKind.WARNING:
            log().warning(match.message, rule=match.rule.name)
        elif match.rule.is_cause:
            self.failure = self.failure or match
        elif kind is RuleKind.DONE:
            self.done = self.done or match
        further = self._further.get(kind)
        if further is not None:
            further(match)

    def _report_progress(self, match: RuleMatch) -> None:
        if match.percent is not None or match.message:
            self._report(match.percent, match.message or None)
        if match.percent is None and match.rule.name not in self._without_number:  # once: it may be so on each line
            self._without_number.add(match.rule.name)
            log().warning("a progress rule found no number", rule=match.rule.name, line=match.line)
