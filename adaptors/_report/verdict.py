"""How a session ended, in a word and a color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from ...statemachine import SessionHistory

GOOD, WARNING, BAD, PLAIN = "good", "warning", "bad", "plain"
_ENDS = {"failed": BAD, "canceled": WARNING}


@attrs.frozen
class Verdict:
    """How a session ended.

    Attributes:
        text: In a few words.
        look: ``good``, ``warning``, ``bad``, or ``plain``.
    """

    text: str
    look: str

    @classmethod
    def of(cls, history: SessionHistory, *, is_running: bool | None = None) -> Verdict:
        """Return how a session ended.

        Args:
            history: What its journal tells.
            is_running: Whether its process is there; ``None`` if nobody knows, because it is on another machine.
        """
        if not history.is_complete:
            where = f"in {history.unfinished.hook}" if history.unfinished else f"in state {history.state}"
            if is_running:
                return cls(f"running, {where}", PLAIN)
            return cls(f"broke off {where}" + (", or is not over" if is_running is None else ""), BAD)
        look = _ENDS.get(history.cause_state or "")
        if history.cause_state and look:
            return cls(history.cause_state, look)
        failed = len(history.failures)
        return cls(f"completed, {failed} failed", WARNING) if failed else cls("completed", GOOD)
