"""A hook that has begun, and what its end does to the state."""

from __future__ import annotations

from typing import Any

import attrs

from ._states import AdaptorState, Trigger

RETURNED, RAISED, ABANDONED = "returned", "raised", "abandoned"

_ENDINGS = {
    (Trigger.START, RETURNED): Trigger.START,
    (Trigger.START, RAISED): Trigger.FAIL,
    (Trigger.START, ABANDONED): Trigger.FAIL,
    (Trigger.RUN, RETURNED): Trigger.FINISH,
    (Trigger.RUN, RAISED): Trigger.FINISH,
    # The hook still runs somewhere: a further task would meet it.
    (Trigger.RUN, ABANDONED): Trigger.FAIL,
    (Trigger.STOP, RETURNED): Trigger.STOP,
    (Trigger.STOP, RAISED): Trigger.FAIL,
    (Trigger.STOP, ABANDONED): Trigger.FAIL,
    (Trigger.CLEANUP, RETURNED): Trigger.CLEANUP,
    (Trigger.CLEANUP, RAISED): Trigger.CLEANUP,
    (Trigger.CLEANUP, ABANDONED): Trigger.CLEANUP,
}


@attrs.frozen(eq=False)
class InFlight:
    """A hook that has begun and has not ended: the receipt of ``begin``, to be handed to ``settle`` or ``abandon``."""

    hook: str
    trigger: Trigger
    since: float
    """Reading of the lifecycle's clock when it began, in seconds."""
    task_id: str | None
    number: int
    """Counts the hooks of one lifecycle from 1."""
    cause: str | None = None
    state: AdaptorState = AdaptorState.IDLE
    """The state in which the hook began."""

    def to_dict(self) -> dict[str, Any]:
        """Return what a status report shows of it as a JSON object."""
        shown = attrs.asdict(self)
        return {**shown, "trigger": self.trigger.value, "state": self.state.value}


def ending_of(call: InFlight, outcome: str, state: AdaptorState) -> Trigger | None:
    """Decide what the end of a hook triggers; ``None`` when the state has moved on: the first cause wins."""
    if call.trigger in (Trigger.START, Trigger.RUN) and state is not call.state:
        return None
    return _ENDINGS[call.trigger, outcome]
