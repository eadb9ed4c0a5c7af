"""The error of a call that the state of a machine does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._amounts import duration
from ._errors import AdaptorRuntimeError
from ._history import Record, path, path_text, records_of
from ._states import ADAPTOR, AdaptorState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._application_states import ApplicationState, ApplicationTrigger
    from ._in_flight import InFlight
    from ._states import Trigger
    from ._table import Table

_STATES_SHOWN = 6


class IllegalCallError(AdaptorRuntimeError):
    """The adaptor, or an application, cannot be asked for this now. Nothing changed, but the refusal was recorded.

    Args:
        trigger: The call that was refused.
        state: The state at that moment.
        stop_owed: Whether ``on_stop`` was owed.
        in_flight: The hook that was in flight, if any.
        in_flight_seconds: How long it had been in flight, in seconds.
        allowed: The calls that would have been allowed instead.
        history: The records that led here, oldest first.
        table: The table of the machine that refused.
        application: The name of the application that refused; None for the adaptor.
    """

    exit_code = 3

    def __init__(
        self,
        trigger: Trigger | ApplicationTrigger,
        *,
        state: AdaptorState | ApplicationState,
        stop_owed: bool = False,
        in_flight: InFlight | None = None,
        in_flight_seconds: float = 0.0,
        allowed: tuple[Trigger | ApplicationTrigger, ...] = (),
        history: tuple[Record, ...] = (),
        table: Table[Any, Any] = ADAPTOR,
        application: str | None = None,
    ) -> None:
        self.trigger = trigger
        self.state = state
        self.stop_owed = stop_owed
        self.in_flight = in_flight
        self.in_flight_seconds = in_flight_seconds
        self.allowed = allowed
        self.history = history
        self.application = application
        self._table = table
        super().__init__(self._message())

    def _message(self) -> str:
        whose = "" if self.application is None else f" of the application {' '.join(self.application.split())}"
        parts = [f"{self.trigger} was refused in state {self.state}{whose}: {self.reason}", self._allowed_text()]
        failure = _one_line(self._failure())
        if self.history:
            parts.append(f"recent path: {_path_text(self.history, self.application, with_cause=not failure)}")
        return "; ".join([failure, *parts] if failure else parts)

    def _failure(self) -> str:
        """Return why the session has failed, which explains the refusal; empty if it has not."""
        last = _last_transition(self.history, None) if self.state is AdaptorState.FAILED else None
        return "" if last is None or last.cause is None else last.cause

    @property
    def reason(self) -> str:
        """Why the call was refused, in a few words."""
        if not self._table.still_possible(self.trigger, self.state):
            return f"no further {self.trigger} is possible in this session{self._in_flight_text(', ')}"
        if self.in_flight is not None:
            return self._in_flight_text()
        fact = self._table.fact
        needed = {row.fact for row in self._table.rows if row.trigger == self.trigger}
        if fact is not None and needed == {not self.stop_owed}:
            return fact.refused_if_true if self.stop_owed else fact.refused_if_false
        return "not from this state"

    def _in_flight_text(self, before: str = "") -> str:
        if self.in_flight is None:
            return ""
        return f"{before}{self.in_flight.hook} has been in flight for {duration(self.in_flight_seconds)}"

    def _allowed_text(self) -> str:
        calls = ", ".join(trigger.value for trigger in self.allowed) or "nothing"
        until = "" if self.in_flight is None else f" until {self.in_flight.hook} has ended"
        return f"allowed now: {calls}{until}"


def _path_text(history: Sequence[Record], application: str | None, *, with_cause: bool) -> str:
    """Return the last few states on one line, and why the last of them was entered."""
    states = path(history, application)
    if not states:
        return "no transition yet"
    shown = path_text(states, _STATES_SHOWN)
    last = _last_transition(history, application)
    cause = _one_line(last.cause or "") if with_cause and last is not None else ""
    return f"{shown} ({cause})" if cause else shown


def _last_transition(history: Sequence[Record], application: str | None) -> Record | None:
    moves = [record for record in records_of(history, application) if record.kind == "transition"]
    return moves[-1] if moves else None


def _one_line(text: str) -> str:
    return " ".join(text.split())  # a cause may hold the lines of an exception
