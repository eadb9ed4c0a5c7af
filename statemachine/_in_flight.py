"""A hook that has begun, and the effect of its end on the state."""

from __future__ import annotations

from typing import Any

import attrs

from ._states import CALLS, AdaptorState, Trigger


@attrs.frozen(eq=False)
class InFlight:
    """A hook that has begun and has not ended: the receipt of ``begin``, to pass to ``settle`` or ``abandon``."""

    hook: str
    trigger: Trigger
    since: float
    """Reading of the lifecycle's clock when it began, in seconds."""
    task_id: str | None
    state: AdaptorState = AdaptorState.IDLE
    """The state in which the hook began."""

    def to_dict(self) -> dict[str, Any]:
        """Return the part of it that a status report shows, as a JSON object."""
        shown = attrs.asdict(self)
        return {**shown, "trigger": self.trigger.value, "state": self.state.value}


def ending_of(call: InFlight, outcome: str, state: AdaptorState) -> Trigger | None:
    """Decide what the end of a hook triggers; ``None`` if the state has moved on: the first cause wins."""
    row = CALLS[call.trigger]
    if row.can_be_overtaken and state is not call.state:
        return None
    return row.triggered_by(outcome)
