"""Decide what happens next in a session.

A session is told what happened (a request, the end of a hook, a cancel, a lost application, the passing of time)
and answers by calling its :class:`Effects`. It has no thread, no process and no clock of its own: one thread calls
it, the runner in production and a simulation with a virtual clock in the tests. State is asked of the lifecycle and
nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

from ..statemachine import AdaptorState, IllegalCallError, Trigger
from ._outcome import (
    FAILED,
    REFUSED,
    TIMED_OUT,
    ApplicationLostError,
    Cause,
    Outcome,
    TaskCanceledError,
    describe_error,
)

if TYPE_CHECKING:
    from typing import Callable

    from ..statemachine import InFlight, Lifecycle
    from ._deadlines import Deadlines

WORK = ("on_start", "on_run")
"""The hooks that a cancel interrupts. The others end the session and are only hurried."""


@attrs.define(eq=False)
class Request:
    """One thing asked of a session.

    Attributes:
        segment_id: The part of the ordered stream that shows it.
        task_id: The task, for a run.
        outcome: How it ended; None until everything that belongs to it is over.
    """

    segment_id: str
    task_id: str | None = None
    outcome: Outcome | None = None


@attrs.define(eq=False)
class Call:
    """One call of a hook: what the lifecycle knows of it, for whom it is made and the first error that it met."""

    in_flight: InFlight
    request: Request
    argument: Any = None
    error: BaseException | None = None

    @property
    def hook(self) -> str:
        """The hook's name."""
        return self.in_flight.hook


class Effects(Protocol):
    """What a session can make happen. Nothing here blocks."""

    def call_hook(self, call: Call) -> None:
        """Call the hook on the hook thread and report its end with ``hook_ended``."""

    def call_on_cancel(self) -> None:
        """Call ``on_cancel`` on a thread of its own and report its end with ``on_cancel_ended``."""

    def interrupt(self, error: BaseException) -> None:
        """Make what the hook in flight waits for fail with ``error``."""

    def terminate_applications(self) -> None:
        """Ask each application to end."""

    def kill_applications(self) -> None:
        """End each application's process group."""

    def abandon(self, call: Call) -> None:
        """Leave the thread of a hook that does not end to itself, with a dump of all threads in the log."""

    def report(self, call: Call, error: BaseException, *, expected: bool) -> None:
        """Log what a hook raised; ``expected`` when a cancel or a loss made it."""

    def begin(self, request: Request) -> None:
        """Take note that a request was accepted."""

    def finish(self, request: Request) -> None:
        """Take note that a request has its outcome."""


class Session:
    """The decisions of one session, from ``on_start`` to the end of ``on_cleanup``.

    Args:
        lifecycle: The state machine that guards every call.
        effects: What carries the decisions out.
        deadlines: The limits of each phase.
        clock: The monotonic clock that ``tick`` and the deadlines use, in seconds.
    """

    def __init__(
        self, lifecycle: Lifecycle, effects: Effects, deadlines: Deadlines, clock: Callable[[], float]
    ) -> None:
        self.lifecycle = lifecycle
        self._effects = effects
        self._deadlines = deadlines
        self._clock = clock
        self._call: Call | None = None
        self._timeline: list[tuple[float, Callable[[], None]]] = []
        self._cause: Cause | None = None
        self._loss: BaseException | None = None
        self._on_cancel_called = False
        self._on_cancel_bound: float | None = None
        self._stops: list[Request] = []
        self._failed_start: tuple[Request, Outcome] | None = None
        self._end_by: float | None = None
        self._end_failure: Outcome | None = None
        self._ending = False

    # What may be asked.

    def start(self, request: Request) -> None:
        """Call ``on_start``. When it fails or is canceled, stop and cleanup follow before the request ends."""
        self._accept(Trigger.START, request, None, self._deadlines.start)

    def run(self, request: Request, run_data: Any) -> None:
        """Call ``on_run`` with ``run_data``."""
        self._accept(Trigger.RUN, request, run_data, self._deadlines.run)

    def reject(self, request: Request, outcome: Outcome) -> None:
        """Refuse a task whose data cannot be used; nothing moves, and the next task may come."""
        self.lifecycle.refuse(Trigger.RUN, cause="its run data cannot be used", task_id=request.task_id)
        request.outcome = outcome
        self._effects.finish(request)

    def stop(self, request: Request, seconds: float | None = None) -> None:
        """End the session from whatever state.

        What is in flight is canceled; then comes ``on_stop`` where it is owed, then ``on_cleanup``.

        Args:
            request: Who asks. A second stop while the session is ending joins it and can only shorten it.
            seconds: How long it may take in all; None for the deadline of the stop phase.
        """
        if self.is_over:
            self._accept(Trigger.STOP, request, None, None)  # the guard refuses it and says why
            return
        seconds = self._deadlines.stop if seconds is None else max(0.0, seconds)
        self._stops.append(request)
        if self._working:
            self.cancel(Cause("stop was asked for"), min(seconds / 2, self._deadlines.cancel))
        self._end_within(seconds)
        self._advance()

    def cancel(self, cause: Cause, seconds: float | None = None, task_id: str | None = None) -> None:
        """Cancel what is in flight, or the idle session.

        Args:
            cause: Why; its exit code becomes that of the request in flight.
            seconds: How long the hook in flight has before it is abandoned; once ``on_stop`` or ``on_cleanup`` is in
                flight, how long both may still take. A second cancel only ever shortens.
            task_id: The task that is meant. A cancel for a task that is over is recorded and does nothing.
        """
        seconds = self._deadlines.cancel if seconds is None else max(0.0, seconds)
        current = self._call.in_flight.task_id if self._call else None
        if task_id is not None and task_id != current:
            self.lifecycle.refuse(Trigger.CANCEL, cause=f"{cause.text}: this task is not in flight", task_id=task_id)
            return
        if Trigger.CANCEL in self.lifecycle.allowed():
            self.lifecycle.cancel(cause=cause.text, task_id=current)
            self._cause = cause
            self._interrupt(TaskCanceledError(f"canceled by {cause.text}"), seconds)
        else:
            self.lifecycle.refuse(Trigger.CANCEL, cause=cause.text, task_id=current)
        self._hurry(seconds)

    # What may happen.

    def hook_ended(self, call: Call, error: BaseException | None) -> None:
        """Settle a hook that returned (``error`` is None) or raised."""
        if call is not self._call:
            self.lifecycle.settle(call.in_flight, error=None if error is None else describe_error(error))
            return
        first = error if call.error is None else call.error
        interrupted = call.hook in WORK and (self._cause is not None or self._loss is not None)
        if first is not None:
            self._effects.report(call, first, expected=interrupted)
        self._leave(call)
        self._settle(call, error, first)
        self._conclude(call, first)

    def on_cancel_ended(self) -> None:
        """Take note that ``on_cancel`` has returned or raised; a stop may be waiting for it."""
        self._on_cancel_bound = None
        self._advance()

    def callback_failed(self, error: BaseException) -> None:
        """Make the hook in flight fail because a callback on its output raised ``error``. The first cause counts."""
        call = self._working
        if call is not None and call.error is None and self._cause is None and self._loss is None:
            call.error = error
            self._effects.interrupt(error)

    def application_lost(self, message: str) -> None:
        """Take note that a declared application exited. Nothing follows where its end was asked for."""
        wanted = self.lifecycle.state in (AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING)
        if not wanted or self._end_by is not None:
            return
        self._loss = ApplicationLostError(message)
        self.lifecycle.fail(cause=message)
        self._interrupt(self._loss, self._deadlines.cancel, call_on_cancel=False)

    def tick(self) -> None:
        """Do what is due."""
        now = self._clock()
        while self._timeline and self._timeline[0][0] <= now:
            _, action = self._timeline.pop(0)
            action()
        if self._on_cancel_bound is not None and self._on_cancel_bound <= now:
            self._on_cancel_bound = None
            self._advance()

    def next_due(self) -> float | None:
        """Return the clock reading at which ``tick`` has something to do, or None."""
        times = [self._timeline[0][0]] if self._timeline else []
        if self._on_cancel_bound is not None:
            times.append(self._on_cancel_bound)
        return min(times, default=None)

    @property
    def is_over(self) -> bool:
        """Whether ``on_cleanup`` has been called and nothing can follow."""
        return self.lifecycle.state is AdaptorState.CLEANED

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled, if it was."""
        return self._cause

    # How it is decided.

    @property
    def _working(self) -> Call | None:
        """The call of ``on_start`` or ``on_run`` that is in flight, if any."""
        return self._call if self._call is not None and self._call.hook in WORK else None

    def _accept(self, trigger: Trigger, request: Request, argument: Any, seconds: float | None) -> None:
        try:
            in_flight = self.lifecycle.begin(trigger, task_id=request.task_id)
        except IllegalCallError as error:
            self._finish(request, Outcome(REFUSED, str(error)))
            return
        self._effects.begin(request)
        self._call_hook(Call(in_flight, request, argument), None if seconds is None else self._clock() + seconds)

    def _finish(self, request: Request, outcome: Outcome) -> None:
        request.outcome = outcome
        self._effects.finish(request)

    def _call_hook(self, call: Call, due: float | None) -> None:
        self._call = call
        if due is not None:
            self._at(due, lambda: self._overdue(call))
        self._effects.call_hook(call)

    def _at(self, due: float, action: Callable[[], None]) -> None:
        self._timeline.append((due, action))
        self._timeline.sort(key=lambda entry: entry[0])

    def _overdue(self, call: Call) -> None:
        seconds = self._clock() - call.in_flight.since
        cause = Cause(f"{call.hook} did not end within its deadline of {seconds:.0f} s", TIMED_OUT)
        if call.hook not in WORK:
            self._effects.kill_applications()
            self._abandon(call, cause)
        elif Trigger.CANCEL in self.lifecycle.allowed():
            self.cancel(cause)

    def _interrupt(self, error: BaseException, seconds: float, *, call_on_cancel: bool = True) -> None:
        """Get the hook in flight to end: tell what it waits on, then its applications, then leave it."""
        call = self._working
        if call is None:
            return
        if call_on_cancel and not self._on_cancel_called:
            self._on_cancel_called = True
            self._on_cancel_bound = self._clock() + seconds
            self._effects.call_on_cancel()
        self._effects.interrupt(error)
        self._escalate(call, seconds)

    def _escalate(self, call: Call, seconds: float) -> None:
        now = self._clock()
        self._timeline.clear()
        self._at(now + seconds / 3, self._effects.terminate_applications)
        self._at(now + seconds * 2 / 3, self._effects.kill_applications)
        self._at(
            now + seconds, lambda: self._abandon(call, Cause(f"{call.hook} did not end after the cancel", TIMED_OUT))
        )

    def _hurry(self, seconds: float) -> None:
        """Shorten what is in flight; never lengthen it."""
        end = self._clock() + seconds
        if self._on_cancel_bound is not None:
            self._on_cancel_bound = min(self._on_cancel_bound, end)
        call = self._working
        if call is None and self._call is not None:
            self._end_within(seconds)
        elif call is not None and end < self._timeline[-1][0]:
            self._escalate(call, seconds)

    def _end_within(self, seconds: float) -> None:
        """Have the session end in ``seconds``, or sooner where that was said before."""
        now = self._clock()
        self._end_by = now + seconds if self._end_by is None else min(self._end_by, now + seconds)
        if self._on_cancel_bound is not None:  # what waits for it must have some time left
            self._on_cancel_bound = min(self._on_cancel_bound, now + (self._end_by - now) / 2)
        call = self._call
        if call is not None and call.hook not in WORK:
            due = min(self._timeline[0][0], self._share(call.hook))
            self._timeline = [(due, lambda: self._overdue(call))]

    def _share(self, hook: str) -> float:
        """Return when a hook has had its share of what is left: ``on_stop`` leaves a third to ``on_cleanup``."""
        assert self._end_by is not None
        now = self._clock()
        remaining = max(0.0, self._end_by - now)
        return now + (remaining * 2 / 3 if hook == "on_stop" else remaining)

    def _settle(self, call: Call, error: BaseException | None, first: BaseException | None) -> None:
        """Tell the lifecycle how a hook ended: ``error`` is what it raised, ``first`` what made it fail."""
        if call.hook == "on_start" and error is None:
            self.lifecycle.settle(call.in_flight)  # what has been started is owed a stop, also when a callback failed
            if first is not None and self.lifecycle.state is AdaptorState.STARTED:
                self.lifecycle.fail(cause=describe_error(first))
        else:
            self.lifecycle.settle(call.in_flight, error=None if first is None else describe_error(first))

    def _abandon(self, call: Call, cause: Cause) -> None:
        self._leave(call)
        self._effects.abandon(call)
        self.lifecycle.abandon(call.in_flight, cause=cause.text)
        self._conclude(call, call.error, cause)

    def _leave(self, call: Call) -> None:
        assert call is self._call
        self._call = None
        self._timeline.clear()

    def _conclude(self, call: Call, error: BaseException | None, abandoned: Cause | None = None) -> None:
        """Give the request of a hook that is over its outcome, and go on."""
        if call.hook in WORK:
            outcome = self._outcome(call, error, abandoned)
            if call.hook == "on_start" and not outcome.succeeded:
                self._failed_start = (call.request, outcome)
                self._end_within(self._deadlines.stop)
            else:
                self._finish(call.request, outcome)
        elif self._end_failure is None and (error is not None or abandoned is not None):
            text = abandoned.text if abandoned else f"{call.hook} raised {describe_error(error)}"  # type: ignore[arg-type]
            self._end_failure = Outcome(TIMED_OUT if abandoned else FAILED, text)
        self._advance()

    def _outcome(self, call: Call, error: BaseException | None, abandoned: Cause | None) -> Outcome:
        if self._cause is not None and call.error is None:
            return Outcome(self._cause.exit_code, self._canceled_text(call, abandoned))
        if self._loss is not None and call.error is None:
            return Outcome(FAILED, str(self._loss))
        if error is not None:
            return Outcome(FAILED, f"{call.hook} failed: {describe_error(error)}")
        return Outcome()

    def _canceled_text(self, call: Call, abandoned: Cause | None) -> str:
        assert self._cause is not None
        if self._cause.exit_code == TIMED_OUT:
            return self._cause.text
        return f"{call.hook} was canceled by {self._cause.text}" + (f"; {abandoned.text}" if abandoned else "")

    def _advance(self) -> None:
        """Make the next step towards the end of the session, if it is to end and nothing is in flight."""
        if self._call is not None or not (self._failed_start or self._stops):
            return
        request = self._failed_start[0] if self._failed_start else self._stops[0]
        if not self._ending and not self._failed_start:
            self._effects.begin(request)  # only now: what was in flight before had the stream to itself
        self._ending = True
        if self._on_cancel_bound is not None:
            return
        if self.is_over:
            self._finish_ending()
            return
        trigger = Trigger.STOP if self.lifecycle.stop_owed else Trigger.CLEANUP
        in_flight = self.lifecycle.begin(trigger)
        self._call_hook(Call(in_flight, request), self._share(in_flight.hook))

    def _finish_ending(self) -> None:
        stops, failed_start, self._stops, self._failed_start = self._stops, self._failed_start, [], None
        if failed_start is not None:
            self._finish(*failed_start)
        for request in stops:
            self._finish(request, self._end_failure or Outcome())
