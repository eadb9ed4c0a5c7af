"""What went wrong in a life, as its records say: why it ended, which hooks failed, which calls were refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ._application_states import ApplicationState
from ._states import ABANDONED, RAISED, AdaptorState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._history import Record

END, FAILED, REFUSED = "end", "failed", "refused"
"""The kinds of an incident."""

_FAILURES = {RAISED: RAISED, ABANDONED: f"was {ABANDONED}"}
_ENDS = (AdaptorState.CANCELED.value, AdaptorState.FAILED.value)
_CUT = 160
"""How many characters of a cause are shown."""


class Incident(NamedTuple):
    """The same thing, which went wrong once or more often in the same state, for the same reason."""

    kind: str
    """``end``: the session was canceled or failed. ``failed``: a hook raised or was abandoned, or an
    application was lost. ``refused``: a call."""
    what: str
    state: str
    """The state afterwards."""
    cause: str
    times: int = 1

    @property
    def text(self) -> str:
        """A sentence that says what went wrong, how often, and why."""
        times = f" {self.times}x" if self.times > 1 else ""
        return f"{self.what}{times}: {self.cause or 'no cause was recorded'}"


def incidents_of(records: Iterable[Record]) -> tuple[Incident, ...]:
    """Return what went wrong, first why the session ended: its first cause counts.

    Args:
        records: The records of one machine, oldest first.

    >>> from adaptor_runtime.statemachine import Record
    >>> refused = Record(1, "refused", "run", "idle", "idle", "not from this state")
    >>> [incident.text for incident in incidents_of([refused, refused])]
    ['refused run in idle 2x: not from this state']
    """
    end: Incident | None = None
    others: dict[tuple[str, str, str, str], int] = {}
    for record in records:
        incident = _incident(record, has_ended=end is not None)
        if incident is not None and incident.kind == END:
            end = incident
        elif incident is not None:
            others[incident[:4]] = others.get(incident[:4], 0) + 1
    return (*((end,) if end is not None else ()), *(Incident(*key, times) for key, times in others.items()))


def _incident(record: Record, *, has_ended: bool) -> Incident | None:
    cause, state = one_line(record.cause), record.target
    if record.kind == "refused":
        return Incident(REFUSED, f"refused {one_line(record.trigger)} in {one_line(state)}", state, cause)
    failure = _FAILURES.get(record.outcome or "")
    if record.kind == "transition" and state in _ENDS and not has_ended:
        why = f"because {one_line(record.hook)} {failure}" if failure else f"while {one_line(record.source)}"
        return Incident(END, f"{state} {why}", state, cause)
    if failure:
        return Incident(FAILED, f"{one_line(record.hook)} {failure}", state, cause)
    if record.kind == "transition" and state == ApplicationState.LOST:
        return Incident(FAILED, f"{state} while {one_line(record.source)}", state, cause)
    return None


def one_line(text: str | None) -> str:
    """Return anybody's text as one line of characters that can be shown, cut off if it is long."""
    line = " ".join((text or "").split())
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)
    return shown if len(shown) <= _CUT else f"{shown[: _CUT - 3]}..."
