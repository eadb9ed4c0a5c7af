"""The error of a call that the lifecycle does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import AdaptorRuntimeError
from ._history import Record, path, path_text
from ._states import AdaptorState, Trigger, still_possible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._in_flight import InFlight

_STATES_SHOWN = 6


class IllegalCallError(AdaptorRuntimeError):
    """The lifecycle does not allow this call now. Nothing changed except that the refusal was recorded.

    Args:
        trigger: The call that was refused.
        state: The state at that moment.
        stop_owed: Whether ``on_stop`` was owed.
        in_flight: The hook that was in flight, if any.
        in_flight_seconds: How long it had been in flight, in seconds.
        allowed: The calls that would have been allowed instead.
        history: The records that led here, oldest first.
    """

    exit_code = 3

    def __init__(
        self,
        trigger: Trigger,
        *,
        state: AdaptorState,
        stop_owed: bool = False,
        in_flight: InFlight | None = None,
        in_flight_seconds: float = 0.0,
        allowed: tuple[Trigger, ...] = (),
        history: tuple[Record, ...] = (),
    ) -> None:
        self.trigger = trigger
        self.state = state
        self.stop_owed = stop_owed
        self.in_flight = in_flight
        self.in_flight_seconds = in_flight_seconds
        self.allowed = allowed
        self.history = history
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [f"{self.trigger} was refused in state {self.state}: {self.reason}", self._allowed_text()]
        if self.history:
            parts.append(f"recent path: {_path_text(self.history)}")
        return "; ".join(parts)

    @property
    def reason(self) -> str:
        """Why the call was refused, in a few words."""
        if not still_possible(self.trigger, self.state):
            return f"no further {self.trigger} is possible in this session{self._in_flight_text(', ')}"
        if self.in_flight is not None:
            return self._in_flight_text()
        if self.trigger is Trigger.CLEANUP and self.stop_owed:
            return "on_stop is owed first"
        if self.trigger is Trigger.STOP and not self.stop_owed:
            return "on_stop is not owed"
        return "not from this state"

    def _in_flight_text(self, before: str = "") -> str:
        if self.in_flight is None:
            return ""
        return f"{before}{self.in_flight.hook} has been in flight for {self.in_flight_seconds:.1f} s"

    def _allowed_text(self) -> str:
        calls = ", ".join(trigger.value for trigger in self.allowed) or "nothing"
        until = "" if self.in_flight is None else f" until {self.in_flight.hook} has ended"
        return f"allowed now: {calls}{until}"


def _path_text(history: Sequence[Record]) -> str:
    """Return the last few states on one line, and why the last of them was entered."""
    states = path(history)
    if not states:
        return "no transition yet"
    shown = path_text(states, _STATES_SHOWN)
    last = [record for record in history if record.kind == "transition"][-1]
    # A cause may hold the lines of an exception; this message is one line.
    return f"{shown} ({' '.join(last.cause.split())})" if last.cause else shown
