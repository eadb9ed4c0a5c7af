"""The lifecycle of one adaptor: it decides before each hook and records its end. Nothing else assigns the state.

Begin, then settle: a hook runs between the two calls, never inside one of them. So a cancel that arrives while
``on_start`` runs moves the state at once, and the return of ``on_start`` does not overwrite it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ._guard import Guard
from ._illegal_call import IllegalCallError
from ._in_flight import InFlight, ending_of
from ._recorder import Recorder
from ._states import ABANDONED, ADAPTOR, CALLS, RAISED, RETURNED, AdaptorState, Moves, Trigger

if TYPE_CHECKING:
    from ._history import Record

_ASKED_FOR = tuple(trigger for trigger in Trigger if trigger in CALLS or trigger is Trigger.CANCEL)


class Facts(NamedTuple):
    """The facts about a lifecycle at one moment."""

    state: AdaptorState
    stop_owed: bool
    in_flight: InFlight | None
    allowed: tuple[Trigger, ...]


class Lifecycle:
    """Guard the calls of one adaptor and remember what happened. Safe to use from any thread.

    Args:
        clock: Returns seconds, monotonic.
        on_record: Called with each record, in order, and not under the lock of the state. The thread whose call made
            the record calls it or, if that would have to wait, the thread that is already calling it. It may call the
            lifecycle.
        history_limit: How many records to keep in memory.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_record: Callable[[Record], None] | None = None,
        history_limit: int = 1000,
    ) -> None:
        self._guard = Guard(ADAPTOR)
        self._recorder = Recorder(clock=clock, on_record=on_record, history_limit=history_limit)
        self._in_flight: InFlight | None = None

    def __repr__(self) -> str:
        facts = self.facts()
        hook = f", {facts.in_flight.hook} in flight" if facts.in_flight else ""
        return f"<Lifecycle {facts.state}{hook}{', stop owed' if facts.stop_owed else ''}>"

    @property
    def state(self) -> AdaptorState:
        """The state now."""
        return self._guard.state

    @property
    def stop_owed(self) -> bool:
        """Whether ``on_start`` has returned and ``on_stop`` has not ended yet."""
        return self._guard.fact

    @property
    def in_flight(self) -> InFlight | None:
        """The hook that has begun and not ended, if any."""
        return self._in_flight

    @property
    def history(self) -> tuple[Record, ...]:
        """The latest records, oldest first."""
        with self._recorder.lock:
            return self._recorder.records

    @property
    def observer_error(self) -> Exception | None:
        """The first exception that ``on_record`` raised: it stops neither the lifecycle nor the later records."""
        return self._recorder.observer_error

    def facts(self) -> Facts:
        """Return the state, stop owed, the hook in flight, and the allowed calls, all of the same moment."""
        with self._recorder.lock:
            return Facts(self._guard.state, self._guard.fact, self._in_flight, self._allowed())

    def allowed(self) -> tuple[Trigger, ...]:
        """Return the calls that a caller may make now."""
        return self.facts().allowed

    def begin(self, trigger: Trigger, *, task_id: str | None = None) -> InFlight:
        """Ask to call a hook. Most rows of the table move the state when the hook ends; ``RUN`` moves it at once.

        Args:
            trigger: ``START``, ``RUN``, ``STOP`` or ``CLEANUP``.
            task_id: The task that the hook works for.

        Returns:
            The receipt for ``settle`` or ``abandon``.

        Raises:
            IllegalCallError: Another hook is in flight, or the state does not allow it.
            ValueError: No hook belongs to ``trigger``.
        """
        if trigger not in CALLS:
            raise ValueError(f"no hook belongs to {trigger}: begin takes {', '.join(t.value for t in CALLS)}")
        with self._recorder.exclusive():
            if trigger not in self._allowed():
                raise self._refusal(trigger, task_id, None)
            row, source = CALLS[trigger], self._guard.state
            moves_at_once = row.moves is Moves.AT_ONCE and self._guard.move(trigger)
            call = InFlight(row.hook, trigger, self._recorder.now(), task_id, self._guard.state)
            self._in_flight = call
            if moves_at_once:
                self._record("transition", trigger, source, None, hook=call.hook, task_id=task_id)
            return call

    def settle(self, call: InFlight, *, error: str | None = None) -> Record:
        """Record that a hook ended.

        Args:
            call: What ``begin`` returned.
            error: What it raised; ``None`` if it returned.

        Returns:
            The record: ``transition``; ``settled`` if the state had moved on; ``late`` if the hook had already been
            abandoned, and nothing changed.
        """
        return self._end(call, RETURNED if error is None else RAISED, error)

    def abandon(self, call: InFlight, *, cause: str) -> Record:
        """Record that a hook outlived its deadline: it is no longer in flight, and its end will not matter.

        Args:
            call: What ``begin`` returned.
            cause: Which deadline, and how long it was.

        Returns:
            The record: ``transition``; ``abandoned`` if the state had moved on; ``late`` if the hook ended just before,
            and nothing changed.
        """
        return self._end(call, ABANDONED, cause)

    def skip(self, call: InFlight, *, cause: str) -> Record:
        """Record that a hook was not called after all; the state moves as if it had returned, and no record names it.

        Args:
            call: What ``begin`` returned.
            cause: Why the hook was not called.
        """
        with self._recorder.exclusive():
            source = self._guard.state
            ending = ending_of(call, RETURNED, source)
            if call is not self._in_flight or ending is None:
                return self._refused(call.trigger, cause, call.task_id)
            self._in_flight = None
            self._guard.move(ending)
            return self._record("transition", ending, source, cause, task_id=call.task_id)

    def cancel(self, *, cause: str, task_id: str | None = None) -> Record:
        """Cancel, also while a hook is in flight. A cancel is final: no further task is accepted.

        Args:
            cause: The signal, frontend or deadline behind it.
            task_id: The task meant; by default the one in flight.

        Raises:
            IllegalCallError: The state does not allow it: too late, or already canceled.
        """
        return self._move_at_once(Trigger.CANCEL, cause, task_id)

    def fail(self, *, cause: str) -> Record:
        """Record the loss of something that the adaptor needs, also while a hook is in flight.

        Args:
            cause: What was lost, and how.

        Raises:
            IllegalCallError: The state does not allow it: already failed, stopped, or cleaned.
        """
        return self._move_at_once(Trigger.FAIL, cause, None)

    def refuse(self, trigger: Trigger, *, cause: str, task_id: str | None = None) -> Record:
        """Record a call that had no effect, such as the cancel of a finished task.

        Args:
            trigger: The call.
            cause: Why nothing was done.
            task_id: The task that was meant.
        """
        with self._recorder.exclusive():
            return self._refused(trigger, cause, task_id)

    def _allowed(self) -> tuple[Trigger, ...]:
        calls = _ASKED_FOR if self._in_flight is None else (Trigger.CANCEL,)
        return tuple(trigger for trigger in calls if self._guard.may(trigger))

    def _move_at_once(self, trigger: Trigger, cause: str, task_id: str | None) -> Record:
        with self._recorder.exclusive():
            source = self._guard.state
            if not self._guard.move(trigger):
                raise self._refusal(trigger, task_id, cause)
            call = self._in_flight
            task_id = call.task_id if task_id is None and call else task_id
            return self._record("transition", trigger, source, cause, hook=call and call.hook, task_id=task_id)

    def _end(self, call: InFlight, outcome: str, cause: str | None) -> Record:
        with self._recorder.exclusive():
            source = self._guard.state
            ended = {"hook": call.hook, "seconds": self._recorder.now() - call.since, "task_id": call.task_id}
            if call is not self._in_flight:
                late = None if outcome == ABANDONED else outcome
                return self._record("late", call.trigger, source, cause, outcome=late, **ended)
            self._in_flight = None
            ending = ending_of(call, outcome, source)
            moved = ending is not None and self._guard.move(ending)
            self._note_stop_owed(call.trigger, outcome)
            if ending is not None and moved:
                return self._record("transition", ending, source, cause, outcome=outcome, **ended)
            kind = "abandoned" if outcome == ABANDONED else "settled"
            return self._record(kind, call.trigger, source, cause, outcome=outcome, **ended)

    def _note_stop_owed(self, ended: Trigger, outcome: str) -> None:
        """Keep the fact *stop owed* regardless of the state: a canceled start that returns has started something."""
        owed = CALLS[ended].then_stop_owed
        if owed is not None:
            self._guard.fact = owed and outcome == RETURNED

    def _refusal(self, trigger: Trigger, task_id: str | None, cause: str | None) -> IllegalCallError:
        """Record that a call is refused, and return the error to raise."""
        call = self._in_flight
        error = IllegalCallError(
            trigger,
            state=self._guard.state,
            stop_owed=self._guard.fact,
            in_flight=call,
            in_flight_seconds=self._recorder.now() - call.since if call else 0.0,
            allowed=self._allowed(),
            history=self._recorder.records,
        )
        self._refused(trigger, cause or error.reason, task_id)
        return error

    def _refused(self, trigger: Trigger, cause: str, task_id: str | None) -> Record:
        hook = self._in_flight and self._in_flight.hook
        return self._record("refused", trigger, self._guard.state, cause, hook=hook, task_id=task_id)

    def _record(self, kind: str, trigger: Trigger, source: AdaptorState, cause: str | None, **more: Any) -> Record:
        target = self._guard.state.value
        return self._recorder.add(kind, trigger.value, source.value, target, cause, **more)
