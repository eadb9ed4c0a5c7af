"""How a session ended, in a word and a color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ...statemachine import PhaseOutcome

if TYPE_CHECKING:
    from ...statemachine import SessionHistory

GOOD, WARNING, BAD = "good", "warning", "bad"
_ENDS = {"failed": BAD, "canceled": WARNING}


@attrs.frozen
class Verdict:
    """How a session ended.

    Attributes:
        text: In a few words.
        look: ``good``, ``warning``, or ``bad``.
    """

    text: str
    look: str

    @classmethod
    def of(cls, history: SessionHistory) -> Verdict:
        """Return how a session ended: the first cause counts."""
        if not history.is_complete:
            where = f" in {history.unfinished.hook}" if history.unfinished else f" in state {history.state}"
            return cls(f"broke off{where}, or is not over", BAD)
        moves = (record for record in history.records if record.kind == "transition" and record.application is None)
        end = next((record.target for record in moves if record.target in _ENDS), None)
        if end is not None:
            return cls(end, _ENDS[end])
        failed = failed_phases(history)
        if failed:
            return cls(f"completed, {failed} failed", WARNING)
        return cls("completed", GOOD)


def failed_phases(history: SessionHistory) -> int:
    """Return how many phases of a session did not succeed."""
    return sum(phase.outcome is not PhaseOutcome.SUCCEEDED for phase in history.phases)
