"""The lifecycle as data: its states, its triggers and the one table of transitions.

Everything else about the lifecycle (the guard, the drawings, the documentation, the tests) is made from
``TRANSITIONS``. This module needs nothing but the standard library, so a process that needs only the names can import
it cheaply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ._table import OF_ADAPTOR, Fact, Name, Row, Table

if TYPE_CHECKING:
    from collections.abc import Mapping


class AdaptorState(Name):
    """What is true now: ``STARTED`` means that ``on_start`` has returned."""

    IDLE = "idle"
    STARTED = "started"
    RUNNING = "running"
    CANCELED = "canceled"
    FAILED = "failed"
    STOPPED = "stopped"
    CLEANED = "cleaned"


class Trigger(Name):
    """What can happen to an adaptor."""

    START = "start"
    RUN = "run"
    FINISH = "finish"
    CANCEL = "cancel"
    FAIL = "fail"
    STOP = "stop"
    CLEANUP = "cleanup"


class Moves(Name):
    """When a transition moves the machine, relative to its hook."""

    AT_ONCE = "at once"
    AFTER_HOOK = "when the hook ends"
    EITHER = "when the hook ends, or at once on loss"


RETURNED, RAISED, ABANDONED = "returned", "raised", "abandoned"
ENDINGS = (RETURNED, RAISED, ABANDONED)
"""How a hook can end."""


class Transition(NamedTuple):
    """One row of the table."""

    trigger: Trigger
    sources: tuple[AdaptorState, ...]
    target: AdaptorState
    stop_owed: bool | None
    """The required value of *stop owed*; ``None`` if it does not matter."""
    moves: Moves
    meaning: str
    hook: str = ""
    """The hook that the trigger calls. No row has ``on_cancel``: it runs in parallel with another hook and moves
    nothing."""
    returned: Trigger | None = None
    """The trigger of the hook's return."""
    raised: Trigger | None = None
    """The trigger of an error in the hook."""
    abandoned: Trigger | None = None
    """The trigger of a hook that outlives its deadline."""
    can_be_overtaken: bool = False
    """Whether the end of the hook triggers nothing if the state has moved on: the first cause wins."""
    then_stop_owed: bool | None = None
    """The value of *stop owed* once the hook has returned, regardless of the state; it is false once the hook has
    failed. ``None``: unchanged."""

    def triggered_by(self, ending: str) -> Trigger | None:
        """Return the trigger of one of the ``ENDINGS`` of the row's hook; ``None`` if the row has no hook."""
        return {RETURNED: self.returned, RAISED: self.raised, ABANDONED: self.abandoned}[ending]


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        trigger=Trigger.START,
        sources=(AdaptorState.IDLE,),
        target=AdaptorState.STARTED,
        stop_owed=None,
        moves=Moves.AFTER_HOOK,
        meaning="`on_start` returned",
        hook="on_start",
        returned=Trigger.START,
        raised=Trigger.FAIL,
        abandoned=Trigger.FAIL,
        can_be_overtaken=True,
        then_stop_owed=True,
    ),
    Transition(
        trigger=Trigger.RUN,
        sources=(AdaptorState.STARTED,),
        target=AdaptorState.RUNNING,
        stop_owed=None,
        moves=Moves.AT_ONCE,
        meaning="a task was accepted; `on_run` begins",
        hook="on_run",
        returned=Trigger.FINISH,
        raised=Trigger.FINISH,
        abandoned=Trigger.FAIL,  # it is still running: another task would collide with it
        can_be_overtaken=True,
    ),
    Transition(
        trigger=Trigger.FINISH,
        sources=(AdaptorState.RUNNING,),
        target=AdaptorState.STARTED,
        stop_owed=None,
        moves=Moves.AFTER_HOOK,
        meaning="the task succeeded or failed; the session is ready for the next one",
    ),
    Transition(
        trigger=Trigger.CANCEL,
        sources=(AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING),
        target=AdaptorState.CANCELED,
        stop_owed=None,
        moves=Moves.AT_ONCE,
        meaning="a signal, a frontend, a lost frontend, or a deadline",
    ),
    Transition(
        trigger=Trigger.FAIL,
        sources=(AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING, AdaptorState.CANCELED),
        target=AdaptorState.FAILED,
        stop_owed=None,
        moves=Moves.EITHER,
        meaning="`on_start` or `on_stop` raised, a hook was abandoned, or a declared application exited unexpectedly",
    ),
    Transition(
        trigger=Trigger.STOP,
        sources=(AdaptorState.STARTED, AdaptorState.CANCELED, AdaptorState.FAILED),
        target=AdaptorState.STOPPED,
        stop_owed=True,
        moves=Moves.AFTER_HOOK,
        meaning="`on_stop` returned",
        hook="on_stop",
        returned=Trigger.STOP,
        raised=Trigger.FAIL,
        abandoned=Trigger.FAIL,
        then_stop_owed=False,
    ),
    Transition(
        trigger=Trigger.CLEANUP,
        sources=(AdaptorState.IDLE, AdaptorState.STOPPED, AdaptorState.CANCELED, AdaptorState.FAILED),
        target=AdaptorState.CLEANED,
        stop_owed=False,
        moves=Moves.AFTER_HOOK,
        meaning="`on_cleanup` was called; terminal",
        hook="on_cleanup",
        returned=Trigger.CLEANUP,
        raised=Trigger.CLEANUP,
        abandoned=Trigger.CLEANUP,
    ),
)

CALLS: Mapping[Trigger, Transition] = {row.trigger: row for row in TRANSITIONS if row.hook}
"""The rows whose trigger calls a hook."""


STOP_OWED = Fact("stop owed", "no stop owed", "on_stop is owed first", "on_stop is not owed")

ADAPTOR: Table[AdaptorState, Trigger] = Table(
    OF_ADAPTOR,
    AdaptorState,
    Trigger,
    tuple(
        Row(row.trigger.value, tuple(source.value for source in row.sources), row.target.value, row.stop_owed)
        for row in TRANSITIONS
    ),
    STOP_OWED,
)
